using System.Text.Json;
using Ryot.Engine.Models;
using Ryot.Server.Tests.Support;
using Ryot.Testing;
using Xunit;

namespace Ryot.Server.Tests;

public sealed class InferenceTests
{
    private const string Timings = """{"queue_seconds":-1,"ttft_seconds":-1,"total_seconds":-1}""";

    [Fact]
    public async Task Generate_answers_with_text_usage_and_timings()
    {
        await using var server = await TestServer.StartAsync(new FakeModelBackend { Script = "Hello." });
        var answer = await server.PostForJsonAsync("/v1/inference/generate", """{"model":"fake","prompt":"Once"}""");
        Json.AssertMatches(
            $$"""
            {
              "id": "*", "created": -1, "model": "fake", "text": "Hello.", "finish_reason": "stop",
              "usage": { "prompt_tokens": 4, "completion_tokens": 7, "total_tokens": 11, "prompt_tokens_details": {"cached_tokens": 0} },
              "timings": {{Timings}}
            }
            """,
            answer);
        AssertOrdered(answer.GetProperty("timings"));
    }

    [Fact]
    public async Task Stream_sends_tokens_and_ends_with_usage_and_timings()
    {
        await using var server = await TestServer.StartAsync(new FakeModelBackend { Script = "ab" });
        var events = await server.PostForEventsAsync("/v1/inference/stream", """{"model":"fake","prompt":"Once"}""");
        string[] expected =
        [
            """{"type":"text","text":"a","token":98}""",
            """{"type":"text","text":"b","token":99}""",
            $$"""
            {"type":"finished","id":"*","created":-1,"model":"fake","finish_reason":"stop",
             "usage":{"prompt_tokens":4,"completion_tokens":3,"total_tokens":7, "prompt_tokens_details": {"cached_tokens": 0} },"timings":{{Timings}}}
            """,
        ];
        Assert.Equal(expected.Length, events.Count);
        for (var i = 0; i < expected.Length; i++)
            Json.AssertMatches(expected[i], JsonElement.Parse(events[i]));
    }

    [Fact]
    public async Task Batch_answers_each_prompt()
    {
        await using var server = await TestServer.StartAsync(new FakeModelBackend { Script = "x" });
        var answer = await server.PostForJsonAsync("/v1/inference/batch", """{"model":"fake","prompts":["ab",[98]]}""");
        Json.AssertMatches(
            $$"""
            {
              "id": "*", "created": -1, "model": "fake", "succeeded": 2, "failed": 0,
              "results": [
                { "index": 0, "text": "x", "finish_reason": "stop", "usage": { "prompt_tokens": 2, "completion_tokens": 2, "total_tokens": 4, "prompt_tokens_details": {"cached_tokens": 0} } },
                { "index": 1, "text": "x", "finish_reason": "stop", "usage": { "prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3, "prompt_tokens_details": {"cached_tokens": 0} } }
              ],
              "usage": { "prompt_tokens": 3, "completion_tokens": 4, "total_tokens": 7, "prompt_tokens_details": {"cached_tokens": 0} },
              "timings": {{Timings}}
            }
            """,
            answer);
    }

    [Fact]
    public async Task Batch_shows_partial_success()
    {
        await using var server = await TestServer.StartAsync(new FakeModelBackend { Script = "x" }, "--context-length", "64");
        var answer = await server.PostForJsonAsync(
            "/v1/inference/batch", $$"""{"model":"fake","prompts":["ab","","{{new string('y', 64)}}",[9999]]}""");
        Assert.Equal(1, answer.GetProperty("succeeded").GetInt32());
        Assert.Equal(3, answer.GetProperty("failed").GetInt32());
        var results = answer.GetProperty("results").EnumerateArray().ToList();
        Assert.Equal("x", results[0].GetProperty("text").GetString());
        Assert.Equal(["prompts[1]", "prompts[2]", "prompts[3]"], results.Skip(1).Select(result => result.GetProperty("error").GetProperty("param").GetString()));
        Assert.Equal("context_length_exceeded", results[2].GetProperty("error").GetProperty("code").GetString());
        Assert.All(results.Skip(1), result => Json.AssertIsError(result.GetProperty("error")));
        Json.AssertMatches("""{"prompt_tokens":2,"completion_tokens":2,"total_tokens":4, "prompt_tokens_details": {"cached_tokens": 0} }""", answer.GetProperty("usage"));

        var metrics = await server.ScrapeCountedAsync(1);
        Assert.Equal(1, metrics.Sum("ryot_inference_requests_total", ("status", "partial"), ("endpoint", "batch"), ("error_type", "invalid_request")));
        Assert.Equal(1, metrics.Sum("ryot_inference_errors_total", ("error_type", "invalid_prompt")));
        Assert.Equal(1, metrics.Sum("ryot_sequences_total"));
    }

    [Fact]
    public async Task Batch_of_which_nothing_succeeds_answers_with_the_status_of_its_error()
    {
        await using var server = await TestServer.StartAsync();
        var answer = await server.PostForJsonAsync("/v1/inference/batch", """{"model":"fake","prompts":["",[]]}""", status: 400);
        Json.AssertIsError(answer.GetProperty("error"));
        Assert.Equal(2, answer.GetProperty("failed").GetInt32());
        Assert.Equal(2, answer.GetProperty("results").GetArrayLength());
        var metrics = await server.ScrapeCountedAsync(1);
        Assert.Equal(1, metrics.Sum("ryot_inference_requests_total", ("status", "error"), ("endpoint", "batch"), ("error_type", "invalid_request")));
        Assert.Equal(1, metrics.Sum("ryot_requests_finished_total", ("finish_reason", "rejected")));
    }

    [Fact]
    public async Task Batch_keeps_what_was_complete_when_a_later_pass_fails()
    {
        var backend = new FakeModelBackend();
        var steps = 0;
        // The first prompt is alone in the first pass, since that has room for no more; it ends after its only token.
        backend.OnStep = _ =>
        {
            if (++steps == 2)
                backend.Failures.Enqueue(StepStatus.Failed);
        };
        await using var server = await TestServer.StartAsync(backend, "--batch-tokens", "16");
        var answer = await server.PostForJsonAsync(
            "/v1/inference/batch", """{"model":"fake","prompts":["0123456789abcdef","b"],"max_tokens":1}""");
        Assert.Equal("T", answer.GetProperty("results")[0].GetProperty("text").GetString());
        Assert.Equal("inference_error", answer.GetProperty("results")[1].GetProperty("error").GetProperty("code").GetString());
        var metrics = await server.ScrapeCountedAsync(1);
        Assert.Equal(1, metrics.Sum("ryot_inference_requests_total", ("status", "partial"), ("error_type", "model_error")));
        Assert.Equal(1, metrics.Sum("ryot_requests_finished_total", ("finish_reason", "error")));
    }



    private static void AssertOrdered(JsonElement timings)
    {
        var queue = timings.GetProperty("queue_seconds").GetDouble();
        var first = timings.GetProperty("ttft_seconds").GetDouble();
        var total = timings.GetProperty("total_seconds").GetDouble();
        Assert.True(0 <= queue && queue <= first && first <= total, timings.GetRawText());
    }
}
