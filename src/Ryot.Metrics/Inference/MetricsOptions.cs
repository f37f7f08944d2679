namespace Ryot.Metrics;

/// <summary>What can be chosen about recording.</summary>
public sealed class MetricsOptions
{
    /// <summary>Bucket bounds that replace the catalogue's, by the histogram's name: rising, from 1e-12 to 1e15, or 0 first.</summary>
    public IDictionary<string, double[]> Bounds { get; } = new Dictionary<string, double[]>(StringComparer.Ordinal);

    /// <summary>Whether buckets and counters keep the last request as an exemplar. On by default.</summary>
    public bool Exemplars { get; set; } = true;

    /// <summary>
    /// Whether anything is recorded at all. On by default; off is for measuring what recording costs, and for services that nobody
    /// watches. What is exposed then means nothing.
    /// </summary>
    public bool Recording { get; set; } = true;

    /// <summary>
    /// One request in this many records the detail metrics: inter-token latency, time per output token, queue, prefill and
    /// decode time. 1 by default: all do. Counters, latency and time to first token always see every request.
    /// </summary>
    public int DetailSampling { get; set; } = 1;

    /// <summary>
    /// Whether a request's tokens are counted together at <see cref="RequestRecorder.Flush"/>, once for each step of the engine that its
    /// reader was woken by. On by default; off counts each token as it is told.
    /// </summary>
    public bool BatchedUpdates { get; set; } = true;

    /// <summary>
    /// Labels whose values are thrown away, by the name of a counter or histogram, so that series that differ only in them are one
    /// (pre-aggregation). <c>model</c> is always kept.
    /// </summary>
    public IDictionary<string, string[]> AggregatedLabels { get; } = new Dictionary<string, string[]>(StringComparer.Ordinal);

    /// <summary>Whether requests, tokens and cost tell whose they are, and how many tenants can be told apart. Off (null) by default.</summary>
    public TenantOptions? Tenants { get; set; }

    /// <summary>Says all that is wrong, one sentence each; empty when all is well.</summary>
    public IReadOnlyList<string> Validate()
    {
        var problems = new List<string>();
        foreach (var (name, bounds) in Bounds)
        {
            var metric = MetricCatalogue.Find(name);
            if (metric is null)
                problems.Add($"Bounds: there is no metric named '{name}'.");
            else if (metric.Type != MetricType.Histogram)
                problems.Add($"Bounds: {name} is a {metric.Type.ToString().ToLowerInvariant()}, not a histogram, and has no buckets.");
            else if (BucketBounds.Check(bounds) is { } problem)
                problems.Add($"Bounds: {name}: {problem}");
        }

        if (DetailSampling < 1)
            problems.Add(FormattableString.Invariant($"DetailSampling: one request in {DetailSampling} cannot be; 1 is every request."));
        foreach (var (name, labels) in AggregatedLabels)
            problems.AddRange(labels.Select(label => CheckAggregated(name, label)).OfType<string>().Distinct());
        if (Tenants is { } tenants)
            problems.AddRange(tenants.Validate());
        return problems;
    }

    private static string? CheckAggregated(string name, string label)
    {
        var metric = MetricCatalogue.Find(name);
        if (metric is null)
            return $"AggregatedLabels: there is no metric named '{name}'.";
        if (metric.Type == MetricType.Gauge)
            return $"AggregatedLabels: {name} is a gauge; only the series of counters and histograms can be merged.";
        if (metric.Labels.All(one => one.Name != label))
            return $"AggregatedLabels: {name} has no label '{label}'; it has {string.Join(", ", metric.Labels.Select(one => one.Name))}.";
        return label == CatalogueLabels.Model.Name
            ? $"AggregatedLabels: {name}: 'model' cannot be merged, since the series of a model go when it is removed."
            : null;
    }
}
