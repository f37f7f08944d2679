using Ryot.DashboardRenderer.Charts;
using Ryot.Testing.Monitoring;
using ScottPlot;
using SkiaSharp;

namespace Ryot.DashboardRenderer;

/// <summary>Draws dashboards, so that one can look at them without a Grafana.</summary>
public static class DashboardPicture
{
    private const float ColumnWidth = 62;
    private const float RowHeight = 34;
    private const float Gap = 4;
    private const float HeaderHeight = 44;
    private const float TitleHeight = 24;
    private const float LegendHeight = 18;

    /// <summary>Draws a dashboard as PNG.</summary>
    public static byte[] Draw(DashboardData data)
    {
        var rows = data.Dashboard.Panels.Max(panel => panel.Position.Y + panel.Position.Height);
        using var surface = SKSurface.Create(new SKImageInfo((int)(24 * ColumnWidth + 2 * Gap), (int)(HeaderHeight + rows * RowHeight + Gap)));
        var canvas = surface.Canvas;
        canvas.Clear(Palette.Page.ToSKColor());
        Write(canvas, data.Dashboard.Title, 2 * Gap, HeaderHeight / 2, 20, Palette.Text, isBold: true);
        foreach (var panel in data.Panels)
        {
            var place = Place(panel.Panel.Position);
            if (panel.Panel.Type == "row")
                Write(canvas, panel.Panel.Title, place.Left + Gap, place.VerticalCenter, 14, Palette.Text, isBold: true);
            else
                DrawPanel(canvas, place, panel, data);
        }

        using var image = surface.Snapshot();
        using var png = image.Encode(SKEncodedImageFormat.Png, 100);
        return png.ToArray();
    }

    private static PixelRect Place(GridPosition position)
    {
        var (left, top) = (Gap + position.X * ColumnWidth, HeaderHeight + position.Y * RowHeight);
        return new PixelRect(left + Gap / 2, left + position.Width * ColumnWidth - Gap / 2, top + position.Height * RowHeight - Gap / 2, top + Gap / 2);
    }

    private static void DrawPanel(SKCanvas canvas, PixelRect place, PanelData panel, DashboardData dashboard)
    {
        var card = new SKRect(place.Left, place.Top, place.Right, place.Bottom);
        using var fill = new SKPaint { Color = Palette.Panel.ToSKColor() };
        using var border = new SKPaint { Color = Palette.Border.ToSKColor(), IsStroke = true };
        canvas.DrawRect(card, fill);
        var hasLegend = panel.Panel.Type == "timeseries" && panel.Series.Any();
        var chart = new PixelRect(place.Left + 2, place.Right - 2, place.Bottom - 2 - (hasLegend ? LegendHeight : 0), place.Top + TitleHeight);
        canvas.Save();
        // A chart clears all of the canvas that it may draw on.
        canvas.ClipRect(new SKRect(chart.Left, chart.Top, chart.Right, chart.Bottom));
        Chart.Create(panel, dashboard).Render(canvas, chart);
        canvas.Restore();
        canvas.Save();
        canvas.ClipRect(card);
        Write(canvas, panel.Panel.Title, place.Left + 8, place.Top + TitleHeight / 2 + 2, 13, Palette.Text, isBold: true);
        if (hasLegend)
            WriteLegend(canvas, panel, place);
        canvas.Restore();
        canvas.DrawRect(card, border);
    }

    /// <summary>As many series as fit into a line.</summary>
    private static void WriteLegend(SKCanvas canvas, PanelData panel, PixelRect place)
    {
        var (x, y) = (place.Left + 10, place.Bottom - LegendHeight / 2 - 2);
        var names = panel.Series.Select(series => series.Name).ToList();
        foreach (var (index, name) in names.Index())
        {
            using var mark = new SKPaint { Color = Palette.Series(index).ToSKColor() };
            canvas.DrawRect(x, y - 2, 10, 4, mark);
            x += 14 + Write(canvas, name, x + 14, y, 11, Palette.Text) + 10;
            if (x > place.Right - 90 && index < names.Count - 1)
            {
                Write(canvas, $"and {names.Count - 1 - index} more", x, y, 11, Palette.Faint);
                return;
            }
        }
    }

    /// <summary>Writes a line of text, centered vertically, and tells its width.</summary>
    private static float Write(SKCanvas canvas, string text, float x, float y, float size, Color color, bool isBold = false)
    {
        using var typeface = SKTypeface.FromFamilyName(Palette.Font, isBold ? SKFontStyle.Bold : SKFontStyle.Normal);
        using var font = new SKFont(typeface, size);
        using var paint = new SKPaint { Color = color.ToSKColor(), IsAntialias = true };
        canvas.DrawText(text, x, y + size * 0.36f, font, paint);
        return font.MeasureText(text);
    }
}
