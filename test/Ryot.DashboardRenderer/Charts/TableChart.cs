using ScottPlot;

namespace Ryot.DashboardRenderer.Charts;

/// <summary>The labels of each series that has a value now as a row.</summary>
internal static class TableChart
{
    private const int Rows = 9;

    public static Plot Create(PanelData data)
    {
        var plot = Chart.Blank();
        var columns = data.Panel.Columns;
        AddRow(plot, columns, 0, Palette.Faint);
        foreach (var (index, series) in data.Series.Where(series => !double.IsNaN(series.Values[^1])).Take(Rows - 1).Index())
            AddRow(plot, [.. columns.Select(column => series.Labels.GetValueOrDefault(column, ""))], index + 1, Palette.Text);
        return plot;
    }

    private static void AddRow(Plot plot, IReadOnlyList<string> cells, int row, Color color)
    {
        foreach (var (column, cell) in cells.Index())
        {
            var text = plot.Add.Text(cell, 0.01 + (double)column / cells.Count, 1 - (row + 0.5) / Rows);
            text.LabelFontSize = 11;
            text.LabelFontColor = color;
            text.LabelAlignment = Alignment.MiddleLeft;
        }
    }
}
