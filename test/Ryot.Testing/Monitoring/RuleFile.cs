using System.Globalization;
using System.Text.RegularExpressions;
using YamlDotNet.RepresentationModel;

namespace Ryot.Testing.Monitoring;

/// <summary>A rule of Prometheus.</summary>
/// <param name="Group">Its group.</param>
/// <param name="Name">The series that it records, or the alert.</param>
/// <param name="IsAlert">Whether it is an alert.</param>
/// <param name="Expression">Its PromQL.</param>
/// <param name="Labels">Labels that it sets.</param>
/// <param name="Annotations">An alert's annotations.</param>
/// <param name="For">How long an alert is pending; empty when it fires at once.</param>
public sealed record PrometheusRule(
    string Group,
    string Name,
    bool IsAlert,
    string Expression,
    IReadOnlyDictionary<string, string> Labels,
    IReadOnlyDictionary<string, string> Annotations,
    string For);

/// <summary>The rule files of the repository, read as they are.</summary>
public static partial class RuleFile
{
    /// <summary>The full paths of all rule files under <c>monitoring/prometheus/rules</c>.</summary>
    public static IReadOnlyList<string> Paths()
        => [.. Directory.GetFiles(RepositoryFiles.Path("monitoring", "prometheus", "rules"), "*.yml").Order(StringComparer.Ordinal)];

    /// <summary>The rules of all files, in their order.</summary>
    public static IReadOnlyList<PrometheusRule> ReadAll() => [.. Paths().SelectMany(Read)];

    /// <summary>The rules of a file, in their order.</summary>
    public static IReadOnlyList<PrometheusRule> Read(string path)
    {
        var stream = new YamlStream();
        using (var reader = File.OpenText(path))
            stream.Load(reader);
        var groups = (YamlSequenceNode)stream.Documents[0].RootNode["groups"];
        return [.. from YamlMappingNode @group in groups
                   from YamlMappingNode rule in (YamlSequenceNode)@group["rules"]
                   let isAlert = rule.Children.ContainsKey("alert")
                   select new PrometheusRule(
                       Text(@group, "name"),
                       Text(rule, isAlert ? "alert" : "record"),
                       isAlert,
                       Text(rule, "expr"),
                       Texts(rule, "labels"),
                       Texts(rule, "annotations"),
                       Text(rule, "for"))];
    }

    /// <summary>
    /// A rule file's text with every time in it (ranges, offsets, <c>for</c>, intervals) divided, so that a test need not wait for
    /// minutes; none gets below 2 seconds, so ranges need scrapes at least every second. Numbers in expressions that stand for
    /// such times (e.g. <c>* 300</c>) stay as they are, as do the names of recorded series.
    /// </summary>
    public static string Hasten(string path, double factor)
        => TimePattern().Replace(File.ReadAllText(path), match =>
        {
            var seconds = double.Parse(match.Groups["number"].ValueSpan, CultureInfo.InvariantCulture) * match.Groups["unit"].Value switch
            {
                "s" => 1,
                "m" => 60,
                "h" => 3600,
                _ => 86400,
            };
            return string.Create(CultureInfo.InvariantCulture, $"{(long)Math.Max(2000, seconds * 1000 / factor)}ms");
        });

    private static string Text(YamlMappingNode mapping, string key)
        => mapping.Children.TryGetValue(key, out var value) ? ((YamlScalarNode)value).Value ?? "" : "";

    private static Dictionary<string, string> Texts(YamlMappingNode mapping, string key)
        => mapping.Children.TryGetValue(key, out var value)
            ? ((YamlMappingNode)value).Children.ToDictionary(
                child => ((YamlScalarNode)child.Key).Value!, child => ((YamlScalarNode)child.Value).Value!, StringComparer.Ordinal)
            : [];

    [GeneratedRegex(@"(?<=\[|\[\d+[smhd]:|\boffset |\bfor: |\binterval: )(?<number>\d+)(?<unit>[smhd])\b")]
    private static partial Regex TimePattern();
}
