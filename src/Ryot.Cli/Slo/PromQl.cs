using System.Globalization;

namespace Ryot.Cli.Slo;

/// <summary>Values as PromQL writes them.</summary>
internal static class PromQl
{
    /// <summary>A string in double quotes.</summary>
    public static string Quote(string value)
    {
        var escaped = value
            .Replace("\\", "\\\\", StringComparison.Ordinal)
            .Replace("\"", "\\\"", StringComparison.Ordinal)
            .Replace("\n", "\\n", StringComparison.Ordinal);
        return $"\"{escaped}\"";
    }

    /// <summary>A number, without trailing zeros.</summary>
    public static string Number(decimal value) => value.ToString("0.############", CultureInfo.InvariantCulture);

    /// <summary>A histogram's bound as Ryot exposes it in <c>le</c>: whole numbers with <c>.0</c>.</summary>
    public static string Bound(double bound)
    {
        var text = bound.ToString("R", CultureInfo.InvariantCulture);
        return text.AsSpan().IndexOfAnyExceptInRange('0', '9') < 0 ? text + ".0" : text;
    }
}
