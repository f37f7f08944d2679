using System.Text.Json;
using Ryot.Server.Tests.Support;
using Ryot.Testing;
using Xunit;

namespace Ryot.Server.Tests;

/// <summary>Clients that vanish, and deadlines that pass.</summary>
public sealed class CancellationTests
{
    private const string Route = "/v1/completions";

    [Fact]
    public async Task A_client_that_vanishes_from_its_stream_frees_the_sequence_and_is_counted_as_cancelled()
    {
        await using var server = await TestServer.StartAsync(new FakeModelBackend { Script = null });
        server.Gate.Close();
        using (var stream = await OpenStreamAsync(server, "\"max_tokens\":4000"))
        {
            server.Gate.Allow();
            server.Gate.Allow();
            await stream.ReadEventAsync();
        }
        await StepUntilAsync(server, () => server.Host.UnfinishedRequests == 0, "the request is gone");
        await server.AssertIdleAsync();

        var metrics = await server.ScrapeCountedAsync(1);
        Assert.Equal(1, metrics.Sum("ryot_inference_requests_total", ("model", "fake"), ("status", "partial"), ("endpoint", "stream"), ("error_type", "")));
        Assert.Equal(1, metrics.Sum("ryot_requests_finished_total", ("finish_reason", "cancelled")));
        Assert.True(metrics.Sum("ryot_tokens_generated_total", ("token_type", "completion")) < 4000);
        Assert.True(metrics.Sum("ryot_wasted_tokens_total", ("cause", "cancelled")) > 0);
        AssertNoLoad(metrics);
    }

    [Fact]
    public async Task A_client_that_vanishes_while_it_waits_leaves_the_queue()
    {
        await using var server = await TestServer.StartAsync(new FakeModelBackend { Script = null }, "--parallel", "1");
        server.Gate.Close();
        using (await OpenStreamAsync(server, "\"max_tokens\":4000"))
        {
            await TestServer.UntilAsync(() => server.Gate.IsWaiting, "the first request runs");
            using (await OpenStreamAsync(server, "\"max_tokens\":3"))
                await TestServer.UntilAsync(() => server.Host.UnfinishedRequests == 2, "the second request waits");
            await StepUntilAsync(server, () => server.Host.UnfinishedRequests == 1, "the second request is gone");
            var during = await server.ScrapeCountedAsync(1);
            Assert.Equal(1, during.Sum("ryot_requests_finished_total", ("finish_reason", "cancelled")));
            Assert.Equal(0, during.Sum("ryot_queue_depth"));
            Assert.Equal(1, during.Sum("ryot_active_inference_requests"));
            Assert.Equal(0, during.Sum("ryot_request_queue_time_seconds_count"));
        }
        server.Gate.Open();
        await server.AssertIdleAsync();
        AssertNoLoad(await server.ScrapeCountedAsync(2));
    }

    [Fact]
    public async Task A_client_that_vanishes_from_a_whole_answer_is_counted_as_cancelled()
    {
        await using var server = await TestServer.StartAsync(new FakeModelBackend { Script = null });
        server.Gate.Close();
        using (await RawClient.PostAsync(server.Url, Route, Body("\"max_tokens\":4000")))
            await TestServer.UntilAsync(() => server.Gate.IsWaiting, "the request runs");
        await StepUntilAsync(server, () => server.Host.UnfinishedRequests == 0, "the request is gone");
        await server.AssertIdleAsync();
        var metrics = await server.ScrapeCountedAsync(1);
        Assert.Equal(1, metrics.Sum("ryot_inference_requests_total", ("status", "partial"), ("endpoint", "generate"), ("error_type", "")));
    }

    [Fact]
    public async Task A_client_that_vanishes_while_it_sends_its_body_is_counted_too()
    {
        await using var server = await TestServer.StartAsync();
        using var client = await RawClient.ConnectAsync(server.Url);
        await client.SendAsync($"POST {Route} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{{\"model\":");
        // A reset could overtake the headers, and then there never was a request.
        client.Close();
        var metrics = await server.ScrapeCountedAsync(1);
        Assert.Equal(1, metrics.Sum("ryot_inference_requests_total", ("model", "unknown"), ("status", "partial"), ("error_type", "")));
        Assert.Equal(1, metrics.Sum("ryot_requests_finished_total", ("model", "unknown"), ("finish_reason", "cancelled")));
    }

