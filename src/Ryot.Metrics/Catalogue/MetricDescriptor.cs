using System.Text.RegularExpressions;

namespace Ryot.Metrics;

/// <summary>The kinds of metrics.</summary>
public enum MetricType
{
    /// <summary>A number that only grows.</summary>
    Counter,

    /// <summary>A number that tells the state at the scrape.</summary>
    Gauge,

    /// <summary>A distribution.</summary>
    Histogram,
}

/// <summary>One label of a metric.</summary>
/// <param name="Name">The label's name on the wire.</param>
/// <param name="Values">The allowed values of a closed label; empty when the values are open.</param>
public sealed record LabelDescriptor(string Name, params IReadOnlyList<string> Values)
{
    /// <summary>What the values are, where the list does not say it.</summary>
    public string? Description { get; init; }

    /// <summary>Whether a series may lack the label, because it does not apply.</summary>
    public bool IsOptional { get; init; }

    /// <summary>Whether the values are thrown away, so that series that differ only in them are one (pre-aggregation).</summary>
    internal bool IsMerged { get; init; }
}

/// <summary>What a metric is: everything about it that is public.</summary>
/// <param name="Name">The exact name on the wire.</param>
/// <param name="Type">Its kind.</param>
/// <param name="Help">One sentence about it, exposed with it.</param>
/// <param name="Labels">Its labels, in the order in which values are given.</param>
public sealed partial record MetricDescriptor(string Name, MetricType Type, string Help, params IReadOnlyList<LabelDescriptor> Labels)
{
    /// <summary>The unit with which the name ends (a counter's before <c>_total</c>), e.g. <c>seconds</c>; null when it has none.</summary>
    public string? Unit { get; init; }

    /// <summary>A histogram's upper bounds (<c>le</c>, inclusive) in rising order, without <c>+Inf</c>.</summary>
    public double[]? Bounds { get; init; }

    /// <summary>Whether series keep the last exemplar of each bucket or counter.</summary>
    public bool KeepsExemplars { get; init; }

    /// <summary>Whether the metric is exposed now; otherwise its name is settled but nothing records it yet.</summary>
    public bool IsLive { get; init; } = true;

    /// <summary>What precisely it counts or measures, and when; for the documentation.</summary>
    public string? Remarks { get; init; }

    /// <summary>Whether the metric is about the library itself; such metrics are exposed last.</summary>
    public bool IsSelfMetric { get; init; }

    internal void ThrowIfInvalid()
    {
        if (!NamePattern().IsMatch(Name))
            throw new ArgumentException($"'{Name}' is not a valid metric name.");
        foreach (var label in Labels)
        {
            if (!LabelPattern().IsMatch(label.Name) || label.Name is "le" or "quantile" || label.Name.StartsWith("__", StringComparison.Ordinal))
                throw new ArgumentException($"'{label.Name}' is not a valid label name for {Name}.");
        }

        if (Labels.DistinctBy(label => label.Name).Count() != Labels.Count)
            throw new ArgumentException($"{Name} has the same label twice.");
    }

    [GeneratedRegex("^[a-zA-Z_:][a-zA-Z0-9_:]*$")]
    private static partial Regex NamePattern();

    [GeneratedRegex("^[a-zA-Z_][a-zA-Z0-9_]*$")]
    private static partial Regex LabelPattern();
}
