namespace Ryot.DashboardRenderer;

/// <summary>The time that a dashboard shows.</summary>
/// <param name="Start">The first point.</param>
/// <param name="Step">The time between two points.</param>
/// <param name="Points">The number of points.</param>
/// <param name="ScrapeInterval">How often Prometheus scrapes.</param>
public sealed record TimeRange(DateTimeOffset Start, TimeSpan Step, int Points, TimeSpan ScrapeInterval)
{
    /// <summary>The last point.</summary>
    public DateTimeOffset End => Start + Step * (Points - 1);

    /// <summary>The points as numbers of ScottPlot's time axis.</summary>
    public double[] Axis => [.. Enumerable.Range(0, Points).Select(i => Place(Start + Step * i))];

    /// <summary>A range that ends now and has some 90 points.</summary>
    public static TimeRange EndingNow(TimeSpan length, TimeSpan scrapeInterval)
    {
        var step = TimeSpan.FromSeconds(Math.Max(1, Math.Ceiling(length.TotalSeconds / 90)));
        var points = (int)(length / step) + 1;
        return new TimeRange(TimeProvider.System.GetUtcNow() - step * (points - 1), step, points, scrapeInterval);
    }

    /// <summary>A time as a number of ScottPlot's time axis.</summary>
    public static double Place(DateTimeOffset time) => time.UtcDateTime.ToOADate();
}
