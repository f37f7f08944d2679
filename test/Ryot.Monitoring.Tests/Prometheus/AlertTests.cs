using Ryot.Monitoring.Tests.Support;
using Ryot.Testing.Monitoring;
using Xunit;
using YamlDotNet.RepresentationModel;

namespace Ryot.Monitoring.Tests.Prometheus;

/// <summary>Every alert has all that the one who gets it needs, and was tested.</summary>
public sealed class AlertTests
{
    private static readonly IReadOnlyList<PrometheusRule> _alerts = [.. RuleFile.ReadAll().Where(rule => rule.IsAlert)];

    public static TheoryData<string> Names => [.. _alerts.Select(alert => alert.Name).Distinct()];

    [Theory]
    [MemberData(nameof(Names))]
    public void An_alert_says_how_grave_it_is_and_what_to_do(string name)
        => Assert.All(_alerts.Where(alert => alert.Name == name), alert =>
        {
            Assert.Contains(alert.Labels["severity"], (string[])["critical", "warning"]);
            Assert.Equal("ryot", alert.Labels["component"]);
            Assert.NotEmpty(alert.Annotations["summary"]);
            Assert.NotEmpty(alert.Annotations["description"]);
            Assert.Equal($"monitoring/runbooks/{name}.md", alert.Annotations["runbook_url"]);
        });

    [Fact]
    public void Every_alert_has_a_page_and_every_page_an_alert()
        => Assert.Equal(
            Names.Select(row => row.Data).Order(StringComparer.Ordinal),
            Pages.Runbooks().Select(path => Path.GetFileNameWithoutExtension(path)));

    [Fact]
    public void Pages_have_the_same_parts()
        => Assert.All(Pages.Runbooks(), path =>
        {
            var queries = MarkdownQueries.Read(path);
            Assert.NotEmpty(queries);
            // In a query, a line that begins like a heading is a comment.
            var comments = queries.SelectMany(query => query.Text.Split('\n')).ToHashSet(StringComparer.Ordinal);
            Assert.Equal(
                [$"# {Path.GetFileNameWithoutExtension(path)}", "## What it means", "## What to look at", "## What to do", "## How it was tested"],
                File.ReadAllLines(path).Where(line => line.StartsWith('#') && !comments.Contains(line)));
        });

    [Theory]
    [MemberData(nameof(Names))]
    public void An_alert_has_a_case_in_which_it_fires_and_one_in_which_it_does_not(string name)
    {
        var expectations = (from path in MonitoringFiles.List("prometheus/tests", $"{name}.*test.yml")
                            from YamlMappingNode test in (YamlSequenceNode)MonitoringFiles.ReadYaml(path)["tests"]
                            from YamlMappingNode check in (YamlSequenceNode)test["alert_rule_test"]
                            where ((YamlScalarNode)check["alertname"]).Value == name
                            select ((YamlSequenceNode)check["exp_alerts"]).Children).ToList();
        Assert.Contains(expectations, expected => expected.Count == 0);
        Assert.Contains(expectations, expected => expected.Count > 0);
        Assert.All(expectations.SelectMany(expected => expected), expected =>
        {
            Assert.NotEmpty(((YamlMappingNode)expected["exp_labels"]).Children);
            Assert.Equal(3, ((YamlMappingNode)expected["exp_annotations"]).Children.Count);
        });
    }

    [Fact]
    public void Those_of_the_design_are_there()
    {
        string[] alerts = ["RyotHighErrorRate", "RyotHighLatency", "RyotGPUMemoryPressure", "RyotLowTokenThroughput", "RyotQueueBacklog"];
        Assert.Subset(Names.Select(row => row.Data).ToHashSet(StringComparer.Ordinal), alerts.ToHashSet(StringComparer.Ordinal));
        string[] recorded =
        [
            "ryot:tokens_per_second:rate1m", "ryot:error_rate:rate5m", "ryot:inference_latency:p95:5m", "ryot:batch_size:avg:5m", "ryot:gpu_efficiency:ratio",
        ];
        Assert.Subset(RuleFile.ReadAll().Select(rule => rule.Name).ToHashSet(StringComparer.Ordinal), recorded.ToHashSet(StringComparer.Ordinal));
    }
}
