using Ryot.Server.Tests.Support;
using Ryot.Testing;
using Xunit;

namespace Ryot.Server.Tests;

/// <summary>What operators of other servers complained about, and what must not be so here.</summary>
public sealed class CountingTests
{
    private const string Chat = "/v1/chat/completions";
    private const string Completions = "/v1/completions";

    [Theory]
    [InlineData(Chat, """{"model":"fake","messages":[{"role":"user","content":"Hi"}]}""", "generate", "standard")]
    [InlineData(Chat, """{"model":"fake","messages":[{"role":"user","content":"Hi"}],"stream":true}""", "stream", "streaming")]
    [InlineData(Completions, """{"model":"fake","prompt":"Hi"}""", "generate", "standard")]
    [InlineData(Completions, """{"model":"fake","prompt":["Hi"]}""", "generate", "standard")]
    [InlineData(Completions, """{"model":"fake","prompt":["Hi","Ho"]}""", "batch", "batch")]
    [InlineData(Completions, """{"model":"fake","prompt":["Hi","Ho"],"stream":true}""", "stream", "streaming")]
    [InlineData("/v1/inference/generate", """{"model":"fake","prompt":"Hi"}""", "generate", "standard")]
    [InlineData("/v1/inference/stream", """{"model":"fake","prompt":"Hi"}""", "stream", "streaming")]
    [InlineData("/v1/inference/batch", """{"model":"fake","prompts":["Hi"]}""", "batch", "batch")]
    public async Task Every_route_is_counted(string route, string body, string endpoint, string mode)
    {
        await using var server = await TestServer.StartAsync();
        using (await server.PostAsync(route, body))
        {
        }
        var metrics = await server.ScrapeCountedAsync(1);
        Assert.Equal(1, metrics.Sum("ryot_inference_requests_total", ("model", "fake"), ("status", "success"), ("endpoint", endpoint), ("error_type", "")));
        Assert.Equal(1, metrics.Sum("ryot_inference_latency_seconds_count", ("model", "fake"), ("generation_mode", mode)));
        Assert.Equal(1, metrics.Sum("ryot_ttft_latency_seconds_count", ("model", "fake")));
        Assert.Equal(1, metrics.Sum("ryot_request_queue_time_seconds_count", ("model", "fake")));
        Assert.Equal(1, metrics.Sum("ryot_request_tokens_per_second_count", ("generation_mode", mode)));
        Assert.Equal(0, metrics.Sum("ryot_metrics_dropped_observations_total"));
    }

    [Theory]
    [InlineData("", "generate")]
    [InlineData("{", "generate")]
    [InlineData("[]", "generate")]
    [InlineData("""{"model":"else","messages":3}""", "generate")]
    public async Task Invalid_requests_are_counted(string body, string endpoint)
    {
        await using var server = await TestServer.StartAsync();
        await server.PostForErrorAsync(Chat, body, 400);
        var metrics = await server.ScrapeCountedAsync(1);
        Assert.Equal(1, metrics.Sum("ryot_inference_requests_total", ("model", "unknown"), ("status", "error"), ("endpoint", endpoint), ("error_type", "invalid_request")));
        Assert.Equal(1, metrics.Sum("ryot_inference_errors_total", ("model", "unknown"), ("error_type", "invalid_prompt"), ("severity", "info")));
        Assert.Equal(1, metrics.Sum("ryot_requests_finished_total", ("finish_reason", "rejected")));
    }

    [Theory]
    [InlineData("""{"model":"fake"}""")]
    [InlineData("""{"model":"fake","messages":[{"role":"user","content":"hi"}],"temperature":"hot"}""")]
    public async Task An_invalid_request_counts_under_the_model_that_it_names(string body)
    {
        await using var server = await TestServer.StartAsync();
        await server.PostForErrorAsync(Chat, body, 400);
        var metrics = await server.ScrapeCountedAsync(1);
        Assert.Equal(1, metrics.Sum("ryot_inference_requests_total", ("model", "fake"), ("status", "error"), ("error_type", "invalid_request")));
        Assert.Equal(1, metrics.Sum("ryot_inference_errors_total", ("model", "fake"), ("error_type", "invalid_prompt")));
        Assert.Equal(0, metrics.Sum("ryot_inference_requests_total", ("model", "unknown")));
    }

