using System.Globalization;
using Ryot.Testing.Monitoring;
using ScottPlot;
using ScottPlot.TickGenerators;

namespace Ryot.DashboardRenderer.Charts;

/// <summary>What the kinds of charts share.</summary>
internal static class Chart
{
    /// <summary>The chart of a panel.</summary>
    public static Plot Create(PanelData data, DashboardData dashboard)
    {
        if (!data.Series.Any())
            return Words("No data", 14, Palette.Faint);
        return data.Panel.Type switch
        {
            "timeseries" => TimeSeriesChart.Create(data, dashboard),
            "stat" => StatChart.Create(data),
            "bargauge" => BarChart.Create(data),
            "heatmap" => HeatMapChart.Create(data, dashboard.Range),
            "table" => TableChart.Create(data),
            var type => throw new NotSupportedException($"{data.Panel.Title}: panels of type {type} cannot be drawn."),
        };
    }

    /// <summary>An empty chart without axes, from 0 to 1 in both directions.</summary>
    public static Plot Blank()
    {
        var plot = Styled();
        plot.Layout.Frameless();
        plot.HideGrid();
        plot.Axes.SetLimits(0, 1, 0, 1);
        return plot;
    }

    /// <summary>A chart in the pictures' style.</summary>
    public static Plot Styled()
    {
        var plot = new Plot();
        plot.Font.Set(Palette.Font);
        plot.FigureBackground.Color = Palette.Panel;
        plot.DataBackground.Color = Palette.Panel;
        plot.Axes.Color(Palette.Faint);
        plot.Axes.Right.FrameLineStyle.Width = 0;
        plot.Axes.Top.FrameLineStyle.Width = 0;
        plot.Grid.MajorLineColor = Palette.Grid;
        plot.Axes.Left.TickLabelStyle.FontSize = 11;
        plot.Axes.Bottom.TickLabelStyle.FontSize = 11;
        plot.Axes.Left.MinorTickStyle.Length = 0;
        plot.Axes.Bottom.MinorTickStyle.Length = 0;
        return plot;
    }

    /// <summary>Lets the horizontal axis tell the time of day.</summary>
    public static void ShowTime(Plot plot, double start, double end)
    {
        plot.Axes.Bottom.TickGenerator = new DateTimeAutomatic
        {
            LabelFormatter = time => time.ToString("HH:mm:ss", CultureInfo.InvariantCulture),
        };
        plot.Axes.SetLimitsX(start, end);
    }

    /// <summary>A few words in the middle.</summary>
    public static Plot Words(string words, float size, Color color)
    {
        var plot = Blank();
        var text = plot.Add.Text(words, 0.5, 0.5);
        text.LabelFontSize = size;
        text.LabelFontColor = color;
        text.LabelAlignment = Alignment.MiddleCenter;
        return plot;
    }

    /// <summary>The color of a value by the panel's thresholds.</summary>
    public static Color ColorOf(double value, GrafanaPanel panel)
        => Palette.Named(panel.Thresholds.Last(step => step.Value is null || value >= step.Value).Color);

    /// <summary>Ticks of an axis from 0 on in a unit; those of bytes at powers of two.</summary>
    public static ITickGenerator Ticks(string unit, double top)
    {
        if (unit != "bytes")
            return new NumericAutomatic { LabelFormatter = value => UnitFormat.Write(value, unit), MinimumTickSpacing = 15 };
        var step = Math.Pow(2, Math.Ceiling(Math.Log2(top / 6)));
        return new NumericManual([.. Enumerable.Range(0, (int)(top / step) + 1).Select(i => new Tick(i * step, UnitFormat.Write(i * step, unit)))]);
    }
}
