using System.Collections.Concurrent;
using System.Text.Json;
using Ryot.EndToEnd.Tests.Support;
using Ryot.Testing.Faults;
using Ryot.Testing.Models;
using Xunit;

namespace Ryot.EndToEnd.Tests.Truth;

/// <summary>Load, preemption, shared prefixes and failures of the engine at once: every request is counted once, where its client saw it end.</summary>
public sealed class StormTests
{
    private const int Clients = 16;
    private const int RequestsInRound = 100;
    private const int Cells = 512;

    private static readonly string _shared = string.Join(' ', Enumerable.Repeat("people tell a story", 20));

    /// <summary>tensorrtllm_backend#582, vllm#9346: failures were not counted, or stayed 0 despite answers that said so.</summary>
    [Fact]
    public async Task Every_failure_lands_in_the_right_series_once_and_nothing_is_left_behind()
    {
        await using var server = await RyotProcess.StartFaultyAsync(
            [.. RyotProcess.ForModel(TestModels.Llama()), "--parallel", "6", "--context-length", $"{Cells}"]);
        var count = new ClientCount();
        var random = new Random(77);
        var after = new List<ProcessState>();
        for (var round = 0; round < 5; round++)
        {
            await RunRoundAsync(server, count, random);
            var metrics = await server.ScrapeIdleAsync(count.Endings.Count);
            count.AssertOutcomesEqual(metrics);
            await AssertAllCellsAreFreeAsync(server, count);
            after.Add(await ProcessState.ReadAsync(server));
        }

        // None of that proves anything if it did not happen.
        foreach (var cause in (string[])["oom", "inference_error", "tokenization_error", "invalid_prompt", ""])
            Assert.Contains(count.Endings, ending => ending.Cause == cause);
        foreach (var status in (string[])["success", "error", "partial"])
            Assert.Contains(count.Endings, ending => ending.Status == status);
        var last = await server.ScrapeAsync();
        Assert.True(last.Sum("ryot_preemptions_total") > 0);
        Assert.True(last.Sum("ryot_prompt_cache_tokens_total", ("source", "reused")) > 0);
        Assert.True(last.Sum("ryot_wasted_tokens_total", ("cause", "error")) > 0);
        // What the first rounds leave is what stays warm; after that nothing grows.
        ProcessState.AssertNoGrowth(after[1..]);
    }

    /// <summary>vllm#39863: health answered 200 while the engine hung.</summary>
    [Fact]
    public async Task A_pass_that_hangs_costs_its_requests_their_deadline_and_nobody_else_anything()
    {
        await using var server = await RyotProcess.StartFaultyAsync(
            [.. RyotProcess.ForModel(TestModels.Llama()), "--stall-timeout", "0.3"]);
        var count = new ClientCount();
        await server.InjectAsync(RyotProcess.Model, Fault.Hang);
        var late = Enumerable.Range(0, 5).Select(async i => count.Add(await new Ask(
            "/v1/inference/generate", """{"model":"tiny","prompt":"Go","max_tokens":5,"ignore_eos":true,"timeout":1.5}""")
        { MayFail = true }.SendAsync(server))).ToList();
        await server.WaitForAsync(async () => !await IsReadyAsync(server), "it is not ready");
        await Task.WhenAll(late);
        Assert.Equal(5, count.Endings.Count(ending => ending.Cause == "timeout"));
        await server.EndHangAsync(RyotProcess.Model);
        await server.WaitForAsync(() => IsReadyAsync(server), "it is ready again");
        count.Add(await new Ask("/v1/inference/generate", """{"model":"tiny","prompt":"Go","max_tokens":5}""").SendAsync(server));

        var metrics = await server.ScrapeIdleAsync(6);
        Assert.Equal(5, metrics.Sum("ryot_inference_requests_total", ("status", "timeout"), ("error_type", "timeout")));
        Assert.Equal(5, metrics.Sum("ryot_inference_errors_total", ("error_type", "timeout"), ("severity", "warning")));
        Assert.Equal(1, metrics.Sum("ryot_inference_requests_total", ("status", "success")));
        Assert.Equal(6, metrics.Sum("ryot_requests_finished_total"));
        Assert.Equal(0, metrics.Sum("ryot_metrics_dropped_observations_total"));
    }

