using Ryot.DashboardRenderer;
using Ryot.Testing;
using Ryot.Testing.Monitoring;
using Xunit;

namespace Ryot.EndToEnd.Tests.Dashboards;

/// <summary>Every panel and every rule against a real Prometheus that watched the real server under load.</summary>
public sealed class DashboardTests(WatchedServer watched) : IClassFixture<WatchedServer>
{
    /// <summary>What has no data here, and why.</summary>
    private static readonly HashSet<string> _withoutData =
    [
        // There is no GPU.
        "devices/Utilization of the devices", "devices/Memory in use", "devices/Devices that answer", "devices/Devices that do not answer", "devices/Memory errors, 1 h",
        "devices/Temperature", "devices/Throttled", "devices/Clock", "devices/Power", "devices/Power at this moment", "devices/Energy per completion token",
        "devices/Xid errors, 1 h", "devices/PCI Express", "devices/NVLink", "devices/Errors of the links, 1 h",
        // Nothing was there a week ago.
        "cost/Compared with a week ago",
        // No alert need fire.
        "overview/Alerts",
    ];

    /// <summary>Rules without data here: there is no GPU.</summary>
    private static readonly HashSet<string> _rulesWithoutData =
        ["model:ryot_energy_joules_per_token:ratio_rate5m", "instance:ryot_energy_joules_per_token:ratio_rate5m", "instance_device:ryot_power_watts:rate5m"];

    public static TheoryData<string> Names { get; } = [.. GrafanaDashboard.ReadAll().Select(one => Path.GetFileNameWithoutExtension(one.Path))];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>production-stack#989: panels that stayed empty after series had been renamed.</summary>
    [Theory]
    [MemberData(nameof(Names))]
    public async Task Every_panel_has_data_and_can_be_looked_at(string name)
    {
        var dashboard = GrafanaDashboard.ReadAll().Single(one => Path.GetFileNameWithoutExtension(one.Path) == name);
        var data = await DashboardData.ReadAsync(dashboard, watched.Prometheus, watched.Range, Cancellation);

        var folder = Directory.CreateDirectory(RepositoryFiles.Path("artifacts", "dashboards"));
        var picture = DashboardPicture.Draw(data);
        await File.WriteAllBytesAsync(Path.Combine(folder.FullName, $"{name}.png"), picture, Cancellation);

        Assert.Equal("PNG"u8, picture.AsSpan(1, 3));
        Assert.All(
            from panel in data.Panels
            where !_withoutData.Contains($"{name}/{panel.Panel.Title}")
            from target in panel.Targets
            select (panel.Panel.Title, target),
            one => Assert.True(one.target.Series.Count > 0, $"{one.Title} has no data: {one.target.Target.Expression}"));
        Assert.All(data.Panels.SelectMany(panel => panel.Series), series => Assert.NotEmpty(series.Name));
    }

    [Fact]
    public async Task Exemplars_name_requests()
    {
        var latency = await DashboardData.ReadAsync(
            GrafanaDashboard.ReadAll().Single(one => one.Uid == "ryot-latency"), watched.Prometheus, watched.Range, Cancellation);
        Assert.NotEmpty(latency.Panels.Single(panel => panel.Panel is { Type: "heatmap", Title: "Latency" }).Exemplars);
        Assert.Contains(latency.Annotations, one => one.Name == "ryot-tiny is loaded");
    }

    [Fact]
    public async Task Every_rule_is_evaluated_without_an_error_and_has_data()
    {
        var groups = (await watched.Prometheus.GetDataAsync("api/v1/rules", Cancellation)).GetProperty("groups").EnumerateArray();
        var evaluated = groups.SelectMany(group => group.GetProperty("rules").EnumerateArray()).ToList();
        Assert.All(evaluated, rule => Assert.Equal("ok", rule.GetProperty("health").GetString()));

        var rules = RuleFile.ReadAll();
        Assert.Equal(rules.Count, evaluated.Count);
        var recorded = (await watched.Prometheus.QueryAsync("""group by (__name__) (last_over_time({__name__=~".*:.*"}[1h]))""", Cancellation))
            .Select(one => one.Labels["__name__"]);
        Assert.Empty(rules.Where(rule => !rule.IsAlert).Select(rule => rule.Name).Except(_rulesWithoutData).Except(recorded));
        foreach (var rule in rules)
            await watched.Prometheus.QueryAsync(rule.Expression, Cancellation);
    }

    [Fact]
    public async Task Every_query_of_the_page_runs_and_has_data_where_data_must_be()
    {
        var queries = MarkdownQueries.Read(RepositoryFiles.Path("monitoring", "queries.md"));
        Assert.True(queries.Count >= 15, $"Only {queries.Count} queries were found.");
        var empty = new List<string>();
        foreach (var query in queries)
        {
            if ((await watched.Prometheus.QueryAsync(query.Text, Cancellation)).Count == 0)
                empty.Add(query.Text);
        }
        // Those that look for what is wrong need find nothing, and there is no GPU that tells of energy.
        Assert.DoesNotContain(empty, query => !IsSearchForFaults(query) && !query.Contains("energy", StringComparison.Ordinal));
    }

    private static bool IsSearchForFaults(string query) => query.Split('\n').Any(line => !line.StartsWith('#') && line.Contains("> ", StringComparison.Ordinal));
}
