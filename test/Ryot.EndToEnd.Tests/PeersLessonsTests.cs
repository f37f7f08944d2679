using System.Text.Json;
using System.Text.Json.Nodes;
using Ryot.EndToEnd.Tests.Support;
using Ryot.Server.Tests.Support;
using Ryot.Testing.Models;
using Xunit;

namespace Ryot.EndToEnd.Tests;

/// <summary>What operators report about other inference servers' metrics, tried on the real server: none of it may be so here.</summary>
public sealed class PeersLessonsTests(PeersLessonsTests.SlowServer fixture) : IClassFixture<PeersLessonsTests.SlowServer>
{
    private static readonly string _endless = $"\"prompt\":\"Go\",\"max_tokens\":{SlowModel.ManyTokens},\"ignore_eos\":true";

    private RyotProcess Server => fixture.Process;

    /// <summary>TensorRT-LLM#13949: a route was not counted at all; litellm#25598: on one, the time to first token was the whole duration.</summary>
    [Theory]
    [InlineData("/v1/chat/completions", "\"messages\":[{\"role\":\"user\",\"content\":\"Go\"}]", "generate", "standard")]
    [InlineData("/v1/chat/completions", "\"messages\":[{\"role\":\"user\",\"content\":\"Go\"}],\"stream\":true", "stream", "streaming")]
    [InlineData("/v1/completions", "\"prompt\":\"Go\"", "generate", "standard")]
    [InlineData("/v1/completions", "\"prompt\":\"Go\",\"stream\":true", "stream", "streaming")]
    [InlineData("/v1/completions", "\"prompt\":[\"Go\",\"on\"]", "batch", "batch")]
    [InlineData("/v1/inference/generate", "\"prompt\":\"Go\"", "generate", "standard")]
    [InlineData("/v1/inference/stream", "\"prompt\":\"Go\"", "stream", "streaming")]
    [InlineData("/v1/inference/batch", "\"prompts\":[\"Go\",\"on\"]", "batch", "batch")]
    public async Task Every_route_is_counted_and_its_time_to_first_token_is_not_its_duration(
        string path, string body, string endpoint, string mode)
    {
        var before = await Server.ScrapeIdleAsync();
        var json = $"{{\"model\":\"tiny\",{body},\"max_tokens\":60,\"ignore_eos\":true}}";
        using (var response = await Server.PostAsync(path, json, cancellation: TestContext.Current.CancellationToken))
            Assert.True(response.IsSuccessStatusCode);
        var after = await Server.ScrapeIdleAsync((int)before.Sum("ryot_inference_requests_total") + 1);

        Assert.Equal(1, Difference("ryot_inference_requests_total", ("status", "success"), ("endpoint", endpoint)));
        Assert.Equal(1, Difference("ryot_inference_latency_seconds_count", ("generation_mode", mode)));
        Assert.Equal(1, Difference("ryot_ttft_latency_seconds_count"));
        var latency = Difference("ryot_inference_latency_seconds_sum");
        var firstToken = Difference("ryot_ttft_latency_seconds_sum");
        var decode = Difference("ryot_request_decode_time_seconds_sum");
        // The 59 tokens after the first took their time too; sums of binary fractions may differ in their last digits.
        Assert.True(firstToken > 0 && decode > 0, $"{firstToken} and {decode}");
        Assert.True(firstToken + decode <= latency * 1.000001, $"{firstToken} + {decode} > {latency}");

        double Difference(string name, params (string, string)[] labels) => after.Sum(name, labels) - before.Sum(name, labels);
    }

