using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using CsCheck;
using Microsoft.Extensions.Logging;
using Ryot.Server.Tests.Support;
using Ryot.Testing;
using Xunit;

namespace Ryot.Server.Tests;

/// <summary>Whatever is sent, the answer is well formed or the connection is closed, everything is counted, and nothing is leaked.</summary>
public sealed class FuzzTests
{
    private static readonly HashSet<int> _expected = [200, 400, 404, 504];

    [Fact]
    public async Task Any_body_gets_a_well_formed_answer()
    {
        await using var server = await TestServer.StartAsync(
            new FakeModelBackend(), "--context-length", "128", "--max-sequences-per-request", "8", "--timeout", "20");
        var sent = 0;
        var succeeded = 0;
        await Fuzz.Request.SampleAsync(
            async request =>
            {
                using var content = new ByteArrayContent(request.Body) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } };
                Interlocked.Increment(ref sent);
                using var response = await server.Client.PostAsync(request.Route, content, TestContext.Current.CancellationToken);
                var text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
                AssertWellFormed((int)response.StatusCode, response.Content.Headers.ContentType?.MediaType, text);
                if (response.IsSuccessStatusCode)
                    Interlocked.Increment(ref succeeded);
            },
            iter: 1500,
            threads: 4,
            print: request => $"{request.Route} {Encoding.Latin1.GetString(request.Body)}");

        // Both the good and the bad must have been tried.
        Assert.InRange(succeeded, sent / 20, sent * 19 / 20);
        await AssertAllCountedAsync(server, sent);
    }

    [Fact]
    public async Task Clients_that_vanish_at_any_moment_leave_nothing_behind()
    {
        await using var server = await TestServer.StartAsync(
            new FakeModelBackend { Script = null, OnStep = _ => Thread.Sleep(1) }, "--parallel", "4", "--context-length", "400");
        var sent = 0;
        await Gen.Select(Fuzz.Request, Gen.Double[0, 1], Gen.Int[0, 30]).SampleAsync(
            async (request, part, milliseconds) =>
            {
                using var client = await RawClient.ConnectAsync(server.Url);
                await client.SendAsync($"POST {request.Route} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {request.Body.Length + 1}\r\n\r\n");
                // The last byte, a space, is missing where the client goes before it has sent everything.
                await client.SendAsync(part > 0.7 ? [.. request.Body, (byte)' '] : request.Body[..(int)(part * request.Body.Length)]);
                Interlocked.Increment(ref sent);
                await Task.Delay(milliseconds, TestContext.Current.CancellationToken);
                // Not by a reset: that may overtake what was sent, and then there never was a request to count.
                client.Close();
            },
            iter: 200,
            threads: 4,
            print: sample => $"{sample.Item1.Route} {Encoding.Latin1.GetString(sample.Item1.Body)} {sample.Item2} {sample.Item3}");
        await AssertAllCountedAsync(server, sent);
    }

    [Fact]
    public async Task Text_in_any_bytes_of_the_body_is_refused_or_answered_in_valid_UTF8()
    {
        await using var server = await TestServer.StartAsync(new FakeModelBackend { Script = "ok" });
        var sent = 0;
        await Gen.Byte.Array[0, 20].SampleAsync(
            async bytes =>
            {
                byte[] body = [.. "{\"model\":\"fake\",\"prompt\":\"a"u8, .. bytes, .. "\"}"u8];
                using var content = new ByteArrayContent(body) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } };
                Interlocked.Increment(ref sent);
                using var response = await server.Client.PostAsync("/v1/completions", content, TestContext.Current.CancellationToken);
                var answer = await response.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken);
                Assert.True(System.Text.Unicode.Utf8.IsValid(answer));
                AssertWellFormed((int)response.StatusCode, response.Content.Headers.ContentType?.MediaType, Encoding.UTF8.GetString(answer));
            },
            iter: 300,
            threads: 4);
        await AssertAllCountedAsync(server, sent);
    }

    private static void AssertWellFormed(int status, string? mediaType, string text)
    {
        Assert.True(_expected.Contains(status), $"{status}: {text}");
        if (mediaType == "text/event-stream")
        {
            Assert.Equal(200, status);
            AssertWellFormedStream(EventStream.Parse(text));
            return;
        }
        Assert.Equal("application/json", mediaType);
        var answer = JsonElement.Parse(text);
        Assert.Equal(status != 200, answer.TryGetProperty("error", out var error));
        if (status != 200)
            Json.AssertIsError(error);
    }

    private static void AssertWellFormedStream(IReadOnlyList<string> events)
    {
        Assert.NotEmpty(events);
        for (var i = 0; i < events.Count; i++)
        {
            if (events[i] == "[DONE]")
            {
                Assert.Equal(events.Count - 1, i);
                return;
            }
            var data = JsonElement.Parse(events[i]);
            var ends = data.TryGetProperty("error", out _) || (data.TryGetProperty("type", out var type) && type.GetString() == "finished");
            Assert.Equal(i == events.Count - 1, ends);
        }
    }

    private static async Task AssertAllCountedAsync(TestServer server, int sent)
    {
        await server.AssertIdleAsync();
        var metrics = await server.ScrapeCountedAsync(sent);
        Assert.Equal(sent, metrics.Sum("ryot_requests_finished_total"));
        foreach (var name in (string[])["ryot_active_inference_requests", "ryot_queue_depth", "ryot_requests_running", "ryot_requests_waiting", "ryot_kv_cache_usage_ratio", "ryot_metrics_dropped_observations_total"])
            Assert.Equal(0, metrics.Sum(name));
        Assert.Empty(server.Log.Lines(LogLevel.Error));
    }
}
