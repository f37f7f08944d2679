namespace Ryot.Metrics;

/// <summary>
/// Every metric of Ryot, in one place: those of the metrics design first, then those that Ryot adds, then those about the library
/// itself. Names, labels, values and bounds are public: dashboards and alerts depend on them.
/// </summary>
public static partial class MetricCatalogue
{
    /// <summary>The metrics of the design.</summary>
    public static IReadOnlyList<MetricDescriptor> Design => Lists.Design;

    /// <summary>The metrics that Ryot adds to the design.</summary>
    public static IReadOnlyList<MetricDescriptor> Additions => Lists.Additions;

    /// <summary>All metrics.</summary>
    public static IReadOnlyList<MetricDescriptor> All => Lists.All;

    /// <summary>The metric of a name, or null.</summary>
    public static MetricDescriptor? Find(string name) => All.FirstOrDefault(metric => metric.Name == name);

    /// <summary>Apart, since the order in which the parts of the catalogue's class are initialized is not defined.</summary>
    private static class Lists
    {
        internal static readonly MetricDescriptor[] Design =
        [
            InferenceRequests, InferenceErrors, InferenceLatency, FirstTokenLatency, ModelLoadingTime, TokensGenerated, TokensPerSecond,
            TokenEfficiency, TokenCost, GpuMemoryUsage, GpuMemoryPercentage, GpuUtilization, KvCacheSize, ActiveRequests,
            BatchSizeDistribution, QueueDepth, KvCacheHitRatio, ModelCacheEvictions, PromptCacheEffectiveness, ModelLoadAttempts,
            StartupTime, RequestTokensPerSecond,
        ];

        internal static readonly MetricDescriptor[] Additions =
        [
            InterTokenLatency, TimePerOutputToken, QueueTime, PrefillTime, DecodeTime, PromptTokens, CompletionTokens, RequestsFinished,
            Sequences, PromptCacheTokens, Preemptions, WastedTokens, StepTokens, LastStepTimestamp, RequestsRunning, RequestsWaiting,
            KvCacheUsage, KvCacheCapacity, SloRequests, ModelInfo, BuildInfo, DeviceUp, DeviceUtilization, DeviceMemoryUsed,
            DeviceMemoryTotal, DeviceTemperature, DevicePower, DeviceClock, DeviceEccErrors, DeviceThrottleTime,
            DevicePcieThroughput, DevicePcieReplays, DeviceNvLinkTraffic, DeviceNvLinkErrors, DeviceXidErrors, DeviceEnergy, RequestEnergy,
            MetricsScrapeDuration, MetricsDropped, MetricsSeries,
        ];

        internal static readonly MetricDescriptor[] All = [.. Design, .. Additions];
    }
}
