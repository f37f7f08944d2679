using System.Net;
using System.Text.Json;
using Ryot.Engine.Models;
using Ryot.Server.Tests.Support;
using Ryot.Testing;
using Xunit;

namespace Ryot.Server.Tests;

/// <summary>What is answered when the model cannot take a request now.</summary>
public sealed class OverloadTests
{
    private const string Route = "/v1/completions";
    private const string Body = """{"model":"fake","prompt":"Hi","max_tokens":3}""";

    [Fact]
    public async Task A_full_queue_is_429_with_Retry_After_and_is_counted_as_overloaded()
    {
        await using var server = await TestServer.StartAsync(new FakeModelBackend { Script = null }, "--parallel", "1", "--queue-limit", "2");
        server.Gate.Close();
        var running = server.PostAsync(Route, Body);
        await TestServer.UntilAsync(() => server.Gate.IsWaiting, "the first request runs");
        Task<HttpResponseMessage>[] waiting = [server.PostAsync(Route, Body), server.PostAsync(Route, Body)];
        await TestServer.UntilAsync(() => server.Host.UnfinishedRequests == 3, "two requests wait");

        using (var refused = await server.PostAsync(Route, Body))
        {
            Assert.Equal(HttpStatusCode.TooManyRequests, refused.StatusCode);
            Assert.True(refused.Headers.RetryAfter?.Delta > TimeSpan.Zero);
            var error = JsonElement.Parse(await refused.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).GetProperty("error");
            Json.AssertIsError(error);
            Assert.Equal("queue_full", error.GetProperty("code").GetString());
        }

        var during = await server.ScrapeAsync();
        Assert.Equal(2, during.Sum("ryot_queue_depth", ("priority_level", "normal")));
        Assert.Equal(1, during.Sum("ryot_active_inference_requests"));
        server.Gate.Open();
        foreach (var request in waiting.Append(running))
        {
            using var response = await request;
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        }
        var metrics = await server.ScrapeCountedAsync(4);
        Assert.Equal(1, metrics.Sum("ryot_inference_requests_total", ("model", "fake"), ("status", "error"), ("error_type", "overloaded")));
        Assert.Equal(1, metrics.Sum("ryot_requests_finished_total", ("finish_reason", "rejected")));
        Assert.Equal(3, metrics.Sum("ryot_inference_requests_total", ("status", "success")));
        Assert.Equal(0, metrics.Sum("ryot_queue_depth"));
    }

    [Fact]
    public async Task A_model_that_is_still_loading_at_the_deadline_is_503_with_Retry_After_and_not_ready()
    {
        using var loaded = new ManualResetEventSlim();
        var backend = new FakeModelBackend { OnLoad = _ => loaded.Wait(TimeSpan.FromSeconds(60)) };
        await using var server = await TestServer.StartLoadingAsync(backend);
        using (var response = await server.PostAsync(Route, """{"model":"fake","prompt":"Hi","timeout":0.1}"""))
        {
            Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
            Assert.True(response.Headers.RetryAfter?.Delta > TimeSpan.Zero);
        }
        await AssertHealthAsync(server, "/health/live", 200, """{"status":"live"}""");
        await AssertHealthAsync(server, "/health/ready", 503, """{"status":"not_ready","models":[{"id":"fake","status":"loading","detail":"*"}]}""");
        Assert.Contains("loading", await server.Client.GetStringAsync("/", TestContext.Current.CancellationToken), StringComparison.Ordinal);
        var metrics = await server.ScrapeCountedAsync(1);
        Assert.Equal(1, metrics.Sum("ryot_inference_requests_total", ("model", "fake"), ("error_type", "overloaded")));

        loaded.Set();
        await server.Engine.LoadedAsync();
        await AssertHealthAsync(server, "/health/ready", 200, """{"status":"ready","models":[{"id":"fake","status":"ready"}]}""");
        await server.PostForJsonAsync(Route, Body);
    }

    [Fact]
    public async Task A_model_that_could_not_be_loaded_is_503_and_says_why()
    {
        var backend = new FakeModelBackend { OnLoad = _ => throw new ModelUnavailableException("the file is truncated") };
        await using var server = await TestServer.StartAsync(backend);
        var error = await server.PostForErrorAsync(Route, Body, 503);
        Assert.Equal("model_unavailable", error.GetProperty("code").GetString());
        Assert.Contains("the file is truncated", error.GetProperty("message").GetString(), StringComparison.Ordinal);
        await AssertHealthAsync(server, "/health/live", 200, """{"status":"live"}""");
        await AssertHealthAsync(server, "/health/ready", 503, """{"status":"not_ready","models":[{"id":"fake","status":"failed","detail":"the file is truncated"}]}""");
        var metrics = await server.ScrapeCountedAsync(1);
        Assert.Equal(1, metrics.Sum("ryot_inference_requests_total", ("model", "fake"), ("status", "error"), ("error_type", "model_error")));
        Assert.Equal(1, metrics.Sum("ryot_model_load_attempts_total", ("result", "failed")));
    }

    [Fact]
    public async Task Health_tells_of_an_engine_that_hangs_and_requests_still_time_out()
    {
        await using var server = await TestServer.StartAsync(new FakeModelBackend { Script = null }, "--stall-timeout", "0.2", "--stop-timeout", "0");
        await AssertHealthAsync(server, "/health/ready", 200, """{"status":"ready","models":[{"id":"fake","status":"ready"}]}""");
        server.Gate.Close();
        var error = await server.PostForErrorAsync(Route, """{"model":"fake","prompt":"Hi","timeout":0.2}""", 504);
        Assert.Equal("deadline_exceeded", error.GetProperty("code").GetString());
        await AssertHealthAsync(server, "/health/ready", 503, """{"status":"not_ready","models":[{"id":"fake","status":"stalled","detail":"*"}]}""");
        await AssertHealthAsync(server, "/health/live", 200, """{"status":"live"}""");
        var metrics = await server.ScrapeCountedAsync(1);
        Assert.Equal(1, metrics.Sum("ryot_inference_requests_total", ("status", "timeout"), ("error_type", "timeout")));
        Assert.Equal(0, metrics.Sum("ryot_active_inference_requests"));

        server.Gate.Open();
        await server.AssertIdleAsync();
        await AssertHealthAsync(server, "/health/ready", 200, """{"status":"ready","models":[{"id":"fake","status":"ready"}]}""");
    }

    [Fact]
    public async Task A_long_idle_time_is_no_stall()
    {
        await using var server = await TestServer.StartAsync(new FakeModelBackend(), "--stall-timeout", "0.1");
        await server.PostForJsonAsync(Route, Body);
        await Task.Delay(300, TestContext.Current.CancellationToken);
        await AssertHealthAsync(server, "/health/ready", 200, """{"status":"ready","models":[{"id":"fake","status":"ready"}]}""");
    }

    internal static async Task AssertHealthAsync(TestServer server, string path, int status, string expected)
    {
        using var response = await server.Client.GetAsync(path, TestContext.Current.CancellationToken);
        var text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.True(status == (int)response.StatusCode, text);
        Json.AssertMatches(expected, JsonElement.Parse(text));
        using var head = new HttpRequestMessage(HttpMethod.Head, path);
        using var headResponse = await server.Client.SendAsync(head, TestContext.Current.CancellationToken);
        Assert.Equal(status, (int)headResponse.StatusCode);
    }
}
