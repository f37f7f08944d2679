using System.Globalization;
using System.Text.RegularExpressions;

namespace Ryot.Server.Tests.Support;

/// <summary>Prometheus' text format, read back.</summary>
internal sealed partial class MetricsText
{
    private readonly List<(string Name, Dictionary<string, string> Labels, double Value)> _samples = [];

    public IReadOnlyList<(string Name, Dictionary<string, string> Labels, double Value)> Samples => _samples;

    public static MetricsText Parse(string text)
    {
        var result = new MetricsText();
        foreach (var line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(line => line[0] != '#'))
        {
            var match = SamplePattern().Match(line);
            if (!match.Success)
                throw new FormatException($"No sample: {line}");
            var labels = LabelPattern().Matches(match.Groups["labels"].Value)
                .ToDictionary(label => label.Groups["name"].Value, label => label.Groups["value"].Value);
            result._samples.Add((match.Groups["name"].Value, labels, Number(match.Groups["value"].Value)));
        }
        return result;
    }

    /// <summary>The sum over all series of a name that have these labels; an empty value matches a missing label.</summary>
    public double Sum(string name, params (string Label, string Value)[] labels) => Matching(name, labels).Sum(sample => sample.Value);

    /// <summary>How many series there are.</summary>
    public int Count(string name, params (string Label, string Value)[] labels) => Matching(name, labels).Count();

    /// <summary>The series that have this value of label <c>model</c>.</summary>
    public MetricsText OfModel(string model)
    {
        var result = new MetricsText();
        result._samples.AddRange(_samples.Where(sample => sample.Labels.GetValueOrDefault("model") == model));
        return result;
    }

    private IEnumerable<(string Name, Dictionary<string, string> Labels, double Value)> Matching(string name, (string Label, string Value)[] labels) =>
        _samples.Where(sample => sample.Name == name && Array.TrueForAll(labels, label => sample.Labels.GetValueOrDefault(label.Label, "") == label.Value));

    private static double Number(string text) => text switch
    {
        "+Inf" => double.PositiveInfinity,
        "-Inf" => double.NegativeInfinity,
        _ => double.Parse(text, NumberStyles.Float, CultureInfo.InvariantCulture),
    };

    [GeneratedRegex("^(?<name>[a-zA-Z_:][a-zA-Z0-9_:]*)(\\{(?<labels>.*)\\})? (?<value>\\S+)$")]
    private static partial Regex SamplePattern();

    [GeneratedRegex("(?<name>[a-zA-Z_][a-zA-Z0-9_]*)=\"(?<value>(\\\\.|[^\"\\\\])*)\"")]
    private static partial Regex LabelPattern();
}