    [Fact]
    public async Task Several_choices_count_as_one_request_and_several_sequences()
    {
        await using var server = await TestServer.StartAsync(new FakeModelBackend { Script = "x" });
        await server.PostForJsonAsync(Completions, """{"model":"fake","prompt":["ab","c"],"n":4}""");
        var metrics = await server.ScrapeCountedAsync(1);
        Assert.Equal(8, metrics.Sum("ryot_sequences_total"));
        Assert.Equal(1, metrics.Sum("ryot_requests_finished_total"));
        Assert.Equal(1, metrics.Sum("ryot_inference_latency_seconds_count"));
        Assert.Equal(3, metrics.Sum("ryot_tokens_generated_total", ("token_type", "prompt")));
        Assert.Equal(16, metrics.Sum("ryot_tokens_generated_total", ("token_type", "completion")));
        Assert.Equal(19, metrics.Sum("ryot_tokens_generated_total", ("token_type", "total")));
    }

    [Fact]
    public async Task Finish_reasons_tell_the_least_complete_sequence()
    {
        await using var server = await TestServer.StartAsync(new FakeModelBackend { Script = "ab" });
        await server.PostForJsonAsync(Completions, """{"model":"fake","prompt":"Hi"}""");
        await server.PostForJsonAsync(Completions, """{"model":"fake","prompt":"Hi","max_tokens":1}""");
        await server.PostForJsonAsync(Completions, """{"model":"fake","prompt":"Hi","stop":"b"}""");
        var metrics = await server.ScrapeCountedAsync(3);
        Assert.Equal(2, metrics.Sum("ryot_requests_finished_total", ("finish_reason", "stop")));
        Assert.Equal(1, metrics.Sum("ryot_requests_finished_total", ("finish_reason", "length")));
    }

    [Theory]
    [InlineData("")]
    [InlineData(",\"stream\":true")]
    public async Task Time_to_first_token_is_not_the_whole_duration(string more)
    {
        await using var server = await TestServer.StartAsync(new FakeModelBackend { Script = null, OnStep = _ => Thread.Sleep(4) });
        using (await server.PostAsync(Completions, $$"""{"model":"fake","prompt":"Hi","max_tokens":50{{more}}}"""))
        {
        }
        var metrics = await server.ScrapeCountedAsync(1);
        var first = metrics.Sum("ryot_ttft_latency_seconds_sum");
        var whole = metrics.Sum("ryot_inference_latency_seconds_sum");
        var decode = metrics.Sum("ryot_request_decode_time_seconds_sum");
        Assert.True(decode > 0.15, $"{decode} s");
        Assert.True(first < whole - decode + 0.001, $"{first} s of {whole} s, of which {decode} s came after the first token");
        Assert.Equal(49, metrics.Sum("ryot_inter_token_latency_seconds_count"));
        Assert.Equal(1, metrics.Sum("ryot_time_per_output_token_seconds_count"));
    }

    [Fact]
    public async Task A_scrape_changes_nothing()
    {
        // A timer samples devices, whoever scrapes.
        await using var server = await TestServer.StartAsync("--device-interval", "0");
        await server.PostForJsonAsync(Completions, """{"model":"fake","prompt":"Hi"}""");
        await server.ScrapeCountedAsync(1);
        var before = Stable(await server.ScrapeAsync());
        for (var i = 0; i < 5; i++)
            Assert.Equal(before, Stable(await server.ScrapeAsync()));

        // The rates over a window and the scrape's own time are those of the moment.
        static string[] Stable(MetricsText metrics) =>
        [
            .. metrics.Samples.Where(sample => sample.Name is not ("ryot_tokens_per_second" or "ryot_metrics_scrape_duration_seconds"))
                .Select(sample => $"{sample.Name} {string.Join(',', sample.Labels)} {sample.Value}"),
        ];
    }

    [Fact]
    public async Task Series_exist_at_zero_before_the_first_request()
    {
        await using var server = await TestServer.StartAsync();
        var metrics = await server.ScrapeAsync();
        Assert.True(metrics.Count("ryot_inference_requests_total", ("model", "fake"), ("status", "success")) > 0);
        Assert.True(metrics.Count("ryot_inference_requests_total", ("model", "unknown")) > 0);
        Assert.Equal(0, metrics.Sum("ryot_inference_requests_total"));
    }

