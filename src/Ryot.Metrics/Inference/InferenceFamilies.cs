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
        HasTenants = options.Tenants is not null;

        Requests = AddCounter(MetricCatalogue.InferenceRequests);
        Errors = AddCounter(MetricCatalogue.InferenceErrors);
        Latency = AddHistogram(MetricCatalogue.InferenceLatency);
        FirstToken = AddHistogram(MetricCatalogue.FirstTokenLatency);
        LoadingTime = AddHistogram(MetricCatalogue.ModelLoadingTime);
        Tokens = AddCounter(MetricCatalogue.TokensGenerated);
        Cost = registry.AddDoubleCounter(Chosen(MetricCatalogue.TokenCost));
        TokensPerSecond = registry.AddGauge(MetricCatalogue.TokensPerSecond);
        TokenEfficiency = registry.AddGauge(MetricCatalogue.TokenEfficiency);
        GpuMemory = registry.AddGauge(MetricCatalogue.GpuMemoryUsage);
        GpuMemoryPercentage = registry.AddGauge(MetricCatalogue.GpuMemoryPercentage);
        GpuUtilization = registry.AddGauge(MetricCatalogue.GpuUtilization);
        KvCacheSize = registry.AddGauge(MetricCatalogue.KvCacheSize);
        Active = registry.AddGauge(MetricCatalogue.ActiveRequests);
        BatchSize = AddHistogram(MetricCatalogue.BatchSizeDistribution);
        QueueDepth = registry.AddGauge(MetricCatalogue.QueueDepth);
        HitRatio = registry.AddGauge(MetricCatalogue.KvCacheHitRatio);
        Evictions = AddCounter(MetricCatalogue.ModelCacheEvictions);
        CacheEffectiveness = AddHistogram(MetricCatalogue.PromptCacheEffectiveness);
        LoadAttempts = AddCounter(MetricCatalogue.ModelLoadAttempts);
        StartupTime = AddHistogram(MetricCatalogue.StartupTime);
        RequestTokenRate = AddHistogram(MetricCatalogue.RequestTokensPerSecond);

        InterToken = AddHistogram(MetricCatalogue.InterTokenLatency);
        TimePerToken = AddHistogram(MetricCatalogue.TimePerOutputToken);
        QueueTime = AddHistogram(MetricCatalogue.QueueTime);
        PrefillTime = AddHistogram(MetricCatalogue.PrefillTime);
        DecodeTime = AddHistogram(MetricCatalogue.DecodeTime);
        PromptTokens = AddHistogram(MetricCatalogue.PromptTokens);
        CompletionTokens = AddHistogram(MetricCatalogue.CompletionTokens);
        Finished = AddCounter(MetricCatalogue.RequestsFinished);
        Sequences = AddCounter(MetricCatalogue.Sequences);
        PromptCacheTokens = AddCounter(MetricCatalogue.PromptCacheTokens);
        Preemptions = AddCounter(MetricCatalogue.Preemptions);
        Wasted = AddCounter(MetricCatalogue.WastedTokens);
        StepTokens = AddHistogram(MetricCatalogue.StepTokens);
        LastStep = registry.AddGauge(MetricCatalogue.LastStepTimestamp);
        Running = registry.AddGauge(MetricCatalogue.RequestsRunning);
        Waiting = registry.AddGauge(MetricCatalogue.RequestsWaiting);
        KvUsage = registry.AddGauge(MetricCatalogue.KvCacheUsage);
        KvCapacity = registry.AddGauge(MetricCatalogue.KvCacheCapacity);
        Objectives = AddCounter(MetricCatalogue.SloRequests);
        ModelInfo = registry.AddGauge(MetricCatalogue.ModelInfo);
        _buildInfo = registry.AddGauge(MetricCatalogue.BuildInfo);
        AddSelfMetrics(registry);
    }

    /// <summary>Whether requests, tokens and cost have the label <c>tenant</c>, as their last.</summary>
    internal bool HasTenants { get; }

    internal CounterFamily Requests { get; }

    internal CounterFamily Errors { get; }

    internal HistogramFamily Latency { get; }

    internal HistogramFamily FirstToken { get; }

    internal HistogramFamily LoadingTime { get; }

    internal CounterFamily Tokens { get; }

    internal DoubleCounterFamily Cost { get; }

    internal GaugeFamily TokensPerSecond { get; }

    internal GaugeFamily TokenEfficiency { get; }

    internal GaugeFamily GpuMemory { get; }

    internal GaugeFamily GpuMemoryPercentage { get; }

    internal GaugeFamily GpuUtilization { get; }

    internal GaugeFamily KvCacheSize { get; }

    internal GaugeFamily Active { get; }

    internal HistogramFamily BatchSize { get; }

    internal GaugeFamily QueueDepth { get; }

    internal GaugeFamily HitRatio { get; }

    internal CounterFamily Evictions { get; }

    internal HistogramFamily CacheEffectiveness { get; }

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

    internal CounterFamily PromptCacheTokens { get; }

    internal CounterFamily Preemptions { get; }

    internal CounterFamily Wasted { get; }

    internal HistogramFamily StepTokens { get; }

    internal GaugeFamily LastStep { get; }

    internal GaugeFamily Running { get; }

    internal GaugeFamily Waiting { get; }

    internal GaugeFamily KvUsage { get; }

    internal GaugeFamily KvCapacity { get; }

    internal CounterFamily Objectives { get; }

    internal GaugeFamily ModelInfo { get; }

    /// <summary>Shows a build in place of the one shown before.</summary>
    internal void ReplaceBuildInfo(params string[] values)
    {
        if (_build is { } before)
            _buildInfo.Remove(before);
        _build = values;
        _buildInfo.WithLabels(values).Set(1);
    }

    private void AddSelfMetrics(MetricRegistry registry)
    {
        registry.AddGauge(MetricCatalogue.MetricsScrapeDuration)
            .Compute(() => registry.LastScrapeDuration?.TotalSeconds ?? double.NaN);
        var dropped = AddCounter(MetricCatalogue.MetricsDropped);
        foreach (var reason in Enum.GetValues<DropReason>())
            dropped.Compute(() => registry.Dropped(reason), Wire.DropReasons[(int)reason]);
        registry.AddGauge(MetricCatalogue.MetricsSeries).Compute(() => registry.SeriesWritten + 1);
    }

    private CounterFamily AddCounter(MetricDescriptor descriptor) => _registry.AddCounter(Chosen(descriptor));

    private HistogramFamily AddHistogram(MetricDescriptor descriptor) => _registry.AddHistogram(Chosen(descriptor));

    /// <summary>The catalogue's metric with what the options say about it.</summary>
    private MetricDescriptor Chosen(MetricDescriptor descriptor)
    {
        var name = descriptor.Name;
        if (_options.AggregatedLabels.TryGetValue(name, out var merged))
        {
            descriptor = descriptor with
            {
                Labels = [.. descriptor.Labels.Select(label => merged.Contains(label.Name) ? label with { IsMerged = true } : label)],
            };
        }

        if (HasTenants && TenantOptions.Metrics.Contains(name))
            descriptor = descriptor with { Labels = [.. descriptor.Labels, CatalogueLabels.Tenant] };
        return _options.Bounds.TryGetValue(name, out var bounds) ? descriptor with { Bounds = bounds } : descriptor;
    }
}
