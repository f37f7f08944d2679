using System.Text.RegularExpressions;

namespace Ryot.Testing.Monitoring;

/// <summary>A legend of Grafana: text with labels in double braces.</summary>
public static partial class LegendText
{
    /// <summary>The labels that a legend names.</summary>
    public static IReadOnlyList<string> Labels(string legend) => [.. LabelPattern().Matches(legend).Select(match => match.Groups["label"].Value)];

    /// <summary>The legend of one series; a label that it lacks is left out.</summary>
    public static string Of(string legend, IReadOnlyDictionary<string, string> labels)
        => LabelPattern().Replace(legend, match => labels.GetValueOrDefault(match.Groups["label"].Value, "")).Trim();

    [GeneratedRegex(@"\{\{\s*(?<label>\w+)\s*\}\}")]
    private static partial Regex LabelPattern();
}
