using Ryot.EndToEnd.Tests.Support;
using Ryot.Testing.Models;
using Xunit;

namespace Ryot.EndToEnd.Tests;

/// <summary>What operators report about other inference servers' metrics, tried on the real server: none of it may be so here.</summary>
public sealed class PeersLessonsTests(PeersLessonsTests.SlowServer fixture) : IClassFixture<PeersLessonsTests.SlowServer>
{
    private static readonly string _endless = $"\"prompt\":\"Go\",\"max_tokens\":{SlowModel.ManyTokens},\"ignore_eos\":true";

    private RyotProcess Server => fixture.Process;

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

    public sealed class SlowServer : TinyLlamaServer
    {
        protected override string Model => SlowModel.Path;

        protected override string[] Arguments => ["--parallel", "6"];
    }
}
