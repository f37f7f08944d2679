using Ryot.EndToEnd.Tests.Support;
using Ryot.Testing;
using Ryot.Testing.Faults;
using Ryot.Testing.Models;
using Ryot.Testing.Monitoring;
using Xunit;

namespace Ryot.EndToEnd.Tests.Alerts;

/// <summary>
/// The alerts that ship with Ryot, from the server that goes wrong to the webhook that is told: a real server, Prometheus and Alertmanager.
/// Only the times in the rules are shorter than what ships.
/// </summary>
public sealed class AlertingTests : IAsyncLifetime
{
    /// <summary>Five minutes are five seconds.</summary>
    private const double Haste = 60;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("ryot-alerts-");
    private RyotProcess _server = null!;
    private WebhookReceiver _webhook = null!;
    private AlertmanagerServer _alertmanager = null!;
    private PrometheusServer _prometheus = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _server = await StartServerAsync("http://127.0.0.1:0");
        _webhook = await WebhookReceiver.StartAsync(Cancellation);
        _alertmanager = await AlertmanagerServer.StartAsync(AlertmanagerServer.PostTo(_webhook.Address), Cancellation);
        _prometheus = await PrometheusServer.StartAsync(
            [new ScrapeTarget("ryot", new Uri(_server.Address, "/metrics"))],
            ruleFiles: [.. RuleFile.Paths().Select(WriteHastened)],
            alertmanager: _alertmanager.Address,
            cancellation: Cancellation);
    }

    public async ValueTask DisposeAsync()
    {
        // What could not be started is null.
        if (_prometheus is not null)
            await _prometheus.DisposeAsync();
        if (_alertmanager is not null)
            await _alertmanager.DisposeAsync();
        if (_webhook is not null)
            await _webhook.DisposeAsync();
        if (_server is not null)
            await _server.DisposeAsync();
        _folder.Delete(recursive: true);
    }

    [Fact]
    public async Task Errors_slowness_a_backlog_a_stall_and_a_dead_server_are_told_and_so_is_their_end()
    {
        await using (var load = new Load(_server, maxTokens: 4))
        {
            await load.RunUntilAsync(() => AskAsync("sum(rate(ryot_inference_requests_total[2s]))", value => value > 0), "requests are seen");
            await ErrorsAsync(load);
            await SlownessAndBacklogAsync(load);
        }
        await StallAsync();
        await DeadServerAsync();
        // Whoever was told that something is wrong was told that it is over.
        foreach (var name in (string[])["RyotHighErrorRate", "RyotHighLatency", "RyotQueueBacklog", "RyotEngineStalled", "RyotTargetDown"])
            await ResolvedAsync(name);
    }

    private async Task ErrorsAsync(Load load)
    {
        var fired = FiringAsync("RyotHighErrorRate", "warning");
        while (!fired.IsCompleted)
        {
            await _server.InjectAsync(RyotProcess.Model, Fault.DecodeError);
            await load.SendAsync(3);
        }
        await fired;
        await load.RunUntilAsync(() => Task.FromResult(IsResolved("RyotHighErrorRate")), "the errors are over");
    }

    private async Task SlownessAndBacklogAsync(Load load)
    {
        await SetDelayAsync(700);
        var slow = FiringAsync("RyotHighLatency", "warning");
        var backlog = FiringAsync("RyotQueueBacklog", "critical");
        await load.FillQueueAsync(150);
        await backlog;
        await slow;
        await SetDelayAsync(0);
        await load.EmptyAsync();
    }

    private async Task StallAsync()
    {
        var stalled = FiringAsync("RyotEngineStalled", "critical");
        await _server.InjectAsync(RyotProcess.Model, Fault.Hang);
        var request = _server.PostForJsonAsync("/v1/completions", """{"model":"tiny","prompt":"Go","max_tokens":3,"timeout":80}""");
        await stalled;
        await _server.EndHangAsync(RyotProcess.Model);
        await request;
    }

    private async Task DeadServerAsync()
    {
        var address = _server.Address;
        await _server.DisposeAsync();
        var alert = await FiringAsync("RyotTargetDown", "critical");
        Assert.Equal(address.Authority, alert.Labels["instance"]);
        _server = await StartServerAsync(address.ToString());
    }

    private async Task<ReceivedAlert> FiringAsync(string name, string severity)
    {
        var alert = await _webhook.WaitForAsync(one => one.Name == name && one.Status == "firing", TimeSpan.FromSeconds(120), Cancellation);
        Assert.Equal(severity, alert.Labels["severity"]);
        Assert.NotEmpty(alert.Annotations["summary"]);
        Assert.True(File.Exists(RepositoryFiles.Path(alert.Annotations["runbook_url"])), alert.Annotations["runbook_url"]);
        return alert;
    }

    private Task<ReceivedAlert> ResolvedAsync(string name) =>
        _webhook.WaitForAsync(one => one.Name == name && one.Status == "resolved", TimeSpan.FromSeconds(90), Cancellation);

    private bool IsResolved(string name) => _webhook.Alerts.Any(one => one.Name == name && one.Status == "resolved");

    private async Task<bool> AskAsync(string query, Func<double, bool> wanted)
    {
        var values = await _prometheus.QueryAsync(query, Cancellation);
        return values.Count > 0 && wanted(values[0].Value);
    }

    private async Task SetDelayAsync(int milliseconds) =>
        (await _server.PostAsync($"/test/pass-delay/{RyotProcess.Model}?milliseconds={milliseconds}", "")).EnsureSuccessStatusCode().Dispose();

    private string WriteHastened(string path)
    {
        var hastened = Path.Combine(_folder.FullName, Path.GetFileName(path));
        // The one time that stands in an expression as a number of seconds.
        var text = RuleFile.Hasten(path, Haste).Replace("ryot_scheduler_last_step_timestamp_seconds > 60", "ryot_scheduler_last_step_timestamp_seconds > 1", StringComparison.Ordinal);
        File.WriteAllText(hastened, text);
        return hastened;
    }

    private static Task<RyotProcess> StartServerAsync(string url) => RyotProcess.StartFaultyAsync(
        "--model", TestModels.Llama(), "--model-id", RyotProcess.Model, "--urls", url.TrimEnd('/'), "--threads", "1", "--parallel", "2", "--queue-limit", "400");
}
