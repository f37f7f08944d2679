using Ryot.Monitoring.Tests.Support;
using Ryot.Testing.Monitoring;
using Xunit;

namespace Ryot.Monitoring.Tests.Prometheus;

/// <summary>What Prometheus' own tool says of the files.</summary>
public sealed class PromtoolTests
{
    public static TheoryData<string> CaseFiles => [.. MonitoringFiles.List("prometheus/tests", "*.test.yml").Select(path => Path.GetFileName(path))];

    [Fact]
    public async Task The_configuration_is_valid()
    {
        var output = await Tool.RunAsync("promtool", "check", "config", MonitoringFiles.Path("prometheus", "prometheus.yml"));
        Assert.Contains($"SUCCESS: {RuleFile.Paths().Count} rule files found", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_configuration_for_containers_is_valid()
        => await Tool.RunAsync("promtool", "check", "config", MonitoringFiles.Path("compose", "prometheus.yml"));

    [Fact]
    public async Task The_rules_are_valid()
    {
        var output = await Tool.RunAsync("promtool", ["check", "rules", .. RuleFile.Paths()]);
        Assert.DoesNotContain("duplicate", output, StringComparison.OrdinalIgnoreCase);
    }

    [Theory]
    [MemberData(nameof(CaseFiles))]
    public async Task Alerts_fire_when_they_should_and_not_when_they_should_not(string file)
        => await Tool.RunAsync("promtool", "test", "rules", MonitoringFiles.Path("prometheus", "tests", file));

    [Fact]
    public async Task The_queries_of_the_pages_are_valid()
    {
        var queries = Pages.Queries().ToList();
        Assert.True(queries.Count > 100, $"Only {queries.Count} queries were found.");
        var rules = "groups:\n  - name: pages\n    rules:\n" + string.Concat(queries.Select((query, index) =>
            $"      - record: page:query:{index}\n        expr: |-\n{string.Join('\n', query.Text.Split('\n').Select(line => "          " + line))}\n"));
        var path = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(path, rules, TestContext.Current.CancellationToken);
            await Tool.RunAsync("promtool", "check", "rules", path);
        }
        finally
        {
            File.Delete(path);
        }
    }
}
