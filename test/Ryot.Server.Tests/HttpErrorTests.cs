using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Ryot.Engine.Models;
using Ryot.Server.Tests.Support;
using Ryot.Testing;
using Xunit;

namespace Ryot.Server.Tests;

public sealed class HttpErrorTests
{
    private const string Route = "/v1/completions";
    private const string Body = """{"model":"fake","prompt":"Hi"}""";

    [Fact]
    public async Task An_unknown_model_is_404_and_counted_as_unknown()
    {
        await using var server = await TestServer.StartAsync();
        var error = await server.PostForErrorAsync(Route, """{"model":"gpt-5","prompt":"Hi"}""", 404);
        Assert.Equal("model_not_found", error.GetProperty("code").GetString());
        Assert.Equal("model", error.GetProperty("param").GetString());
        var metrics = await server.ScrapeCountedAsync(1);
        Assert.Equal(1, metrics.Sum("ryot_inference_requests_total", ("model", "unknown"), ("status", "error"), ("error_type", "model_error")));
        Assert.Equal(1, metrics.Sum("ryot_inference_errors_total", ("model", "unknown"), ("error_type", "model_not_found"), ("severity", "warning")));
        Assert.Equal(1, metrics.Sum("ryot_requests_finished_total", ("model", "unknown"), ("finish_reason", "rejected")));
    }

