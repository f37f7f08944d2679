using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using ScottPlot;
using ScottPlot.TickGenerators;

namespace Ryot.DashboardRenderer.Charts;

/// <summary>A histogram over time: a row for each bucket, a column for each point.</summary>
internal static class HeatMapChart
{
    public static Plot Create(PanelData data, TimeRange range)
    {
        var plot = Chart.Styled();
        var buckets = data.Series.Select(series => (Bound: Bound(series.Labels["le"]), series.Values)).OrderBy(bucket => bucket.Bound).ToList();
        var (start, end) = (TimeRange.Place(range.Start - range.Step / 2), TimeRange.Place(range.End + range.Step / 2));
        var map = plot.Add.Heatmap(Counts([.. buckets.Select(bucket => bucket.Values)]));
        map.Extent = new CoordinateRect(start, end, 0, buckets.Count);
        map.CellAlignment = Alignment.LowerLeft;
        map.Colormap = new ScottPlot.Colormaps.Amp();
        map.NaNCellColor = Colors.Transparent;
        AddExemplars(plot, data, range, [.. buckets.Select(bucket => bucket.Bound)]);
        Chart.ShowTime(plot, start, end);
        plot.Axes.Left.TickGenerator = new NumericManual([.. buckets.Select((bucket, i) => new Tick(i + 1, UnitFormat.Write(bucket.Bound, data.Panel.Unit)))]);
        plot.Axes.SetLimitsY(0, buckets.Count);
        return plot;
    }

    /// <summary>One exemplar of each bucket for some time, as Grafana thins them out too.</summary>
    private static void AddExemplars(Plot plot, PanelData data, TimeRange range, List<double> bounds)
    {
        var shown = data.Exemplars.Where(one => one.Time >= range.Start)
            .Select(one => (one.Time, Row: bounds.FindIndex(bound => one.Value <= bound)))
            .DistinctBy(one => (one.Row, (int)((one.Time - range.Start) / (range.End - range.Start) * 25))).ToList();
        plot.Add.Markers(
            shown.Select(one => TimeRange.Place(one.Time)).ToArray(), shown.Select(one => one.Row + 0.5).ToArray(), MarkerShape.OpenDiamond, 5, Colors.Blue);
    }

    /// <summary>How many there are in each bucket alone, from the greatest down, as the chart wants it: as roots, so that few are seen beside many.</summary>
    [SuppressMessage("Performance", "CA1814", Justification = "What the library takes.")]
    private static double[,] Counts(IReadOnlyList<double[]> cumulative)
    {
        var counts = new double[cumulative.Count, cumulative[0].Length];
        for (var row = 0; row < cumulative.Count; row++)
        {
            for (var column = 0; column < cumulative[row].Length; column++)
            {
                var count = cumulative[row][column] - (row > 0 ? cumulative[row - 1][column] : 0);
                counts[cumulative.Count - 1 - row, column] = count > 1e-9 ? Math.Sqrt(count) : double.NaN;
            }
        }

        return counts;
    }

    private static double Bound(string le) => le == "+Inf" ? double.PositiveInfinity : double.Parse(le, NumberStyles.Float, CultureInfo.InvariantCulture);
}
