using ScottPlot;
using ScottPlot.TickGenerators;

namespace Ryot.DashboardRenderer.Charts;

/// <summary>The last value of each series as a bar.</summary>
internal static class BarChart
{
    public static Plot Create(PanelData data)
    {
        var plot = Chart.Styled();
        var series = data.Series.Reverse().ToList();
        var max = data.Panel.Max ?? series.Max(one => one.Last);
        var end = max > 0 ? max * 1.2 : 1;
        var bars = plot.Add.Bars(series.Select((one, i) => new Bar
        {
            Position = i,
            Value = Math.Clamp(one.Last, 0, max),
            Size = 0.6,
            FillColor = Chart.ColorOf(one.Last, data.Panel).WithAlpha(0.7),
            LineWidth = 0,
            Label = UnitFormat.Write(one.Last, data.Panel.Unit),
        }).ToArray());
        bars.Horizontal = true;
        bars.ValueLabelStyle.FontSize = 11;
        plot.Axes.Left.TickGenerator = new NumericManual([.. series.Select((one, i) => new Tick(i, one.Name))]);
        plot.Axes.Left.MajorTickStyle.Length = 0;
        plot.Axes.Bottom.TickGenerator = Chart.Ticks(data.Panel.Unit, end);
        plot.Axes.SetLimits(0, end, -0.6, series.Count - 0.4);
        return plot;
    }
}
