namespace Ryot.Metrics;

/// <summary>The families of the catalogue's live metrics.</summary>
internal sealed class InferenceFamilies
{
    private readonly MetricRegistry _registry;
    private readonly MetricsOptions _options;
    private readonly GaugeFamily _buildInfo;
    private string[]? _build;

    internal InferenceFamilies(MetricRegistry registry, MetricsOptions options)
    {
        _registry = registry;
        _options = options;

        Requests = registry.AddCounter(MetricCatalogue.InferenceRequests);
        Errors = registry.AddCounter(MetricCatalogue.InferenceErrors);
        Latency = Add(MetricCatalogue.InferenceLatency);
        FirstToken = Add(MetricCatalogue.FirstTokenLatency);
        LoadingTime = Add(MetricCatalogue.ModelLoadingTime);
        Tokens = registry.AddCounter(MetricCatalogue.TokensGenerated);
        TokensPerSecond = registry.AddGauge(MetricCatalogue.TokensPerSecond);
        Active = registry.AddGauge(MetricCatalogue.ActiveRequests);
        BatchSize = Add(MetricCatalogue.BatchSizeDistribution);
        QueueDepth = registry.AddGauge(MetricCatalogue.QueueDepth);
        LoadAttempts = registry.AddCounter(MetricCatalogue.ModelLoadAttempts);
        StartupTime = Add(MetricCatalogue.StartupTime);
        RequestTokenRate = Add(MetricCatalogue.RequestTokensPerSecond);

        InterToken = Add(MetricCatalogue.InterTokenLatency);
        TimePerToken = Add(MetricCatalogue.TimePerOutputToken);
        QueueTime = Add(MetricCatalogue.QueueTime);
        PrefillTime = Add(MetricCatalogue.PrefillTime);
        DecodeTime = Add(MetricCatalogue.DecodeTime);
        PromptTokens = Add(MetricCatalogue.PromptTokens);
        CompletionTokens = Add(MetricCatalogue.CompletionTokens);
        Finished = registry.AddCounter(MetricCatalogue.RequestsFinished);
        Sequences = registry.AddCounter(MetricCatalogue.Sequences);
        Preemptions = registry.AddCounter(MetricCatalogue.Preemptions);
        Wasted = registry.AddCounter(MetricCatalogue.WastedTokens);
        StepTokens = Add(MetricCatalogue.StepTokens);
        LastStep = registry.AddGauge(MetricCatalogue.LastStepTimestamp);
        Running = registry.AddGauge(MetricCatalogue.RequestsRunning);
        Waiting = registry.AddGauge(MetricCatalogue.RequestsWaiting);
        KvUsage = registry.AddGauge(MetricCatalogue.KvCacheUsage);
        KvCapacity = registry.AddGauge(MetricCatalogue.KvCacheCapacity);
        ModelInfo = registry.AddGauge(MetricCatalogue.ModelInfo);
        _buildInfo = registry.AddGauge(MetricCatalogue.BuildInfo);
        AddSelfMetrics(registry);
    }

    internal CounterFamily Requests { get; }

    internal CounterFamily Errors { get; }

    internal HistogramFamily Latency { get; }

    internal HistogramFamily FirstToken { get; }

    internal HistogramFamily LoadingTime { get; }

    internal CounterFamily Tokens { get; }

    internal GaugeFamily TokensPerSecond { get; }

    internal GaugeFamily Active { get; }

    internal HistogramFamily BatchSize { get; }

    internal GaugeFamily QueueDepth { get; }

    internal CounterFamily LoadAttempts { get; }

    internal HistogramFamily StartupTime { get; }

    internal HistogramFamily RequestTokenRate { get; }

    internal HistogramFamily InterToken { get; }

    internal HistogramFamily TimePerToken { get; }

    internal HistogramFamily QueueTime { get; }

    internal HistogramFamily PrefillTime { get; }

    internal HistogramFamily DecodeTime { get; }

    internal HistogramFamily PromptTokens { get; }

    internal HistogramFamily CompletionTokens { get; }

    internal CounterFamily Finished { get; }

    internal CounterFamily Sequences { get; }

    internal CounterFamily Preemptions { get; }

    internal CounterFamily Wasted { get; }

    internal HistogramFamily StepTokens { get; }

    internal GaugeFamily LastStep { get; }

    internal GaugeFamily Running { get; }

    internal GaugeFamily Waiting { get; }

    internal GaugeFamily KvUsage { get; }

    internal GaugeFamily KvCapacity { get; }

    internal GaugeFamily ModelInfo { get; }

    /// <summary>Shows a build in place of the one shown before.</summary>
    internal void ReplaceBuildInfo(params string[] values)
    {
        if (_build is { } before)
            _buildInfo.Remove(before);
        _build = values;
        _buildInfo.WithLabels(values).Set(1);
    }

    private static void AddSelfMetrics(MetricRegistry registry)
    {
        registry.AddGauge(MetricCatalogue.MetricsScrapeDuration)
            .Compute(() => registry.LastScrapeDuration?.TotalSeconds ?? double.NaN);
        var dropped = registry.AddCounter(MetricCatalogue.MetricsDropped);
        foreach (var reason in Enum.GetValues<DropReason>())
            dropped.Compute(() => registry.Dropped(reason), Wire.DropReasons[(int)reason]);
        registry.AddGauge(MetricCatalogue.MetricsSeries).Compute(() => registry.SeriesWritten + 1);
    }

    private HistogramFamily Add(MetricDescriptor descriptor)
        => _registry.AddHistogram(
            _options.Bounds.TryGetValue(descriptor.Name, out var bounds) ? descriptor with { Bounds = bounds } : descriptor);
}