    [Fact]
    public async Task A_deadline_that_passes_before_the_answer_is_504()
    {
        await using var server = await TestServer.StartAsync(new FakeModelBackend { Script = null, OnStep = _ => Thread.Sleep(5) });
        var error = await server.PostForErrorAsync(Route, Body("\"max_tokens\":4000,\"timeout\":0.2"), 504);
        Assert.Equal("deadline_exceeded", error.GetProperty("code").GetString());
        await server.AssertIdleAsync();
        var metrics = await server.ScrapeCountedAsync(1);
        Assert.Equal(1, metrics.Sum("ryot_inference_requests_total", ("status", "timeout"), ("error_type", "timeout")));
        Assert.Equal(1, metrics.Sum("ryot_inference_errors_total", ("error_type", "timeout"), ("severity", "warning")));
        Assert.Equal(1, metrics.Sum("ryot_requests_finished_total", ("finish_reason", "timeout")));
        AssertNoLoad(metrics);
    }

    [Fact]
    public async Task A_deadline_that_passes_within_a_stream_is_an_event_and_the_end()
    {
        await using var server = await TestServer.StartAsync(new FakeModelBackend { Script = null, OnStep = _ => Thread.Sleep(5) });
        var events = await server.PostForEventsAsync(Route, Body("\"max_tokens\":4000,\"stream\":true,\"timeout\":2"));
        Assert.True(events.Count > 2);
        Assert.Equal("deadline_exceeded", JsonElement.Parse(events[^1]).GetProperty("error").GetProperty("code").GetString());
        var metrics = await server.ScrapeCountedAsync(1);
        Assert.Equal(1, metrics.Sum("ryot_inference_requests_total", ("status", "timeout"), ("endpoint", "stream")));
    }

    [Fact]
    public async Task The_configured_deadline_holds_where_a_request_names_none_or_a_longer_one()
    {
        await using var server = await TestServer.StartAsync(
            new FakeModelBackend { Script = null, OnStep = _ => Thread.Sleep(5) }, "--timeout", "0.2", "--max-timeout", "0.3");
        await server.PostForErrorAsync(Route, Body("\"max_tokens\":4000"), 504);
        await server.PostForErrorAsync(Route, Body("\"max_tokens\":4000,\"timeout\":3600"), 504);
    }

    [Fact]
    public async Task A_client_that_does_not_read_is_cut_off()
    {
        var steps = 0;
        var backend = new FakeModelBackend { Script = null, OnStep = _ => Thread.Sleep(++steps % 10 == 0 ? 1 : 0) };
        await using var server = await TestServer.StartAsync(backend, "--context-length", "200000", "--slow-client-timeout", "0.3");
        using var client = await RawClient.PostAsync(server.Url, Route, Body("\"max_tokens\":199000,\"stream\":true"));
        // About 200 bytes for each token are far more than the buffers on the way hold.
        await TestServer.UntilAsync(() => server.Host.UnfinishedRequests == 1, "the request runs");
        await server.AssertIdleAsync();
        var metrics = await server.ScrapeCountedAsync(1);
        Assert.Equal(1, metrics.Sum("ryot_inference_requests_total", ("status", "partial"), ("error_type", "")));
        Assert.True(metrics.Sum("ryot_tokens_generated_total", ("token_type", "completion")) < 199_000);
        await server.AssertIdleAsync();
    }

    [Fact]
    public async Task A_client_that_sends_its_body_slowly_is_served()
    {
        await using var server = await TestServer.StartAsync(new FakeModelBackend { Script = "x" });
        var body = Body("\"max_tokens\":2");
        using var client = await RawClient.ConnectAsync(server.Url);
        await client.SendAsync($"POST {Route} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: {body.Length}\r\n\r\n");
        foreach (var character in body)
        {
            await client.SendAsync(character.ToString());
            await Task.Delay(1, TestContext.Current.CancellationToken);
        }
        Assert.StartsWith("HTTP/1.1 200", await client.ReadToEndAsync(), StringComparison.Ordinal);
    }

    internal static string Body(string more) => $$"""{"model":"fake","prompt":"Hi",{{more}}}""";

    private static Task<RawClient> OpenStreamAsync(TestServer server, string more) =>
        RawClient.PostAsync(server.Url, Route, Body(more + ",\"stream\":true"));

    /// <summary>Lets the engine take single steps: it takes a cancellation in before the next one, once the server has noticed it.</summary>
    private static Task StepUntilAsync(TestServer server, Func<bool> condition, string what) => TestServer.UntilAsync(
        () =>
        {
            server.Gate.Allow();
            return condition();
        },
        what);

    private static void AssertNoLoad(MetricsText metrics)
    {
        foreach (var name in (string[])["ryot_active_inference_requests", "ryot_queue_depth", "ryot_requests_running", "ryot_requests_waiting", "ryot_kv_cache_usage_ratio"])
            Assert.Equal(0, metrics.Sum(name));
    }
}
