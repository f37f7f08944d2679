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
        using var surface = SKSurface.Create(new SKImageInfo(
            (int)(24 * ColumnWidth + 2 * Gap), (int)(HeaderHeight + rows * RowHeight + Gap), SKColorType.Rgba8888, SKAlphaType.Opaque));
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

        using var pixels = surface.PeekPixels();
        // Flat areas get smallest without filters.
        using var png = pixels.Encode(new SKPngEncoderOptions(SKPngEncoderFilterFlags.NoFilters, 9))
            ?? throw new InvalidOperationException($"{data.Dashboard.Title} cannot be encoded.");
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
        var left = panel.Series.Index().Where(one => !panel.Panel.HidesIdle || Array.Exists(one.Item.Values, value => value > 0)).ToList();
        while (left.Count > 0)
        {
            var (index, series) = left[0];
            // The last may use the place that the number of those left out would need.
            if (x + 14 + Measure(series.Name, 11) > place.Right - (left.Count > 1 ? 75 : 5) && left.Count < panel.Series.Count())
            {
                Write(canvas, $"and {left.Count} more", x, y, 11, Palette.Faint);
                return;
            }

            using var mark = new SKPaint { Color = Palette.Series(index).ToSKColor() };
            canvas.DrawRect(x, y - 2, 10, 4, mark);
            Write(canvas, series.Name, x + 14, y, 11, Palette.Text);
            x += 24 + Measure(series.Name, 11);
            left.RemoveAt(0);
        }
    }

    private static float Measure(string text, float size)
    {
        using var typeface = SKTypeface.FromFamilyName(Palette.Font);
        using var font = new SKFont(typeface, size);
        return font.MeasureText(text);
    }

    /// <summary>Writes a line of text, centered vertically.</summary>
    private static void Write(SKCanvas canvas, string text, float x, float y, float size, Color color, bool isBold = false)
    {
        using var typeface = SKTypeface.FromFamilyName(Palette.Font, isBold ? SKFontStyle.Bold : SKFontStyle.Normal);
        using var font = new SKFont(typeface, size);
        using var paint = new SKPaint { Color = color.ToSKColor(), IsAntialias = true };
        canvas.DrawText(text, x, y + size * 0.36f, font, paint);
    }
}
