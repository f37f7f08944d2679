using System.Collections.Concurrent;
using System.Text.Json;
using Ryot.EndToEnd.Tests.Support;
using Ryot.Server.Tests.Support;
using Ryot.Testing.Models;
using Xunit;

namespace Ryot.EndToEnd.Tests.Truth;

/// <summary>Metrics say exactly what clients saw.</summary>
public sealed class TruthTests
{
    private const string Key = "sk-truth";
    private const int Clients = 24;
    private const int Requests = 420;
    private const double PromptPer1000 = 0.37;
    private const double CompletionPer1000 = 1.9;

    /// <summary>
    /// Series for three tenants, one of which is listed. Objectives that every request meets, but for the first token: none can be so
    /// fast. So it is known what each request must count as.
    /// </summary>
    private static readonly string _settings = $$"""
        {
          "Cost": { "PromptPer1000": {{PromptPer1000}}, "CompletionPer1000": {{CompletionPer1000}} },
          "Objectives": { "LatencySeconds": 3600, "FirstTokenSeconds": 0.000001, "TimePerOutputTokenSeconds": 3600 },
          "Tenants": { "Source": "header", "Allowed": ["red"], "Max": 3 }
        }
        """;

    /// <summary>The first three get series of their own; the empty one says nothing.</summary>
    private static readonly string[] _tenants = ["red", "green", "blue", "late", "later", ""];

    [Fact]
    public async Task Every_counter_and_every_count_equals_what_many_clients_saw_over_all_routes()
    {
        using var settings = new ConfigFile(_settings);
        await using var server = await RyotProcess.StartAsync(
            TestModels.Llama(), "--config", settings.Path, "--cost-in-response", "--api-key", Key, "--parallel", "4", "--queue-limit", "12",
            "--max-body-bytes", $"{Traffic.BodyLimit}");
        var count = new ClientCount();
        var promptTokens = await LearnPromptTokensAsync(server, count);

        var traffic = new Traffic(seed: 20_001, Key, promptTokens, _tenants);
        await SendAllAsync(server, count, Enumerable.Range(0, Requests).Select(_ => traffic.Next()), Clients);
        // More at once than may run and wait together: most of these are turned away.
        for (var round = 0; round < 20 && !count.Endings.Any(ending => ending.Cause == "overloaded"); round++)
        {
            var burst = Enumerable.Range(0, 64).Select(_ => new Ask("/v1/inference/generate", LongRequest) { Key = Key, Tenant = "red" });
            await SendAllAsync(server, count, burst, 64);
        }
        var metrics = await server.ScrapeIdleAsync(count.Endings.Count);
        var beyondLimit = count.Endings.Count(ending => ending.Tenant is "late" or "later");
        count.AssertEqual(metrics, beyondTenantLimit: beyondLimit);
        var charges = new Charges(PromptPer1000, CompletionPer1000);
        charges.AssertCostsEqual(count.Endings, metrics);
        charges.AssertTenantsEqual(count.Endings, metrics, ["red", "green", "blue", ""]);
        AssertObjectivesMet(count, metrics);

        // The comparison is not blind: one request more or less would be found.
        var more = new ClientCount();
        foreach (var ending in count.Endings.Skip(1))
            more.Add(ending);
        Assert.ThrowsAny<Xunit.Sdk.XunitException>(() => more.AssertEqual(metrics, beyondTenantLimit: beyondLimit));
        // None of that proves anything if it did not happen.
        Assert.InRange(count.Endings.Count, Requests, 4000);
        foreach (var reason in (string[])["stop", "length", "rejected"])
            Assert.Contains(count.Endings, ending => ending.Reason == reason);
        foreach (var status in (string[])["success", "partial", "error"])
            Assert.Contains(count.Endings, ending => ending.Status == status);
        foreach (var endpoint in (string[])["generate", "stream", "batch"])
            Assert.Contains(count.Endings, ending => ending.Endpoint == endpoint && ending.Status == "success");
        Assert.Contains(count.Endings, ending => ending.Cause == "overloaded");
        Assert.Contains(count.Endings, ending => ending.CostUsd > 0);
        Assert.True(metrics.Sum("ryot_tokens_per_second", ("time_window", "15m")) > 0);
    }

    /// <summary>What the service failed at is missed everywhere but in the time per token, which it has none of.</summary>
    private static void AssertObjectivesMet(ClientCount count, MetricsText metrics)
    {
        var good = count.Endings.Count(ending => ending.Status == "success");
        var bad = count.Endings.Count(ending => ending.IsFaultOfService);
        var timed = count.Endings.Count(ending => ending is { Status: "success", HasTwoTokens: true });
        (string Objective, int Met, int Missed)[] expected =
            [("availability", good, bad), ("latency", good, bad), ("ttft", 0, good + bad), ("tpot", timed, 0)];
        foreach (var (objective, met, missed) in expected)
        {
            Assert.Equal(met, metrics.Sum("ryot_slo_requests_total", ("objective", objective), ("result", "met")));
            Assert.Equal(missed, metrics.Sum("ryot_slo_requests_total", ("objective", objective), ("result", "missed")));
        }
    }

    private static string LongRequest => """{"model":"tiny","prompt":"Go","max_tokens":200,"ignore_eos":true}""";

    private static async Task<Dictionary<string, int>> LearnPromptTokensAsync(RyotProcess server, ClientCount count)
    {
        var tokens = new Dictionary<string, int>();
        foreach (var (index, prompt) in Traffic.Prompts.Index())
        {
            // One after the other, so that it is known which tenants come first.
            var body = JsonSerializer.Serialize(new { model = RyotProcess.Model, prompt, max_tokens = 1 });
            var ending = await new Ask("/v1/inference/generate", body) { Key = Key, Tenant = _tenants[index % _tenants.Length] }.SendAsync(server);
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