    private static async Task RunRoundAsync(RyotProcess server, ClientCount count, Random random)
    {
        var asks = new ConcurrentQueue<Ask>(Enumerable.Range(0, RequestsInRound).Select(_ => Next(random)));
        var faults = (Fault[])[Fault.OutOfMemory, Fault.DecodeError, Fault.Exception, Fault.SamplingError];
        var clients = Enumerable.Range(0, Clients).Select(_ => Task.Run(async () =>
        {
            while (asks.TryDequeue(out var ask))
                count.Add(await ask.SendAsync(server));
        })).ToList();
        for (var i = 0; i < 12; i++)
        {
            await server.InjectAsync(RyotProcess.Model, faults[i % faults.Length]);
            await Task.Delay(10, TestContext.Current.CancellationToken);
        }
        await Task.WhenAll(clients);
    }

    private static Ask Next(Random random)
    {
        var tokens = random.Next(1, 100);
        var tail = $"{_shared} {random.Next(20)} people";
        return random.Next(8) switch
        {
            0 => Ask("/v1/completions", new { prompt = (string[])[tail, "Once"], max_tokens = tokens }) with { Prompts = 2, Endpoint = "batch", Mode = "batch" },
            1 => Ask("/v1/completions", new { prompt = tail, n = 3, max_tokens = tokens }) with { Count = 3 },
            2 => Ask("/v1/inference/stream", new { prompt = tail, max_tokens = tokens }) with { Endpoint = "stream", Mode = "streaming" },
            3 => Ask("/v1/inference/batch", new { prompts = (string[])[tail, FaultInjection.UntokenizableMark, "One"], max_tokens = tokens }) with
            {
                Prompts = 3,
                Endpoint = "batch",
                Mode = "batch",
            },
            4 => Ask("/v1/inference/generate", new { prompt = FaultInjection.UntokenizableMark, max_tokens = 1 }),
            5 => Ask("/v1/inference/generate", new { prompt = (int[])[], max_tokens = 1 }),
            _ => Ask("/v1/inference/generate", new { prompt = tail, max_tokens = tokens }),
        };
    }

    private static Ask Ask(string path, object parameters)
    {
        var body = JsonSerializer.SerializeToNode(parameters)!.AsObject();
        body["model"] = RyotProcess.Model;
        body["ignore_eos"] = true;
        return new Ask(path, body.ToJsonString()) { MayFail = true };
    }

    /// <summary>A request that needs all cells but one runs, alone and without a preemption.</summary>
    private static async Task AssertAllCellsAreFreeAsync(RyotProcess server, ClientCount count)
    {
        var before = await server.ScrapeIdleAsync();
        var answer = await server.PostForJsonAsync("/v1/inference/generate", $$"""{"model":"tiny","prompt":[1,2,3],"max_tokens":{{Cells - 4}},"ignore_eos":true}""");
        Assert.Equal(Cells - 4, answer.GetProperty("usage").GetProperty("completion_tokens").GetInt32());
        var after = await server.ScrapeIdleAsync();
        Assert.Equal(before.Sum("ryot_preemptions_total"), after.Sum("ryot_preemptions_total"));
        count.Add(new Ending
        {
            Endpoint = "generate",
            Mode = "standard",
            Status = "success",
            Reason = "length",
            Sequences = 1,
            Admitted = true,
            HasTwoTokens = true,
        });
    }

    private static async Task<bool> IsReadyAsync(RyotProcess server)
    {
        using var response = await server.Http.GetAsync("/health/ready", TestContext.Current.CancellationToken);
        return response.IsSuccessStatusCode;
    }
}