    /// <summary>
    /// vllm#29928, vllm#22545: gauges froze after a mass abort, and routers starved the replica; llama.cpp#27436, llama.cpp#25128,
    /// dynamo#10804: while busy, throughput was near 0, since scrapes reset it or it was 0 between ticks; vllm#58077: no priority was told.
    /// </summary>
    [Fact]
    public async Task Gauges_are_right_at_every_moment_and_zero_after_a_mass_abort()
    {
        var before = await Server.ScrapeIdleAsync();
        var streams = await Task.WhenAll(Enumerable.Range(0, 6).Select(
            _ => OpenStream.OpenAsync(Server, "/v1/inference/stream", $"{{\"model\":\"tiny\",{_endless}}}")));
        foreach (var stream in streams)
            await stream.ReadJsonAsync();
        using (var waiting = new CancellationTokenSource())
        {
            (string Priority, int Count)[] queue = [("high", 1), ("normal", 2), ("low", 3)];
            var requests = queue.SelectMany(pair => Enumerable.Range(0, pair.Count).Select(_ => Server.PostAsync(
                "/v1/inference/generate",
                $"{{\"model\":\"tiny\",{_endless},\"priority\":\"{pair.Priority}\"}}",
                cancellation: waiting.Token))).ToList();
            await Server.ScrapeUntilAsync(metrics => metrics.Sum("ryot_requests_waiting") == 6, "six wait");
            double computed = 0;
            for (var i = 0; i < 30; i++)
            {
                var metrics = await Server.ScrapeAsync();
                Assert.Equal(6, metrics.Sum("ryot_requests_running"));
                Assert.Equal(6, metrics.Sum("ryot_active_inference_requests", ("request_type", "streaming"), ("endpoint", "stream")));
                foreach (var (priority, count) in queue)
                    Assert.Equal(count, metrics.Sum("ryot_queue_depth", ("priority_level", priority)));
                Assert.InRange(metrics.Sum("ryot_kv_cache_usage_ratio"), 0.0001, 1);
                Assert.True(metrics.Sum("ryot_tokens_per_second", ("time_window", "1m")) > 0);
                Assert.True(metrics.Sum("ryot_tokens_generated_total", ("token_type", "completion")) >= computed);
                computed = metrics.Sum("ryot_tokens_generated_total", ("token_type", "completion"));
            }
            await waiting.CancelAsync();
            foreach (var request in requests)
                await Assert.ThrowsAnyAsync<OperationCanceledException>(() => request);
        }
        foreach (var stream in streams)
            stream.Dispose();

        var after = await Server.ScrapeIdleAsync((int)before.Sum("ryot_inference_requests_total") + 12);
        (string, string) reason = ("finish_reason", "cancelled");
        Assert.Equal(12, after.Sum("ryot_requests_finished_total", reason) - before.Sum("ryot_requests_finished_total", reason));
        foreach (var name in RyotProcess.LoadGauges)
            Assert.DoesNotContain(after.Samples, sample => sample.Name == name && sample.Value != 0);
    }

    /// <summary>litellm#12159: labels whose values clients choose leaked memory.</summary>
    [Fact]
    public async Task Nobodys_label_values_make_series()
    {
        // The first scrapes add the series that tell of scrapes.
        await Server.ScrapeAsync();
        var before = await Server.ScrapeIdleAsync();
        for (var i = 0; i < 200; i++)
        {
            await Server.PostForJsonAsync(
                $"/v1/completions?model=query-{i}", $"{{\"model\":\"model-{i}\\n\\\"\",\"prompt\":\"x\",\"user\":\"user-{i}\"}}", 404);
        }
        var after = await Server.ScrapeAsync();
        Assert.Equal(before.Samples.Count, after.Samples.Count);
        (string, string) model = ("model", "unknown");
        Assert.Equal(200, after.Sum("ryot_inference_requests_total", model) - before.Sum("ryot_inference_requests_total", model));
        var models = after.Samples.Select(sample => sample.Labels.GetValueOrDefault("model")).OfType<string>();
        Assert.Equal(["tiny", "unknown"], models.Distinct().Order());
    }

    /// <summary>llama.cpp#20227: a scrape kept the engine awake.</summary>
    [Fact]
    public async Task A_scrape_keeps_nothing_awake_and_loads_nothing()
    {
        await Server.PostForJsonAsync("/v1/completions", """{"model":"tiny","prompt":"Hi","max_tokens":2}""");
        var before = await Server.ScrapeIdleAsync();
        for (var i = 0; i < 20; i++)
            await Server.ScrapeAsync();
        var after = await Server.ScrapeAsync();
        string[] names =
            ["ryot_scheduler_last_step_timestamp_seconds", "ryot_scheduler_step_tokens_count", "ryot_model_load_attempts_total"];
        foreach (var name in names)
        {
            Assert.True(before.Sum(name) > 0, name);
            Assert.Equal(before.Sum(name), after.Sum(name));
        }
    }

    /// <summary>vllm#34370: buckets could not be configured; vllm#15167, dynamo#14839, vllm#48175: p99 was capped at the last or floored at the first.</summary>
    [Fact]
    public async Task Quantiles_are_not_capped_by_buckets_that_do_not_fit_since_they_can_be_configured()
    {
        await using var server = await RyotProcess.StartAsync(
            TestModels.Llama(), "--metric-bounds", "ryot_inference_latency_seconds=0.000001,120,600");
        await server.PostForJsonAsync("/v1/completions", """{"model":"tiny","prompt":"Hi","max_tokens":2,"ignore_eos":true}""");
        var metrics = await server.ScrapeIdleAsync(1);
        var buckets = metrics.Samples.Where(sample => sample.Name == "ryot_inference_latency_seconds_bucket");
        var bounds = buckets.Select(sample => sample.Labels["le"]).Distinct();
        Assert.Equal(4, bounds.Count());
        Assert.Equal(0, Bucket("0.000001", "1e-06"));
        Assert.Equal(1, Bucket("120.0"));
        Assert.Equal(1, Bucket("+Inf"));

        double Bucket(params string[] spellings) =>
            spellings.Sum(bound => metrics.Sum("ryot_inference_latency_seconds_bucket", ("le", bound)));
    }

