using System.Net;
using System.Text.Json;
using Ryot.Server.Tests.Support;
using Ryot.Testing;
using Xunit;

namespace Ryot.Server.Tests;

public sealed class ShutdownTests
{
    private const string Route = "/v1/completions";

    [Fact]
    public async Task Running_requests_end_while_new_ones_are_turned_away()
    {
        await using var server = await TestServer.StartAsync(new FakeModelBackend { Script = null });
        server.Gate.Close();
        var running = server.PostForEventsAsync(Route, Body("\"max_tokens\":3,\"stream\":true"));
        await TestServer.UntilAsync(() => server.Gate.IsWaiting, "the request runs");
        var stopping = server.StopAsync();

        await TestServer.UntilAsync(() => server.Host.Status == Engine.Models.ModelStatus.Stopped, "the model is stopping");
        await OverloadTests.AssertHealthAsync(server, "/health/ready", 503, """{"status":"not_ready","models":[{"id":"fake","status":"stopping","detail":"*"}]}""");
        await OverloadTests.AssertHealthAsync(server, "/health/live", 200, """{"status":"live"}""");
        using (var refused = await server.PostAsync(Route, Body("\"max_tokens\":3")))
        {
            Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.StatusCode);
            Assert.True(refused.Headers.RetryAfter?.Delta > TimeSpan.Zero);
            var error = JsonElement.Parse(await refused.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).GetProperty("error");
            Assert.Equal("shutting_down", error.GetProperty("code").GetString());
        }
        var metrics = await server.ScrapeCountedAsync(1);
        Assert.Equal(1, metrics.Sum("ryot_inference_requests_total", ("model", "fake"), ("status", "error"), ("error_type", "overloaded")));

        server.Gate.Open();
        Assert.Equal("[DONE]", (await running)[^1]);
        await stopping;
        Assert.Equal(0, server.Backend.LiveSamplers);
        await Assert.ThrowsAsync<HttpRequestException>(() => server.Client.GetAsync("/health/live", TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task What_does_not_end_in_time_is_cancelled_with_a_clear_end()
    {
        await using var server = await TestServer.StartAsync(
            new FakeModelBackend { Script = null, OnStep = _ => Thread.Sleep(5) }, "--stop-timeout", "0.3");
        var stream = server.PostForEventsAsync(Route, Body("\"max_tokens\":4000,\"stream\":true"));
        var whole = server.PostForErrorAsync(Route, Body("\"max_tokens\":4000"), 503);
        await UntilMetricAsync(server, "ryot_requests_running", 2);
        // Two steps from here both have got a token.
        var tokens = (await server.ScrapeAsync()).Sum("ryot_tokens_generated_total", ("token_type", "completion"));
        await UntilMetricAsync(server, "ryot_tokens_generated_total", tokens + 8, ("token_type", "completion"));
        await server.StopAsync();

        var last = JsonElement.Parse((await stream)[^1]);
        Json.AssertIsError(last.GetProperty("error"));
        Assert.Equal("shutting_down", last.GetProperty("error").GetProperty("code").GetString());
        Assert.Equal("shutting_down", (await whole).GetProperty("code").GetString());
        Assert.Equal(0, server.Backend.LiveSamplers);
    }

    [Fact]
    public async Task An_engine_that_hangs_does_not_keep_the_server_from_stopping()
    {
        await using var server = await TestServer.StartAsync(new FakeModelBackend { Script = null }, "--stop-timeout", "0.1");
        server.Gate.Close();
        var request = server.PostAsync(Route, Body("\"max_tokens\":3,\"timeout\":0.5"));
        await TestServer.UntilAsync(() => server.Gate.IsWaiting, "the engine hangs");
        await server.StopAsync();
        using var response = await request;
        Assert.Equal(HttpStatusCode.GatewayTimeout, response.StatusCode);
    }

    private static async Task UntilMetricAsync(TestServer server, string name, double value, params (string, string)[] labels)
    {
        for (var i = 0; (await server.ScrapeAsync()).Sum(name, labels) < value; i++)
        {
            Assert.True(i < 1000, $"{name} did not reach {value}.");
            await Task.Delay(5, TestContext.Current.CancellationToken);
        }
    }

    private static string Body(string more) => $$"""{"model":"fake","prompt":"Hi",{{more}}}""";
}
