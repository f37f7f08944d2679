using System.Text;

namespace Ryot.Metrics;

/// <summary>The label values of one series and their text form <c>a="x",b="y"</c>, which is also its identity in the family.</summary>
internal sealed record SeriesLabels(string[] Values, byte[] Text);

/// <summary>Encodes labels once, when a series is made, so that a scrape only copies bytes.</summary>
internal static class LabelEncoding
{
    /// <summary>
    /// The labels' text: backslash, quote and line feed escaped, labels without a value left out (to Prometheus an empty
    /// label and an absent one are the same).
    /// </summary>
    internal static string Text(IReadOnlyList<string> names, ReadOnlySpan<string> values)
    {
        var text = new StringBuilder();
        for (var label = 0; label < names.Count; label++)
        {
            if (values[label].Length == 0)
                continue;
            if (text.Length > 0)
                text.Append(',');
            text.Append(names[label]).Append("=\"");
            text.Append(Escape(values[label])).Append('"');
        }

        return text.ToString();
    }

    /// <summary>Replaces what UTF-8 cannot carry (halves of surrogate pairs), so that equal bytes on the wire are one series.</summary>
    internal static string WellFormed(string value)
        => Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(value));

    internal static byte[] SampleHead(string name, byte[] labels)
        => labels.Length == 0
            ? Encoding.UTF8.GetBytes(name + " ")
            : [.. Encoding.UTF8.GetBytes(name + "{"), .. labels, (byte)'}', (byte)' '];

    /// <summary>Escapes backslashes, quotes and line feeds.</summary>
    internal static string Escape(string value)
        => value.Replace("\\", @"\\", StringComparison.Ordinal)
            .Replace("\"", "\\\"", StringComparison.Ordinal)
            .Replace("\n", @"\n", StringComparison.Ordinal);
}