    /// <summary>vllm#5250: several answers were counted as several requests.</summary>
    [Fact]
    public async Task Several_answers_are_one_request_however_they_are_delivered()
    {
        var before = await Server.ScrapeIdleAsync();
        await Server.PostForJsonAsync("/v1/completions", """{"model":"tiny","prompt":["a","b"],"n":3,"max_tokens":2,"ignore_eos":true}""");
        var events = await Server.PostForEventsAsync(
            "/v1/completions", """{"model":"tiny","prompt":"a","n":4,"max_tokens":2,"ignore_eos":true,"stream":true}""");
        Assert.Equal("[DONE]", events[^1]);
        var after = await Server.ScrapeIdleAsync((int)before.Sum("ryot_inference_requests_total") + 2);
        Assert.Equal(2, after.Sum("ryot_inference_requests_total") - before.Sum("ryot_inference_requests_total"));
        Assert.Equal(2, after.Sum("ryot_inference_latency_seconds_count") - before.Sum("ryot_inference_latency_seconds_count"));
        Assert.Equal(10, after.Sum("ryot_sequences_total") - before.Sum("ryot_sequences_total"));
    }

    /// <summary>llama.cpp#19346, llama.cpp#20227: a scrape loaded a model, or kept one in memory that was idle.</summary>
    [Fact]
    public async Task A_model_that_only_scrapes_ask_about_is_not_loaded_and_leaves_when_it_is_idle()
    {
        using var file = new ConfigFile(new JsonObject
        {
            ["Models"] = new JsonObject
            {
                ["tiny"] = new JsonObject { ["Path"] = TestModels.Llama(), ["Residency"] = "OnDemand", ["IdleTimeout"] = 0.5 },
            },
        }.ToJsonString());
        await using var server = await RyotProcess.StartAsync(
            new Dictionary<string, string>(), "--config", file.Path, "--urls", "http://127.0.0.1:0", "--threads", "1");
        for (var i = 0; i < 20; i++)
            Assert.Equal(0, (await server.ScrapeAsync()).Sum("ryot_model_load_attempts_total"));
        await server.PostForJsonAsync("/v1/completions", """{"model":"tiny","prompt":"Hi","max_tokens":2}""");
        // This scrapes all the time.
        var left = await server.ScrapeUntilAsync(
            metrics => metrics.Sum("ryot_model_cache_evictions_total", ("eviction_reason", "timeout")) == 1, "the idle model leaves");
        Assert.Equal(1, left.Sum("ryot_model_load_attempts_total"));
        Assert.Equal(0, left.Count("ryot_kv_cache_usage_ratio"));
    }

    /// <summary>LMCache#1260: the hit rate was always 1; sglang#26608: it was that of the last batch only.</summary>
    [Fact]
    public async Task The_hit_rate_is_that_of_all_that_clients_were_told()
    {
        await using var server = await RyotProcess.StartAsync(TestModels.Llama());
        var shared = string.Join(' ', Enumerable.Repeat("people tell a story", 10));
        var (prompt, cached) = (0, 0);
        // Nothing to share, then much, then nothing again.
        foreach (var text in (string[])["what is a word", shared + " once", shared + " upon", "and then there was a time"])
        {
            var answer = await server.PostForJsonAsync(
                "/v1/completions", JsonSerializer.Serialize(new { model = "tiny", prompt = text, max_tokens = 2 }));
            var usage = answer.GetProperty("usage");
            prompt += usage.GetProperty("prompt_tokens").GetInt32();
            cached += usage.GetProperty("prompt_tokens_details").GetProperty("cached_tokens").GetInt32();
            var ratio = (await server.ScrapeAsync()).Sum("ryot_kv_cache_hit_ratio", ("context_type", "standard"));
            Assert.Equal((double)cached / prompt, ratio, 1e-9);
        }
        Assert.InRange(cached, 16, prompt - 16);
    }

    public sealed class SlowServer : TinyLlamaServer
    {
        protected override string Model => SlowModel.Path;

        protected override string[] Arguments => ["--parallel", "6"];
    }
}
