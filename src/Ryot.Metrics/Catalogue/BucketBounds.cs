namespace Ryot.Metrics;

/// <summary>The bounds of Ryot's histograms, and what bounds must be.</summary>
internal static class BucketBounds
{
    internal static readonly double[] Latency = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
    internal static readonly double[] FirstToken = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5];
    internal static readonly double[] Loading = [0.5, 1, 2.5, 5, 10, 30, 60, 120];
    internal static readonly double[] Startup = [1, 5, 10, 30, 60];
    internal static readonly double[] PerToken = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5];
    internal static readonly double[] Interval = [0.001, 0.0025, 0.005, .. Latency];
    internal static readonly double[] TokenRate = [10, 25, 50, 100, 150, 250, 400, 600];
    internal static readonly double[] BatchSize = [1, 4, 8, 16, 32];
    internal static readonly double[] ReusedShare = [0, 0.1, 0.25, 0.5, 0.75, 0.9, 1];

    internal static readonly double[] Lengths =
        [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000, 20000, 50000, 100000];

    internal static readonly double[] StepTokens = [1, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192, 16384];

    /// <summary>Positive bounds lie between these, so that the native buckets around them have a bounded number.</summary>
    private const double Least = 1e-12;
    private const double Greatest = 1e15;

    /// <summary>What is wrong with a list of bounds, or null.</summary>
    internal static string? Check(double[]? bounds)
    {
        if (bounds is null || bounds.Length == 0)
            return "a histogram needs at least one bucket bound.";
        if (bounds.FirstOrDefault(bound => !double.IsFinite(bound), 0) is not 0)
            return "bucket bounds must be finite numbers; +Inf is added by itself.";
        if (bounds.Any(bound => bound < 0))
            return "bucket bounds must not be negative.";
        if (bounds.Any(bound => bound is not 0 and (< Least or > Greatest)))
            return "bucket bounds other than 0 must be between 1e-12 and 1e15.";
        for (var next = 1; next < bounds.Length; next++)
        {
            if (bounds[next] <= bounds[next - 1])
                return FormattableString.Invariant($"bucket bounds must rise, but {bounds[next]} comes after {bounds[next - 1]}.");
        }

        if (bounds[^1] == 0)
            return "at least one bucket bound must be greater than 0.";
        return bounds.Length > 100 ? $"{bounds.Length} bucket bounds are too many; 100 are allowed." : null;
    }
}
