using System.Globalization;
using System.Text;

namespace Ryot.Metrics.Tests;

/// <summary>One line of a text exposition.</summary>
internal sealed record Sample(string Name, IReadOnlyDictionary<string, string> Labels, double Value, string? Exemplar)
{
    internal string Identity => Name + "{" + string.Join(",", Labels.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => $"{pair.Key}={pair.Value}")) + "}";
}

/// <summary>Reads text expositions by the letter of the format, written apart from the code that writes them.</summary>
internal static class TextParser
{
    internal static IReadOnlyList<Sample> Parse(string text)
    {
        var samples = new List<Sample>();
        if (text.Length == 0)
            return samples;
        Assert.EndsWith("\n", text, StringComparison.Ordinal);
        foreach (var line in text[..^1].Split('\n'))
        {
            if (!line.StartsWith('#'))
                samples.Add(ParseLine(line));
        }

        return samples;
    }

    private static Sample ParseLine(string line)
    {
        var labels = new Dictionary<string, string>(StringComparer.Ordinal);
        var at = line.IndexOfAny(['{', ' ']);
        var name = line[..at];
        if (line[at] == '{')
        {
            at++;
            while (line[at] != '}')
            {
                var equals = line.IndexOf('=', at);
                var label = line[at..equals];
                Assert.Equal('"', line[equals + 1]);
                (labels[label], at) = ParseQuoted(line, equals + 2);
                if (line[at] == ',')
                    at++;
            }

            at++;
        }

        Assert.Equal(' ', line[at]);
        var rest = line[(at + 1)..];
        var hash = rest.IndexOf(" # ", StringComparison.Ordinal);
        var number = hash < 0 ? rest : rest[..hash];
        return new Sample(name, labels, ParseNumber(number), hash < 0 ? null : rest[(hash + 3)..]);
    }

    private static (string Value, int Next) ParseQuoted(string line, int at)
    {
        var value = new StringBuilder();
        for (; line[at] != '"'; at++)
        {
            if (line[at] != '\\')
            {
                value.Append(line[at]);
                continue;
            }

            at++;
            value.Append(line[at] switch { 'n' => '\n', '\\' => '\\', '"' => '"', var other => throw new FormatException($"\\{other}") });
        }

        return (value.ToString(), at + 1);
    }

    private static double ParseNumber(string text) => text switch
    {
        "+Inf" => double.PositiveInfinity,
        "-Inf" => double.NegativeInfinity,
        "NaN" => double.NaN,
        _ => double.Parse(text, NumberStyles.Float, CultureInfo.InvariantCulture),
    };
}
