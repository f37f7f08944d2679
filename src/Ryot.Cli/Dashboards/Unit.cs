namespace Ryot.Cli.Dashboards;

/// <summary>Units by Grafana's names for them. Before a suffix of our own it puts a space by itself.</summary>
internal static class Unit
{
    public const string Seconds = "s";
    public const string Bytes = "bytes";

    /// <summary>A share, from 0 to 1.</summary>
    public const string Ratio = "percentunit";

    /// <summary>From 0 to 100.</summary>
    public const string Percent = "percent";
    public const string Count = "short";
    public const string RequestsPerSecond = "reqps";
    public const string TokensPerSecond = "suffix:tok/s";
    public const string Tokens = "suffix:tok";
    public const string PerSecond = "suffix:/s";
    public const string Dollars = "currencyUSD";
    public const string Watts = "watt";
    public const string Joules = "joule";
    public const string Celsius = "celsius";
    public const string Hertz = "hertz";
    public const string BytesPerSecond = "binBps";
}
