using ScottPlot;

namespace Ryot.DashboardRenderer.Charts;

/// <summary>The labels of each series that has a value now as a row.</summary>
internal static class TableChart
{
    private const int Rows = 8;

    public static Plot Create(PanelData data)
    {
        var plot = Chart.Blank();
        var columns = data.Panel.Columns;
        List<IReadOnlyList<string>> rows =
        [
            columns,
            .. data.Series.Where(series => !double.IsNaN(series.Values[^1])).Take(Rows - 1)
                .Select(series => columns.Select(column => series.Labels.GetValueOrDefault(column, "")).ToList()),
        ];
        // Columns are as wide as their longest cell, in shares of the panel.
        var widths = columns.Select((_, column) => rows.Max(row => row[column].Length) + 2.0).ToList();
        var starts = widths.Select((_, column) => 0.01 + widths.Take(column).Sum() / widths.Sum()).ToList();
        foreach (var (index, row) in rows.Index())
            AddRow(plot, row, starts, 1 - (index + 0.5) / Rows, index == 0 ? Palette.Faint : Palette.Text);
        return plot;
    }

    private static void AddRow(Plot plot, IReadOnlyList<string> cells, List<double> starts, double y, Color color)
    {
        foreach (var (column, cell) in cells.Index())
        {
            var text = plot.Add.Text(cell, starts[column], y);
            text.LabelFontSize = 10;
            text.LabelFontColor = color;
            text.LabelAlignment = Alignment.MiddleLeft;
        }
    }
}
