using ScottPlot;

namespace Ryot.DashboardRenderer.Charts;

/// <summary>Lines or stacked areas over time.</summary>
internal static class TimeSeriesChart
{
    public static Plot Create(PanelData data, DashboardData dashboard)
    {
        var plot = Chart.Styled();
        var range = dashboard.Range;
        var highest = data.Panel.IsStacked ? AddAreas(plot, data, range.Axis) : AddLines(plot, data, range.Axis);
        var top = data.Panel.Max ?? (highest > 0 ? highest * 1.1 : 2 * (data.Panel.Thresholds[^1].Value ?? 0.5));
        foreach (var (_, time) in dashboard.Annotations)
            plot.Add.VerticalLine(TimeRange.Place(time), 1, Palette.Named("blue").WithAlpha(0.6), LinePattern.Dotted);
        foreach (var step in data.Panel.Thresholds.Where(step => step.Value <= top))
            plot.Add.HorizontalLine(step.Value!.Value, 1.5f, Palette.Named("red"), LinePattern.Dashed);
        Chart.ShowTime(plot, TimeRange.Place(range.Start), TimeRange.Place(range.End));
        plot.Axes.Left.TickGenerator = Chart.Ticks(data.Panel.Unit, top);
        plot.Axes.SetLimitsY(0, top);
        return plot;
    }

    private static double AddLines(Plot plot, PanelData data, double[] times)
    {
        var highest = 0.0;
        foreach (var (index, series) in data.Series.Index())
        {
            foreach (var part in Parts(series.Values))
            {
                var line = plot.Add.ScatterLine(times[part], series.Values[part], Palette.Series(index));
                line.LineWidth = 1.5f;
                // A single point between gaps would not be seen as a line.
                line.MarkerSize = part.End.Value - part.Start.Value == 1 ? 3 : 0;
            }
            highest = Math.Max(highest, series.Values.Where(double.IsFinite).DefaultIfEmpty(0).Max());
        }

        return highest;
    }

    private static double AddAreas(Plot plot, PanelData data, double[] times)
    {
        var below = new double[times.Length];
        foreach (var (index, series) in data.Series.Index())
        {
            var above = below.Zip(series.Values, (sum, value) => sum + (double.IsFinite(value) ? value : 0)).ToArray();
            var area = plot.Add.FillY(times, below, above);
            area.FillColor = Palette.Series(index).WithAlpha(0.45);
            area.LineColor = Palette.Series(index);
            area.LineWidth = 1;
            area.MarkerSize = 0;
            below = above;
        }

        return below.Max();
    }

    /// <summary>The parts of a series between its gaps.</summary>
    private static IEnumerable<System.Range> Parts(double[] values)
    {
        var start = 0;
        for (var i = 0; i <= values.Length; i++)
        {
            if (i < values.Length && double.IsFinite(values[i]))
                continue;
            if (i > start)
                yield return start..i;
            start = i + 1;
        }
    }
}
