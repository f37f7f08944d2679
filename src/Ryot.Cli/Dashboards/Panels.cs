namespace Ryot.Cli.Dashboards;

/// <summary>
/// Short ways to define panels. In expressions <c>@model</c> and <c>@instance</c> stand for the conditions that the dashboard's variables
/// set, and <c>@both</c> for the two of them.
/// </summary>
internal static class Panels
{
    private const string ByModel = "model=~\"$model\"";
    private const string ByInstance = "instance=~\"$instance\"";

    private static readonly (string Name, string Share)[] _quantiles = [("p50", "0.5"), ("p95", "0.95"), ("p99", "0.99")];

    public static Panel TimeSeries(string title, string description, string unit, params IReadOnlyList<Query> queries)
        => new(PanelKind.TimeSeries, title, description, unit, queries);

    public static Panel Stacked(string title, string description, string unit, params IReadOnlyList<Query> queries)
        => new(PanelKind.Stacked, title, description, unit, queries);

    public static Panel Stat(string title, string description, string unit, params IReadOnlyList<Query> queries)
        => new(PanelKind.Stat, title, description, unit, queries);

    public static Panel Bars(string title, string description, string unit, params IReadOnlyList<Query> queries)
        => new(PanelKind.Bars, title, description, unit, queries);

    /// <summary>A table of the labels of an expression's series.</summary>
    public static Panel Table(string title, string description, string expression, params IReadOnlyList<string> columns)
        => new(PanelKind.Table, title, description, Unit.Count, Query(expression, $"{{{{{columns[0]}}}}}")) { Columns = columns };

    /// <summary>
    /// A heat map of a histogram, from its raw buckets: they follow the load faster than the rules do, and only they have exemplars.
    /// </summary>
    /// <param name="title">Its title.</param>
    /// <param name="description">What it tells.</param>
    /// <param name="unit">The unit of the histogram's bounds.</param>
    /// <param name="histogram">The histogram.</param>
    /// <param name="others">Further conditions on its labels.</param>
    public static Panel HeatMap(string title, string description, string unit, string histogram, string others = "")
        => new(PanelKind.HeatMap, title, description, unit, Query($"sum by (le) (increase({histogram}_bucket{{@both{others}}}[$__rate_interval]))", "{{le}}") with
        {
            WithExemplars = true,
        });

    public static Query Query(string expression, string legend)
        => new(expression.ReplaceLineEndings("\n")
            .Replace("@both", $"{ByModel},{ByInstance}", StringComparison.Ordinal)
            .Replace("@model", ByModel, StringComparison.Ordinal)
            .Replace("@instance", ByInstance, StringComparison.Ordinal), legend);

    /// <summary>The median, 95th and 99th percentile by model, from the buckets that a rule of the same name keeps by instance.</summary>
    public static IReadOnlyList<Query> Quantiles(string histogram)
        => [.. _quantiles.Select(one => Query(
            $"histogram_quantile({one.Share}, sum by (model, le) (instance_model:{histogram}_bucket:rate5m{{@both}}))", $"{{{{model}}}} {one.Name}"))];

    /// <summary>The same from a histogram's raw buckets, for those that no rule keeps.</summary>
    public static IReadOnlyList<Query> RawQuantiles(string histogram)
        => [.. _quantiles.Select(one => Query(
            $"histogram_quantile({one.Share}, sum by (model, le) (rate({histogram}_bucket{{@both}}[$__rate_interval])))", $"{{{{model}}}} {one.Name}"))];
}
