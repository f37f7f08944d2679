using ScottPlot;
using SkiaSharp;

namespace Ryot.DashboardRenderer;

/// <summary>The colors and the font of the pictures.</summary>
internal static class Palette
{
    private static readonly Color[] _series =
    [
        Color.FromHex("#3a7fc4"), Color.FromHex("#e0752d"), Color.FromHex("#56a64b"), Color.FromHex("#b877d9"), Color.FromHex("#c4a000"),
        Color.FromHex("#1f9e9e"), Color.FromHex("#d1417f"), Color.FromHex("#7a5c3e"), Color.FromHex("#5b6b8a"), Color.FromHex("#8ab839"),
        Color.FromHex("#65c5db"), Color.FromHex("#7fbf7f"), Color.FromHex("#4b3f72"), Color.FromHex("#e0b400"), Color.FromHex("#2f5d50"),
    ];

    /// <summary>The first font of these that is installed.</summary>
    public static string Font { get; } = ((string[])["Inter", "Noto Sans", "DejaVu Sans", "Liberation Sans"])
        .FirstOrDefault(SKFontManager.Default.FontFamilies.Contains, Fonts.Default);

    public static Color Page { get; } = Color.FromHex("#f4f5f5");

    public static Color Panel { get; } = Colors.White;

    public static Color Border { get; } = Color.FromHex("#d8d9da");

    public static Color Text { get; } = Color.FromHex("#24292e");

    public static Color Faint { get; } = Color.FromHex("#8e8e8e");

    public static Color Grid { get; } = Color.FromHex("#ececec");

    public static Color Series(int index) => _series[index % _series.Length];

    /// <summary>A color by Grafana's name.</summary>
    public static Color Named(string name) => name switch
    {
        "green" => Color.FromHex("#37872d"),
        "red" => Color.FromHex("#d92a3b"),
        "yellow" => Color.FromHex("#c4a000"),
        _ => Color.FromHex("#3274d9"),
    };
}
