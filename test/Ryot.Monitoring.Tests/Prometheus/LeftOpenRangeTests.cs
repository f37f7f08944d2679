using System.Globalization;
using System.Text.RegularExpressions;
using Ryot.Monitoring.Tests.Support;
using Ryot.Testing.Monitoring;
using Xunit;
using YamlDotNet.RepresentationModel;

namespace Ryot.Monitoring.Tests.Prometheus;

/// <summary>
/// Since version 3, Prometheus does not count a sample at the very start of a range. Times are whole milliseconds, so to the Prometheus 2 of the
/// tests such a range is one that is a millisecond shorter.
/// </summary>
public sealed partial class LeftOpenRangeTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("ryot-left-open-");

    public static TheoryData<string> CaseFiles => PromtoolTests.CaseFiles;

    [Theory]
    [MemberData(nameof(CaseFiles))]
    public async Task Alerts_fire_when_they_should_and_not_when_they_should_not(string file)
    {
        var rules = _folder.CreateSubdirectory("rules");
        var ranges = 0;
        foreach (var path in RuleFile.Paths())
        {
            var text = RangePattern().Replace(File.ReadAllText(path), range =>
            {
                ranges++;
                return $"[{Length(range).TotalMilliseconds - 1:0}ms{range.Groups["step"].Value}]";
            });
            await File.WriteAllTextAsync(Path.Combine(rules.FullName, Path.GetFileName(path)), FigurePattern().Replace(text, "x%"), Cancellation);
        }

        Assert.True(ranges > 50, $"Only {ranges} ranges were found.");
        var cases = Path.Combine(_folder.CreateSubdirectory("tests").FullName, file);
        var wanted = await File.ReadAllTextAsync(MonitoringFiles.Path("prometheus", "tests", file), Cancellation);
        await File.WriteAllTextAsync(cases, FigurePattern().Replace(wanted, "x%"), Cancellation);
        await Tool.RunAsync("promtool", "test", "rules", cases);
    }

    /// <summary>A rate needs two samples, and where scrapes are a little late a range as long as two of them may hold only one.</summary>
    [Fact]
    public void Every_range_holds_some_scrapes()
    {
        var configuration = MonitoringFiles.ReadYaml(MonitoringFiles.Path("prometheus", "prometheus.yml"));
        var interval = Length(RangePattern().Match($"[{((YamlScalarNode)configuration["global"]["scrape_interval"]).Value}]"));
        var texts = RuleFile.ReadAll().Select(rule => rule.Expression)
            .Concat(Pages.Queries().Select(query => query.Text))
            .Concat(GrafanaDashboard.ReadAll().SelectMany(Dashboards.DashboardStructureTests.Expressions));
        Assert.All(texts, text => Assert.All(RangePattern().Matches(text), range => Assert.True(Length(range) >= 3 * interval, text)));
    }

    public void Dispose() => _folder.Delete(recursive: true);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private static TimeSpan Length(Match range)
    {
        var count = int.Parse(range.Groups["count"].ValueSpan, CultureInfo.InvariantCulture);
        return range.Groups["unit"].Value switch
        {
            "s" => TimeSpan.FromSeconds(count),
            "m" => TimeSpan.FromMinutes(count),
            "h" => TimeSpan.FromHours(count),
            _ => TimeSpan.FromDays(count),
        };
    }

    [GeneratedRegex(@"\[(?<count>\d+)(?<unit>[smhd])(?<step>:\w*)?\]")]
    private static partial Regex RangePattern();

    /// <summary>A figure in the texts of burn rates, which is an average over the range: with a sample less it is another one.</summary>
    [GeneratedRegex(@"(?<=In the last \w+ )(\{\{ \$value \| humanizePercentage \}\}|[\d.]+%)")]
    private static partial Regex FigurePattern();
}
