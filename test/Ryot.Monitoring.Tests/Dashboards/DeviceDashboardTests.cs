using Ryot.DashboardRenderer;
using Ryot.Testing;
using Ryot.Testing.Monitoring;
using Xunit;

namespace Ryot.Monitoring.Tests.Dashboards;

/// <summary>The panels that need a GPU, which the end-to-end tests do not have, from made-up figures.</summary>
public sealed class DeviceDashboardTests
{
    /// <summary>These have data without a GPU, and are tested with the real server.</summary>
    private static readonly string[] _ofTheEngine = ["Utilization by kind of operation", "Efficiency", "Tokens per second and percent of memory"];

    [Fact]
    public async Task Every_panel_about_devices_has_data()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var devices = await SyntheticDevices.StartAsync(cancellation);
        var interval = TimeSpan.FromMilliseconds(500);
        await using var prometheus = await PrometheusServer.StartAsync([new ScrapeTarget("ryot", devices.Address)], interval, ruleFiles: RuleFile.Paths(), cancellation: cancellation);
        // The rules' last, which reads others.
        await prometheus.WaitForAsync("instance:ryot_energy_joules_per_token:ratio_rate5m and instance:ryot_energy_joules_per_token:ratio_rate5m offset 3s", values => values.Count == 1, cancellation);

        var data = await DashboardData.ReadAsync(
            DashboardStructureTests.Find("devices"), prometheus, TimeRange.EndingNow(TimeSpan.FromSeconds(10), interval), cancellation);

        var folder = Directory.CreateDirectory(RepositoryFiles.Path("artifacts", "dashboards"));
        await File.WriteAllBytesAsync(Path.Combine(folder.FullName, "devices-synthetic.png"), DashboardPicture.Draw(data), cancellation);
        Assert.All(
            data.Panels.Where(panel => !_ofTheEngine.Contains(panel.Panel.Title)).SelectMany(panel => panel.Targets),
            target => Assert.True(target.Series.Count > 0, target.Target.Expression));
        Assert.Equal(2, Panel("Devices that answer").Last);
        Assert.Equal(0, Panel("Devices that do not answer").Last);

        PanelSeries Panel(string title) => data.Panels.Single(panel => panel.Panel.Title == title).Series.Single();
    }
}
