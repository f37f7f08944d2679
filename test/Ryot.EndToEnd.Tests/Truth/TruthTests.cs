using System.Collections.Concurrent;
using System.Text.Json;
using Ryot.EndToEnd.Tests.Support;
using Ryot.Testing.Models;
using Xunit;

namespace Ryot.EndToEnd.Tests.Truth;

/// <summary>Metrics say exactly what clients saw.</summary>
public sealed class TruthTests
{
    private const string Key = "sk-truth";
    private const int Clients = 24;
    private const int Requests = 420;

    [Fact]
    public async Task Every_counter_and_every_count_equals_what_many_clients_saw_over_all_routes()
    {
        await using var server = await RyotProcess.StartAsync(
            TestModels.Llama(), "--api-key", Key, "--parallel", "4", "--queue-limit", "12", "--max-body-bytes", $"{Traffic.BodyLimit}");
        var count = new ClientCount();
        var promptTokens = await LearnPromptTokensAsync(server, count);

        var traffic = new Traffic(seed: 20_001, Key, promptTokens);
        await SendAllAsync(server, count, Enumerable.Range(0, Requests).Select(_ => traffic.Next()), Clients);
        // More at once than may run and wait together: most of these are turned away.
        for (var round = 0; round < 20 && !count.Endings.Any(ending => ending.Cause == "overloaded"); round++)
        {
            var burst = Enumerable.Range(0, 64).Select(_ => new Ask("/v1/inference/generate", LongRequest) { Key = Key });
            await SendAllAsync(server, count, burst, 64);
        }
        var metrics = await server.ScrapeIdleAsync(count.Endings.Count);
        count.AssertEqual(metrics);

        // The comparison is not blind: one request more or less would be found.
        var more = new ClientCount();
        foreach (var ending in count.Endings.Skip(1))
            more.Add(ending);
        Assert.ThrowsAny<Xunit.Sdk.XunitException>(() => more.AssertEqual(metrics));
        // None of that proves anything if it did not happen.
        Assert.InRange(count.Endings.Count, Requests, 4000);
        foreach (var reason in (string[])["stop", "length", "rejected"])
            Assert.Contains(count.Endings, ending => ending.Reason == reason);
        foreach (var status in (string[])["success", "partial", "error"])
            Assert.Contains(count.Endings, ending => ending.Status == status);
        foreach (var endpoint in (string[])["generate", "stream", "batch"])
            Assert.Contains(count.Endings, ending => ending.Endpoint == endpoint && ending.Status == "success");
        Assert.Contains(count.Endings, ending => ending.Cause == "overloaded");
        Assert.True(metrics.Sum("ryot_tokens_per_second", ("time_window", "15m")) > 0);
    }

    private static string LongRequest => """{"model":"tiny","prompt":"Go","max_tokens":200,"ignore_eos":true}""";

    private static async Task<Dictionary<string, int>> LearnPromptTokensAsync(RyotProcess server, ClientCount count)
    {
        var tokens = new Dictionary<string, int>();
        foreach (var prompt in Traffic.Prompts)
        {
            var body = JsonSerializer.Serialize(new { model = RyotProcess.Model, prompt, max_tokens = 1 });
            var ending = await new Ask("/v1/inference/generate", body) { Key = Key }.SendAsync(server);
            count.Add(ending);
            tokens[prompt] = ending.PromptTokens;
        }
        return tokens;
    }

    private static Task SendAllAsync(RyotProcess server, ClientCount count, IEnumerable<Ask> asks, int clients)
    {
        var waiting = new ConcurrentQueue<Ask>(asks);
        return Task.WhenAll(Enumerable.Range(0, clients).Select(async _ =>
        {
            while (waiting.TryDequeue(out var ask))
                count.Add(await ask.SendAsync(server));
        }));
    }
}