    [Fact]
    public async Task Priorities_are_told_apart()
    {
        await using var server = await TestServer.StartAsync(new FakeModelBackend { Script = null }, "--parallel", "1");
        server.Gate.Close();
        var requests = new List<Task<HttpResponseMessage>> { server.PostAsync(Completions, """{"model":"fake","prompt":"Hi","max_tokens":2}""") };
        await TestServer.UntilAsync(() => server.Gate.IsWaiting, "the first request runs");
        foreach (var priority in (string[])["high", "low", "low"])
            requests.Add(server.PostAsync(Completions, $$"""{"model":"fake","prompt":"Hi","max_tokens":2,"priority":"{{priority}}"}"""));
        await TestServer.UntilAsync(() => server.Host.UnfinishedRequests == 4, "three requests wait");
        var during = await server.ScrapeAsync();
        Assert.Equal(1, during.Sum("ryot_queue_depth", ("priority_level", "high")));
        Assert.Equal(2, during.Sum("ryot_queue_depth", ("priority_level", "low")));
        Assert.Equal(0, during.Sum("ryot_queue_depth", ("priority_level", "normal")));
        Assert.Equal(1, during.Sum("ryot_requests_running"));
        Assert.Equal(3, during.Sum("ryot_requests_waiting"));
        server.Gate.Open();
        foreach (var request in requests)
            (await request).Dispose();
        var metrics = await server.ScrapeCountedAsync(4);
        Assert.Equal(2, metrics.Sum("ryot_request_queue_time_seconds_count", ("priority_level", "low")));
    }

    [Fact]
    public async Task Every_counter_equals_what_the_clients_saw()
    {
        await using var server = await TestServer.StartAsync();
        string[] kinds =
        [
            """{"model":"fake","prompt":"Hello there","max_tokens":7}""",
            """{"model":"fake","prompt":["a","bc"],"n":2,"max_tokens":3}""",
            """{"model":"nobody","prompt":"a"}""",
            """{"model":"fake","prompt":""}""",
            """{"model":"fake","prompt":"Hello","stream":true,"stream_options":{"include_usage":true}}""",
        ];
        var prompt = 0L;
        var completion = 0L;
        var statuses = new Dictionary<int, int>();
        var gate = new Lock();
        const int Requests = 100;
        await Parallel.ForEachAsync(Enumerable.Range(0, Requests), new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (i, cancellation) =>
        {
            using var response = await server.PostAsync(Completions, kinds[i % kinds.Length]);
            var text = await response.Content.ReadAsStringAsync(cancellation);
            if (response.Content.Headers.ContentType?.MediaType == "text/event-stream")
                text = EventStream.Parse(text)[^2];
            var answer = System.Text.Json.JsonElement.Parse(text);
            lock (gate)
            {
                var status = (int)response.StatusCode;
                statuses[status] = statuses.GetValueOrDefault(status) + 1;
                if (status == 200)
                {
                    prompt += answer.GetProperty("usage").GetProperty("prompt_tokens").GetInt64();
                    completion += answer.GetProperty("usage").GetProperty("completion_tokens").GetInt64();
                }
            }
        });

        // No waiting: whoever has read an answer to its end finds it counted.
        var metrics = await server.ScrapeAsync();
        Assert.Equal(Requests, metrics.Sum("ryot_inference_requests_total"));
        Assert.Equal(statuses[200], metrics.Sum("ryot_inference_requests_total", ("status", "success")));
        Assert.Equal(statuses[404], metrics.Sum("ryot_inference_errors_total", ("error_type", "model_not_found")));
        Assert.Equal(statuses[400], metrics.Sum("ryot_inference_errors_total", ("error_type", "invalid_prompt")));
        Assert.Equal(statuses[200], metrics.Sum("ryot_inference_latency_seconds_count"));
        Assert.Equal(prompt, metrics.Sum("ryot_tokens_generated_total", ("token_type", "prompt")));
        Assert.Equal(completion, metrics.Sum("ryot_tokens_generated_total", ("token_type", "completion")));
        Assert.Equal(0, metrics.Sum("ryot_active_inference_requests"));
        Assert.Equal(0, metrics.Sum("ryot_queue_depth"));
        Assert.Equal(0, metrics.Sum("ryot_metrics_dropped_observations_total"));
        await server.AssertIdleAsync();
        Assert.Empty(server.Log.Lines(Microsoft.Extensions.Logging.LogLevel.Warning));
    }
}
