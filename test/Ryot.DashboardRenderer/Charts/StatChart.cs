using ScottPlot;

namespace Ryot.DashboardRenderer.Charts;

/// <summary>The last value as a number.</summary>
internal static class StatChart
{
    public static Plot Create(PanelData data)
    {
        var series = data.Series.First();
        return Chart.Words(UnitFormat.Write(series.Last, data.Panel.Unit), 26, Chart.ColorOf(series.Last, data.Panel));
    }
}
