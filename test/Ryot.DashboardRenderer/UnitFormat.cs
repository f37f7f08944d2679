using System.Globalization;

namespace Ryot.DashboardRenderer;

/// <summary>Values as Grafana writes them in a unit.</summary>
internal static class UnitFormat
{
    private const string Suffix = "suffix:";

    private static readonly (double Factor, string Name)[] _times = [(86400, "d"), (3600, "h"), (60, "min"), (1, "s"), (1e-3, "ms"), (1e-6, "µs")];
    private static readonly (double Factor, string Name)[] _bytes = [(1L << 40, "TiB"), (1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB"), (1, "B")];
    private static readonly (double Factor, string Name)[] _thousands = [(1e9, "G"), (1e6, "M"), (1e3, "k"), (1, "")];

    public static string Write(double value, string unit) => unit switch
    {
        _ when double.IsInfinity(value) => value > 0 ? "∞" : "-∞",
        "s" => Scaled(value, _times, " "),
        "bytes" => Scaled(value, _bytes, " "),
        "binBps" => Scaled(value, _bytes, " ") + "/s",
        "percentunit" => Number(value * 100) + " %",
        "percent" => Number(value) + " %",
        "reqps" => Short(value) + " req/s",
        "currencyUSD" => "$" + Short(value),
        "watt" => Short(value) + " W",
        "joule" => Short(value) + " J",
        "celsius" => Number(value) + " °C",
        "hertz" => Short(value) + "Hz",
        _ when unit.StartsWith(Suffix, StringComparison.Ordinal) => $"{Short(value)} {unit[Suffix.Length..].Trim()}",
        _ => Short(value),
    };

    private static string Short(double value) => Scaled(value, _thousands, "");

    private static string Scaled(double value, (double Factor, string Name)[] scale, string gap)
    {
        if (value == 0)
            return "0" + gap + (scale[^1].Factor == 1 ? scale[^1].Name : "s");
        var (factor, name) = Array.Find(scale, one => Math.Abs(value) >= one.Factor * 0.9999) is { Name: not null } found ? found : scale[^1];
        return (Number(value / factor) + gap + name).TrimEnd();
    }

    private static string Number(double value)
    {
        var digits = value == 0 ? 0 : Math.Clamp(2 - (int)Math.Floor(Math.Log10(Math.Abs(value))), 0, 6);
        return Math.Round(value, digits).ToString("0.######", CultureInfo.InvariantCulture);
    }
}
