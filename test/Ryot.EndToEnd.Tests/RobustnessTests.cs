using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Ryot.EndToEnd.Tests.Support;
using Xunit;

namespace Ryot.EndToEnd.Tests;

/// <summary>
/// Bad input and bad clients against the real server. After each of these it must still serve, must have leaked no sequence, and must
/// not have answered 500.
/// </summary>
public sealed partial class RobustnessTests(RobustnessTests.ImpatientServer fixture)
    : IClassFixture<RobustnessTests.ImpatientServer>, IAsyncLifetime
{
    private const string Endless = "\"max_tokens\":2000,\"ignore_eos\":true";

    private const string Head = "POST /v1/completions HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n";

    private RyotProcess Server => fixture.Process;

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        var metrics = await Server.ScrapeIdleAsync();
        Assert.Equal(0, metrics.Sum("ryot_inference_errors_total", ("error_type", "inference_error")));
        Assert.Equal(0, metrics.Sum("ryot_metrics_dropped_observations_total"));
        var answer = await Server.PostForJsonAsync(
            "/v1/completions", """{"model":"tiny","prompt":"Still there?","max_tokens":4,"ignore_eos":true}""");
        Assert.Equal(4, answer.GetProperty("usage").GetProperty("completion_tokens").GetInt32());
        // All that is wrong here is the clients' doing, and no error of the server.
        var log = Server.Log;
        Assert.False(ErrorPattern().IsMatch(log), $"The server's log has an error:\n{log}");
    }

    [Fact]
    public async Task Clients_that_vanish_mid_stream()
    {
        var before = (await Server.ScrapeIdleAsync()).Sum("ryot_inference_requests_total");
        await Task.WhenAll(Enumerable.Range(0, 40).Select(async i =>
        {
            using var client = await RawConnection.OpenAsync(Server);
            await client.PostAsync("/v1/chat/completions", Encoding.UTF8.GetBytes(
                $"{{\"model\":\"tiny\",\"messages\":[{{\"role\":\"user\",\"content\":\"Go on {i}\"}}],\"stream\":true,{Endless}}}"));
            if (i % 2 == 0)
                await client.ReadUntilAsync("data: ");
        }));
        // Those that never read may vanish before their request was even taken from the socket; the others were all counted.
        var metrics = await Server.ScrapeIdleAsync((int)before + 20);
        Assert.InRange(metrics.Sum("ryot_inference_requests_total") - before, 20, 40);
    }

    [Fact]
    public async Task Clients_that_vanish_while_they_send()
    {
        for (var i = 0; i < 300; i++)
        {
            using var client = await RawConnection.OpenAsync(Server);
            await client.SendAsync(Head + "Content-Length: 5000\r\n\r\n{\"model\":");
        }
    }

    [Fact]
    public async Task A_client_that_reads_nothing_is_cut_off()
    {
        var before = (await Server.ScrapeIdleAsync()).Sum("ryot_requests_finished_total", ("finish_reason", "cancelled"));
        using var client = await RawConnection.OpenAsync(Server);
        // Log probabilities make megabytes of it, more than all buffers on the way hold.
        await client.PostAsync("/v1/chat/completions", Encoding.UTF8.GetBytes(
            "{\"model\":\"tiny\",\"messages\":[{\"role\":\"user\",\"content\":\"Go on\"}],"
            + $"\"stream\":true,\"n\":8,\"logprobs\":true,\"top_logprobs\":20,{Endless}}}"));
        var metrics = await Server.ScrapeUntilAsync(
            metrics => metrics.Sum("ryot_requests_finished_total", ("finish_reason", "cancelled")) > before, "the client is cut off");
        Assert.Equal(before + 1, metrics.Sum("ryot_requests_finished_total", ("finish_reason", "cancelled")));
    }

    [Theory]
    [InlineData("/v1/completions", "prompt")]
    [InlineData("/v1/inference/generate", "prompt")]
    [InlineData("/v1/inference/stream", "prompt")]
    public async Task A_prompt_of_10_megabytes_is_refused(string path, string param)
    {
        var body = $"{{\"model\":\"tiny\",\"prompt\":\"{new string('a', 10 << 20)}\"}}";
        var error = (await Server.PostForJsonAsync(path, body, 400)).GetProperty("error");
        Assert.Equal("context_length_exceeded", error.GetProperty("code").GetString());
        Assert.Equal(param, error.GetProperty("param").GetString());
    }

    [Fact]
    public async Task A_conversation_of_10_megabytes_is_refused()
    {
        var message = $"{{\"role\":\"user\",\"content\":\"{new string('\u00e9', 1000)}\"}}";
        var body = $"{{\"model\":\"tiny\",\"messages\":[{string.Join(',', Enumerable.Repeat(message, 5000))}]}}";
        var error = (await Server.PostForJsonAsync("/v1/chat/completions", body, 400)).GetProperty("error");
        Assert.Equal("context_length_exceeded", error.GetProperty("code").GetString());
    }

    [Fact]
    public async Task A_body_beyond_the_limit_is_413()
    {
        // Told by the length alone, before a byte of it is sent.
        using var client = await RawConnection.OpenAsync(Server);
        await client.SendAsync(Head + "Content-Length: 17825792\r\n\r\n");
        await AssertTooLargeAsync(client);

        // And where no length is told, once there is too much of it.
        using var chunked = await RawConnection.OpenAsync(Server);
        await chunked.SendAsync(Head + "Transfer-Encoding: chunked\r\n\r\n1000001\r\n");
        var sending = chunked.SendAsync(new byte[0x1000001]);
        await AssertTooLargeAsync(chunked);
        // The server may close the connection before it has all.
        await sending.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
    }

    [Theory]
    [InlineData("[")]
    [InlineData("{\"model\":")]
    public async Task Deep_nesting_is_refused(string opening)
    {
        var deep = string.Concat(Enumerable.Repeat(opening, 100_000));
        await AssertRefusedAsync("/v1/chat/completions", Encoding.UTF8.GetBytes(deep));
        await AssertRefusedAsync("/v1/completions", Encoding.UTF8.GetBytes($"{{\"model\":\"tiny\",\"prompt\":{deep}"));
    }

    [Theory]
    [InlineData(new byte[] { 0xff, 0xfe, 0x00 })]
    [InlineData(new byte[] { 0xc0, 0xaf })]
    [InlineData(new byte[] { 0xed, 0xa0, 0x80 })]
    [InlineData(new byte[] { 0xf0, 0x9f, 0x98 })]
    [InlineData(new byte[] { 0x00 })]
    public async Task Bytes_that_are_no_text_are_refused(byte[] bytes)
    {
        byte[] body = [.. "{\"model\":\"tiny\",\"prompt\":\""u8, .. bytes, .. "\"}"u8];
        foreach (var path in (string[])["/v1/completions", "/v1/inference/stream"])
            await AssertRefusedAsync(path, body);
    }

    [Theory]
    [InlineData("GET / HTTP/9.9\r\n\r\n")]
    [InlineData("\0\0\0\0\r\n\r\n")]
    [InlineData("POST /v1/completions HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n")]
    [InlineData(Head + "Transfer-Encoding: chunked\r\n\r\nzz\r\nno chunk")]
    public async Task What_is_no_HTTP_is_refused_or_cut_off(string request)
    {
        using var client = await RawConnection.OpenAsync(Server);
        await client.SendAsync(request);
        var answer = await client.ReadToEndAsync();
        Assert.Matches("^$|^HTTP/1.1 [45]0[0-9] ", answer.Split('\r')[0]);
        Assert.DoesNotContain("HTTP/1.1 500", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Text_in_any_script_goes_in_and_whole_characters_come_out()
    {
        var prompt = JsonSerializer.Serialize("\u4f60\u597d, \U0001F600 \u05e9\u05dc\u05d5\u05dd \0 \u001f \ufffd \u202e");
        var body = $"{{\"model\":\"tiny\",\"prompt\":{prompt},\"max_tokens\":200,\"ignore_eos\":true,\"seed\":3";
        var whole = await Server.PostForJsonAsync("/v1/inference/generate", body + "}");
        var events = await Server.PostForEventsAsync("/v1/inference/stream", body + "}");
        // A stream that cut characters into halves would have other text than the whole answer.
        var streamed = string.Concat(events.Select(data => JsonElement.Parse(data))
            .Where(part => part.GetProperty("type").GetString() == "text")
            .Select(part => part.GetProperty("text").GetString()));
        Assert.Equal(whole.GetProperty("text").GetString(), streamed);
    }

    [GeneratedRegex(" (fail|crit): |Unhandled exception")]
    private static partial Regex ErrorPattern();

    private static async Task AssertTooLargeAsync(RawConnection client)
    {
        var answer = await client.ReadUntilAsync("body_too_large");
        Assert.StartsWith("HTTP/1.1 413 ", answer, StringComparison.Ordinal);
    }

    private async Task AssertRefusedAsync(string path, byte[] body)
    {
        using var client = await RawConnection.OpenAsync(Server);
        await client.PostAsync(path, body);
        var answer = await client.ReadToEndAsync();
        Assert.StartsWith("HTTP/1.1 400 ", answer, StringComparison.Ordinal);
        Assert.Contains("\"error\":{\"message\":\"", answer, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", answer, StringComparison.Ordinal);
    }

    public sealed class ImpatientServer : TinyLlamaServer
    {
        // Without the prefix cache equal requests have equal answers, to the last bit.
        protected override string[] Arguments => ["--slow-client-timeout", "0.5", "--no-prefix-cache"];
    }
}
