using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Ryot.EndToEnd.Tests.Support;
using Ryot.Testing.Models;
using Xunit;

namespace Ryot.EndToEnd.Tests;

/// <summary>The process ends when it is told to, and tells its streams.</summary>
public sealed class StopTests
{
    [Fact]
    public async Task A_stream_that_can_end_in_time_does_while_new_requests_are_turned_away()
    {
        await using var server = await RyotProcess.StartAsync(SlowModel.Path, "--parallel", "2", "--stop-timeout", "60");
        using var stream = await OpenStream.OpenAsync(
            server,
            "/v1/completions",
            """
            {"model":"tiny","prompt":"Go","max_tokens":400,"ignore_eos":true,"stream":true,"stream_options":{"include_usage":true}}
            """);
        await stream.ReadJsonAsync();
        server.SignalStop();
        await server.WaitForAsync(() => Task.FromResult(server.Log.Contains("Stopping", StringComparison.Ordinal)), "it stops");
        var events = await stream.ReadToEndAsync();
        Assert.Equal("[DONE]", events[^1]);
        Assert.Equal(400, JsonElement.Parse(events[^2]).GetProperty("usage").GetProperty("completion_tokens").GetInt32());
        Assert.Equal(0, await server.WaitForExitAsync());
    }

    [Fact]
    public async Task What_does_not_end_in_time_gets_an_error_event_and_the_exit_code_is_0()
    {
        await using var server = await RyotProcess.StartAsync(SlowModel.Path, "--parallel", "2", "--stop-timeout", "1");
        using var stream = await OpenStream.OpenAsync(
            server,
            "/v1/chat/completions",
            """{"model":"tiny","messages":[{"role":"user","content":"Go"}],"max_tokens":8000,"ignore_eos":true,"stream":true}""");
        await stream.ReadJsonAsync();
        server.SignalStop();
        var refused = await WaitUntilRefusedAsync(server);
        Assert.Equal("shutting_down", refused);
        var events = await stream.ReadToEndAsync();
        Assert.Equal("shutting_down", JsonElement.Parse(events[^1]).GetProperty("error").GetProperty("code").GetString());
        Assert.Equal(0, await server.WaitForExitAsync());
        Assert.DoesNotContain("fail:", server.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_idle_server_ends_at_once_and_one_that_loads_too()
    {
        await using var idle = await RyotProcess.StartAsync(TestModels.Llama());
        idle.SignalStop();
        Assert.Equal(0, await idle.WaitForExitAsync());

        await using var loading = await RyotProcess.LaunchAsync([.. RyotProcess.ForModel(SlowModel.Path), "--parallel", "2"]);
        await loading.WaitUntilListeningAsync();
        loading.SignalStop();
        Assert.Equal(0, await loading.WaitForExitAsync());
    }

    [Fact]
    public async Task A_port_that_is_taken_is_told_and_ends_with_2()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var port = ((IPEndPoint)taken.LocalEndpoint).Port;
        await using var server = await RyotProcess.LaunchAsync("--model", TestModels.Llama(), "--urls", $"http://127.0.0.1:{port}");
        Assert.Equal(2, await server.WaitForExitAsync());
        Assert.Contains($"port {port} is taken by another program", server.Log, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", server.Log, StringComparison.Ordinal);
    }

    /// <summary>Asks until the server turns requests away; those that came before that ran.</summary>
    private static async Task<string?> WaitUntilRefusedAsync(RyotProcess server)
    {
        string? code = null;
        await server.WaitForAsync(async () =>
        {
            using var response = await server.PostAsync("/v1/completions", """{"model":"tiny","prompt":"Go","max_tokens":1}""");
            if (response.StatusCode != HttpStatusCode.ServiceUnavailable)
                return false;
            Assert.NotNull(response.Headers.RetryAfter);
            var body = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
            code = JsonElement.Parse(body).GetProperty("error").GetProperty("code").GetString();
            return true;
        }, "new requests are turned away");
        return code;
    }
}