    [Theory]
    [InlineData("GET", "/nothing", 404)]
    [InlineData("POST", "/v1/embeddings", 404)]
    [InlineData("GET", "/v1/models/gpt-5", 404)]
    [InlineData("GET", "/v1/completions", 405)]
    [InlineData("DELETE", "/metrics", 405)]
    [InlineData("POST", "/", 405)]
    public async Task What_there_is_no_route_for_is_an_error_in_the_same_format(string method, string path, int status)
    {
        await using var server = await TestServer.StartAsync();
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        using var response = await server.Client.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal(status, (int)response.StatusCode);
        Assert.Equal(status == 405, response.Content.Headers.Allow.Count > 0);
        var answer = JsonElement.Parse(await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        Json.AssertIsError(answer.GetProperty("error"));
        Assert.Single(response.Headers.GetValues("x-request-id"));
    }

    [Theory]
    [InlineData("text/plain")]
    [InlineData("application/x-www-form-urlencoded")]
    [InlineData("application/json; charset=utf-16")]
    public async Task A_wrong_content_type_is_415_and_counted(string contentType)
    {
        await using var server = await TestServer.StartAsync();
        using var content = new StringContent(Body, Encoding.UTF8);
        content.Headers.ContentType = MediaTypeHeaderValue.Parse(contentType);
        using var response = await server.Client.PostAsync(Route, content, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.UnsupportedMediaType, response.StatusCode);
        var metrics = await server.ScrapeCountedAsync(1);
        Assert.Equal(1, metrics.Sum("ryot_inference_requests_total", ("model", "unknown"), ("error_type", "invalid_request")));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("application/json; charset=utf-8")]
    [InlineData("Application/JSON")]
    public async Task JSON_is_taken_for_what_it_is(string? contentType)
    {
        await using var server = await TestServer.StartAsync();
        using var content = new ByteArrayContent(Encoding.UTF8.GetBytes(Body));
        content.Headers.ContentType = contentType is null ? null : MediaTypeHeaderValue.Parse(contentType);
        using var response = await server.Client.PostAsync(Route, content, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_body_that_is_too_large_is_413_and_counted(bool chunked)
    {
        await using var server = await TestServer.StartAsync("--max-body-bytes", "1024");
        using var request = new HttpRequestMessage(HttpMethod.Post, Route);
        request.Content = new StringContent($$"""{"model":"fake","prompt":"{{new string('x', 2000)}}"}""", Encoding.UTF8, "application/json");
        request.Headers.TransferEncodingChunked = chunked;
        using var response = await server.Client.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, response.StatusCode);
        Json.AssertIsError(JsonElement.Parse(await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).GetProperty("error"));
        var metrics = await server.ScrapeCountedAsync(1);
        Assert.Equal(1, metrics.Sum("ryot_inference_requests_total", ("model", "unknown"), ("error_type", "invalid_request")));
    }

    [Fact]
    public async Task A_prompt_of_10_MB_is_refused_before_it_is_tokenized()
    {
        await using var server = await TestServer.StartAsync();
        var error = await server.PostForErrorAsync(Route, $$"""{"model":"fake","prompt":"{{new string('x', 10_000_000)}}"}""", 400);
        Assert.Equal("context_length_exceeded", error.GetProperty("code").GetString());
        Assert.Contains("10000000 bytes", error.GetProperty("message").GetString(), StringComparison.Ordinal);
        var chat = await server.PostForErrorAsync(
            "/v1/chat/completions", $$"""{"model":"fake","messages":[{"role":"user","content":"{{new string('x', 10_000_000)}}"}]}""", 400);
        Assert.Equal("messages", chat.GetProperty("param").GetString());
    }

    [Fact]
    public async Task A_failing_pass_is_500_without_a_stack_trace()
    {
        var backend = new FakeModelBackend { OnStep = _ => throw new InvalidOperationException("secret detail") };
        await using var server = await TestServer.StartAsync(backend);
        var error = await server.PostForErrorAsync(Route, Body, 500);
        Assert.Equal("inference_error", error.GetProperty("code").GetString());
        Assert.DoesNotContain("secret", error.GetRawText(), StringComparison.Ordinal);
        var metrics = await server.ScrapeCountedAsync(1);
        Assert.Equal(1, metrics.Sum("ryot_inference_errors_total", ("model", "fake"), ("error_type", "inference_error")));
        Assert.Equal(1, metrics.Sum("ryot_requests_finished_total", ("finish_reason", "error")));
        await server.AssertIdleAsync();
    }

    [Fact]
    public async Task Memory_that_runs_out_is_503_and_counted_as_such()
    {
        var backend = new FakeModelBackend();
        backend.Failures.Enqueue(StepStatus.OutOfMemory);
        await using var server = await TestServer.StartAsync(backend);
        var error = await server.PostForErrorAsync(Route, Body, 503);
        Assert.Equal("out_of_memory", error.GetProperty("code").GetString());
        var metrics = await server.ScrapeCountedAsync(1);
        Assert.Equal(1, metrics.Sum("ryot_inference_errors_total", ("error_type", "oom"), ("severity", "critical")));
    }

    [Fact]
    public async Task A_failure_after_a_stream_has_begun_is_an_event_and_the_end()
    {
        var backend = new FakeModelBackend();
        await using var server = await TestServer.StartAsync(backend);
        var steps = 0;
        backend.OnStep = _ =>
        {
            if (++steps == 4)
                backend.Failures.Enqueue(StepStatus.Failed);
        };
        var events = await server.PostForEventsAsync(Route, """{"model":"fake","prompt":"Hi","stream":true}""");
        Assert.Equal(4, events.Count);
        Json.AssertIsError(JsonElement.Parse(events[^1]).GetProperty("error"));
        var metrics = await server.ScrapeCountedAsync(1);
        Assert.Equal(1, metrics.Sum("ryot_inference_requests_total", ("status", "error"), ("endpoint", "stream"), ("error_type", "model_error")));
    }

    [Fact]
    public async Task Every_answer_has_a_request_id_and_a_sane_one_of_the_client_is_kept()
    {
        await using var server = await TestServer.StartAsync();
        Assert.Equal("client-id_1.2:3", await AskAsync("client-id_1.2:3"));
        Assert.StartsWith("req_", await AskAsync("<script>"), StringComparison.Ordinal);
        Assert.StartsWith("req_", await AskAsync(new string('x', 65)), StringComparison.Ordinal);
        Assert.StartsWith("req_", await AskAsync(null), StringComparison.Ordinal);
        Assert.Contains(server.Log.Lines(LogLevel.Information), line => line.Contains("client-id_1.2:3", StringComparison.Ordinal));

        async Task<string> AskAsync(string? id)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, Route);
            request.Content = new StringContent(Body, Encoding.UTF8, "application/json");
            if (id is not null)
                request.Headers.Add("x-request-id", id);
            using var response = await server.Client.SendAsync(request, TestContext.Current.CancellationToken);
            return Assert.Single(response.Headers.GetValues("x-request-id"));
        }
    }
}
