using System.Text.Json;

namespace Ryot.Testing;

/// <summary>
/// A real Alertmanager on an ephemeral loopback port with its data in a directory of its own. Disposing ends the process and removes the
/// directory.
/// </summary>
public sealed class AlertmanagerServer : IAsyncDisposable
{
    private readonly ServerProgram _program;
    private readonly HttpClient _http;

    private AlertmanagerServer(ServerProgram program)
    {
        _program = program;
        _http = new HttpClient { BaseAddress = program.Address };
    }

    /// <summary>The server's root address, for <see cref="PrometheusServer.StartAsync"/>.</summary>
    public Uri Address => _program.Address;

    /// <summary>What the server wrote to its log so far.</summary>
    public string Log => _program.Log;

    /// <summary>Starts a server with the text of a configuration file and waits until it listens.</summary>
    public static async Task<AlertmanagerServer> StartAsync(string configuration, CancellationToken cancellation = default)
    {
        var program = await ServerProgram.StartAsync(
            "prometheus-alertmanager",
            ("alertmanager.yml", configuration),
            directory =>
            [
                $"--config.file={Path.Combine(directory, "alertmanager.yml")}",
                $"--storage.path={Path.Combine(directory, "data")}",
                "--web.listen-address=127.0.0.1:0",
                "--cluster.listen-address=",
            ],
            readyLine: null,
            cancellation);
        return new AlertmanagerServer(program);
    }

    /// <summary>A configuration that posts every alert at once to a webhook, and again when it resolves.</summary>
    /// <param name="receiver">The webhook.</param>
    /// <param name="inhibitRules">The text of a section <c>inhibit_rules:</c>; none when null.</param>
    public static string PostTo(Uri receiver, string? inhibitRules = null) => $"""
        route:
          receiver: test
          group_by: ["..."]
          group_wait: 100ms
          group_interval: 500ms
          repeat_interval: 1h
        receivers:
          - name: test
            webhook_configs:
              - url: {receiver}
                send_resolved: true
        {inhibitRules}
        """;

    /// <summary>The alerts that it has, those that are silenced or inhibited included: the answer of its API.</summary>
    public async Task<JsonElement> AlertsAsync(CancellationToken cancellation = default)
    {
        using var document = JsonDocument.Parse(await _http.GetStringAsync(new Uri("api/v2/alerts", UriKind.Relative), cancellation));
        return document.RootElement.Clone();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _program.DisposeAsync();
    }
}
