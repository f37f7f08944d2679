using Ryot.Cli.Slo;
using Ryot.Metrics;
using Ryot.Monitoring.Tests.Support;
using Ryot.Testing;
using Ryot.Testing.Monitoring;
using Xunit;

namespace Ryot.Monitoring.Tests.Dashboards;

/// <summary>What the dashboards ask for.</summary>
public sealed class DashboardQueryTests
{
    private static readonly TimeSpan _second = TimeSpan.FromSeconds(1);

    /// <summary>dynamo#8239: panels that asked for labels which no series had.</summary>
    [Theory]
    [MemberData(nameof(DashboardStructureTests.Names), MemberType = typeof(DashboardStructureTests))]
    public void Every_series_label_and_value_exists(string name)
    {
        var vocabulary = new SeriesVocabulary(RuleFile.ReadAll());
        Assert.All(DashboardStructureTests.Expressions(DashboardStructureTests.Find(name)), expression => Assert.Empty(vocabulary.Problems(expression)));
    }

    /// <summary>A Prometheus without any data says whether it understands them.</summary>
    [Fact]
    public async Task Prometheus_understands_every_query()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var prometheus = await PrometheusServer.StartAsync([], cancellation: cancellation);
        foreach (var expression in GrafanaDashboard.ReadAll().SelectMany(DashboardStructureTests.Expressions).Distinct())
            await prometheus.QueryAsync(GrafanaVariables.Substitute(expression, _second, _second), cancellation);
    }

    /// <summary>Only series that are scraped have exemplars, recorded ones do not.</summary>
    [Fact]
    public void Exemplars_are_asked_for_where_there_are_any()
    {
        var targets = GrafanaDashboard.ReadAll().SelectMany(one => one.Panels).SelectMany(panel => panel.Targets).Where(target => target.HasExemplars).ToList();
        Assert.NotEmpty(targets);
        Assert.All(targets, target => Assert.All(
            PromQlQuery.Read(target.Expression).Selectors, selector => Assert.DoesNotContain(':', selector.Metric)));
    }

    /// <summary>The lines that panels draw are the objectives that alerts are about.</summary>
    [Fact]
    public void Thresholds_are_the_objectives()
    {
        var objectives = ObjectivesReader.Read(File.ReadAllText(MonitoringFiles.Path("slo", "objectives.yaml"))).Objectives;
        var overview = DashboardStructureTests.Find("overview");
        Assert.Equal((double)(objectives.Single(one => one.Name == "availability").Target / 100), Threshold("Success, 1 h"));
        Assert.Equal((double)objectives.Single(one => one.Name == "availability").Budget, Threshold("Error rate"));
        Assert.Equal(Gauge("queue_depth"), Threshold("Longest queue"));
        Assert.Equal(Gauge("memory_headroom"), Threshold("Fullest device"));
        Assert.Equal(Gauge("token_throughput"), Threshold("Completion tokens"));
        var limits = new ServiceObjectives();
        Assert.Equal(limits.Latency!.Value.TotalSeconds, Threshold("P95 latency"));
        Assert.Equal(limits.FirstToken!.Value.TotalSeconds, Threshold("P95 TTFT"));

        double Threshold(string title) => Assert.Single(overview.Panels, panel => panel.Title == title).Thresholds[^1].Value!.Value;

        double Gauge(string name) => (double)((GaugeIndicator)objectives.Single(one => one.Name == name).Indicator).Limit;
    }
}
