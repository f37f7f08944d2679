using Ryot.Engine.Models;
using Ryot.Metrics;

namespace Ryot.Server.Configuration;

/// <summary>How the server was configured; valid as a whole.</summary>
public sealed record RyotOptions
{
    /// <summary>The models to serve.</summary>
    public required IReadOnlyList<ModelOptions> Models { get; init; }

    /// <summary>How much memory they may take together.</summary>
    public ResidencyOptions Residency { get; init; } = new();

    /// <summary>Where to listen.</summary>
    public required IReadOnlyList<ListenAddress> Urls { get; init; }

    /// <summary>Where to serve metrics and health; empty is where everything else is.</summary>
    public IReadOnlyList<ListenAddress> MetricsUrls { get; init; } = [];

    /// <summary>Most sequences (prompts times <c>n</c>) of one request.</summary>
    public int MaxSequencesPerRequest { get; init; } = 256;

    /// <summary>Deadline of a request that names none; null is none.</summary>
    public TimeSpan? Timeout { get; init; } = TimeSpan.FromSeconds(300);

    /// <summary>Longest deadline that a request may ask for; null is any.</summary>
    public TimeSpan? MaxTimeout { get; init; } = TimeSpan.FromSeconds(3600);

    /// <summary>How long running requests may go on when the server stops.</summary>
    public TimeSpan StopTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>A client that reads nothing for so long is cut off.</summary>
    public TimeSpan SlowClientTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>A model whose engine has had work for so long without finishing a step is not ready.</summary>
    public TimeSpan StallTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Largest request body, in bytes.</summary>
    public long MaxBodyBytes { get; init; } = 16 << 20;

    /// <summary>Keys that clients may use; empty serves everyone.</summary>
    public IReadOnlyList<ApiKey> ApiKeys { get; init; } = [];

    /// <summary>Keys that open the routes for administrators; empty closes those routes.</summary>
    public IReadOnlyList<string> AdminKeys { get; init; } = [];

    /// <summary>Buckets of histograms, by the metric's name.</summary>
    public IReadOnlyDictionary<string, double[]> MetricBounds { get; init; } = new Dictionary<string, double[]>();

    /// <summary>Labels that are left out, by the metric's name.</summary>
    public IReadOnlyDictionary<string, string[]> AggregatedLabels { get; init; } = new Dictionary<string, string[]>();

    /// <summary>Details are recorded of one request in so many.</summary>
    public int DetailSampling { get; init; } = 1;

    /// <summary>Whether the tokens of a step are counted together.</summary>
    public bool BatchedUpdates { get; init; } = true;

    /// <summary>How requests are told apart by whose they are; null when they are not.</summary>
    public TenantSettings? Tenants { get; init; }

    /// <summary>The file that keeps token volumes; null where no rates are tiered.</summary>
    public string? CostLedger { get; init; }

    /// <summary>Whether answers tell what the request cost.</summary>
    public bool CostInResponse { get; init; }

    /// <summary>Folder of llama.cpp's libraries; null is the one beside the program.</summary>
    public string? LlamaCppDirectory { get; init; }

    /// <summary>What the metrics library is told.</summary>
    internal MetricsOptions CreateMetricsOptions()
    {
        var metrics = new MetricsOptions
        {
            DetailSampling = DetailSampling,
            BatchedUpdates = BatchedUpdates,
            Tenants = Tenants is { } tenants ? new TenantOptions { MaxTenants = tenants.Max, Allowed = tenants.Allowed } : null,
        };
        foreach (var (name, bounds) in MetricBounds)
            metrics.Bounds.Add(name, bounds);
        foreach (var (name, labels) in AggregatedLabels)
            metrics.AggregatedLabels.Add(name, labels);
        return metrics;
    }
}
