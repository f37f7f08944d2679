using System.Globalization;

namespace Ryot.Server.Configuration;

/// <summary>Reads values that are written as text. What is wrong is told in words that follow a setting's name.</summary>
internal static class ValueText
{
    private const double LongestSeconds = 7 * 24 * 3600;

    private static readonly (string Suffix, long Factor)[] _units =
    [
        ("KiB", 1L << 10), ("MiB", 1L << 20), ("GiB", 1L << 30), ("TiB", 1L << 40),
        ("KB", 1000), ("MB", 1_000_000), ("GB", 1_000_000_000), ("TB", 1_000_000_000_000),
        ("K", 1L << 10), ("M", 1L << 20), ("G", 1L << 30), ("T", 1L << 40), ("B", 1),
    ];

    public static bool TryInteger(string text, long min, long max, out long value, out string problem)
    {
        problem = "";
        if (!long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out value))
            problem = $"'{text}' is no whole number";
        else if (value < min || value > max)
            problem = $"{value} is not from {min} to {max}";
        return problem.Length == 0;
    }

    public static bool TryNumber(string text, double min, double max, out double value, out string problem)
    {
        problem = "";
        if (!double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out value))
            problem = $"'{text}' is no number";
        else if (!(value >= min && value <= max))
            problem = string.Create(CultureInfo.InvariantCulture, $"{value} is not from {min} to {max}");
        return problem.Length == 0;
    }

    public static bool TrySeconds(string text, double min, out TimeSpan value, out string problem)
    {
        problem = "";
        value = default;
        if (!double.TryParse(text, NumberStyles.AllowDecimalPoint | NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var seconds))
            problem = $"'{text}' is no number of seconds";
        else if (!(seconds >= min && seconds <= LongestSeconds))
            problem = string.Create(CultureInfo.InvariantCulture, $"{seconds} is not from {min} to {LongestSeconds} seconds");
        else
            value = TimeSpan.FromSeconds(seconds);
        return problem.Length == 0;
    }

    /// <summary>Reads <c>8GiB</c>, <c>500 MB</c>, <c>1.5G</c> or a plain number of bytes.</summary>
    public static bool TryBytes(string text, out long value, out string problem)
    {
        problem = "";
        value = 0;
        var trimmed = text.Trim();
        var (suffix, factor) = _units.FirstOrDefault(unit => trimmed.EndsWith(unit.Suffix, StringComparison.OrdinalIgnoreCase));
        var number = suffix is null ? trimmed : trimmed[..^suffix.Length].TrimEnd();
        if (!double.TryParse(number, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var amount))
            problem = $"'{text}' is no amount of memory; it looks like 8GiB, 500MB, or a number of bytes";
        else if (amount * Math.Max(1, factor) is not (>= 1 and < long.MaxValue / 2))
            problem = $"'{text}' is not more than nothing and less than everything";
        else
            value = (long)(amount * Math.Max(1, factor));
        return problem.Length == 0;
    }

    public static bool TryFlag(string text, out bool value, out string problem)
    {
        problem = bool.TryParse(text, out value) ? "" : $"'{text}' is neither true nor false";
        return problem.Length == 0;
    }

    public static bool TryName<T>(string text, out T value, out string problem)
        where T : struct, Enum
    {
        problem = "";
        var name = text.Trim().Replace("_", "", StringComparison.Ordinal).Replace("-", "", StringComparison.Ordinal);
        // Enum.TryParse would take numbers too.
        if (name.Length > 0 && char.IsAsciiLetter(name[0]) && Enum.TryParse(name, ignoreCase: true, out value) && Enum.IsDefined(value))
            return true;
        value = default;
        problem = $"'{text}' is none of {string.Join(", ", Enum.GetNames<T>())}";
        return false;
    }
}
