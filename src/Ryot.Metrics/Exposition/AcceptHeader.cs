using System.Globalization;

namespace Ryot.Metrics;

/// <summary>Reads <c>Accept</c> and <c>Accept-Encoding</c> headers. What is malformed is skipped.</summary>
internal static class AcceptHeader
{
    internal static IEnumerable<Range> Parse(string? header)
    {
        foreach (var part in (header ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            var fields = part.Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
            if (fields.Length == 0)
                continue;
            var range = new Range(fields);
            if (!double.IsNaN(range.Quality))
                yield return range;
        }
    }

    /// <summary>One entry of the header: a name and its parameters.</summary>
    internal readonly struct Range
    {
        private readonly string[] _fields;

        internal Range(string[] fields)
        {
            _fields = fields;
            var quality = Parameter("q");
            Quality = quality.Length == 0
                ? 1
                : double.TryParse(quality, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number) && number <= 1
                    ? number
                    : double.NaN;
        }

        /// <summary>How much it is wanted, from 0 (not at all) to 1; NaN when malformed.</summary>
        internal double Quality { get; }

        internal bool Is(string name) => _fields[0].Equals(name, StringComparison.OrdinalIgnoreCase);

        /// <summary>The value of a parameter without its quotes; empty when it is not there.</summary>
        internal string Parameter(string name)
        {
            foreach (var field in _fields.AsSpan(1))
            {
                var equals = field.IndexOf('=', StringComparison.Ordinal);
                if (equals > 0 && field.AsSpan(0, equals).Trim().Equals(name, StringComparison.OrdinalIgnoreCase))
                    return field[(equals + 1)..].Trim().Trim('"');
            }

            return "";
        }
    }
}
