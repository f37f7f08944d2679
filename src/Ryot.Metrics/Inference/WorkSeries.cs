namespace Ryot.Metrics;

/// <summary>What a configured model's work is recorded in: handles to all its series, made at 0 when the model is added.</summary>
internal sealed class WorkSeries
{
    private readonly Histogram[] _latency;
    private readonly LevelGauge[] _active;
    private readonly Counter[] _loadAttempts;

    internal WorkSeries(InferenceFamilies families, string model, TimeProvider clock)
    {
        // Index 0 of the batch sizes is "never in a forward pass", which has no label value.
        string[] batchSizes = ["", .. Wire.BatchSizes];
        _latency = [.. Wire.Modes.SelectMany(mode => batchSizes.Select(size => families.Latency.WithLabels(model, size, mode)))];
        _active = [.. Wire.Modes.SelectMany(mode => Wire.Endpoints.Select(endpoint => families.Active.Level(model, mode, endpoint)))];
        _loadAttempts = [.. Wire.LoadResults.SelectMany(
            result => Wire.LoadAttemptKinds.Select(kind => families.LoadAttempts.WithLabels(model, result, kind)))];

        QueueDepth = [.. Wire.Priorities.Select(priority => families.QueueDepth.Level(model, priority))];
        QueueTime = [.. Wire.Priorities.Select(priority => families.QueueTime.WithLabels(model, priority))];
        families.Waiting.Compute(() => QueueDepth.Sum(level => level.Value), model);
        families.Running.Compute(() => _active.Sum(level => level.Value), model);

        RequestTokenRate = [.. Wire.Modes.Select(mode => families.RequestTokenRate.WithLabels(model, mode))];
        BatchSize = [.. Wire.Modes.Select(mode => families.BatchSize.WithLabels(model, mode))];
        InterToken = families.InterToken.WithLabels(model);
        TimePerToken = families.TimePerToken.WithLabels(model);
        PrefillTime = families.PrefillTime.WithLabels(model);
        DecodeTime = families.DecodeTime.WithLabels(model);
        RequestPromptTokens = families.PromptTokens.WithLabels(model);
        RequestCompletionTokens = families.CompletionTokens.WithLabels(model);
        Sequences = families.Sequences.WithLabels(model);
        PromptComputed = families.PromptCacheTokens.WithLabels(model, "computed");
        PromptReused = families.PromptCacheTokens.WithLabels(model, "reused");
        CacheEffectiveness = [.. Wire.ReuseWindows.Select(window => families.CacheEffectiveness.WithLabels(model, window))];
        HitRatios = [.. Wire.ContextTypes.Select(_ => new HitRatioWindow(clock))];
        foreach (var (type, name) in Wire.ContextTypes.Index())
            families.HitRatio.Compute(HitRatios[type].Ratio, model, name);
        Evictions = [.. Wire.EvictionReasons.Select(reason => families.Evictions.WithLabels(model, reason))];
        Objectives = new ObjectiveSeries(families, model, clock);
        Preemptions = families.Preemptions.WithLabels(model);
        Wasted = [.. Wire.WasteCauses.Select(cause => families.Wasted.WithLabels(model, cause))];
        PrefillStep = families.StepTokens.WithLabels(model, "prefill");
        DecodeStep = families.StepTokens.WithLabels(model, "decode");

        Rate = new TokenRateWindow(clock);
        foreach (var (window, windowName) in Wire.TimeWindows.Index())
        {
            foreach (var (size, sizeName) in Wire.BatchSizes.Index())
                families.TokensPerSecond.Compute(() => Rate.Rate(TokenRateWindow.WindowSeconds[window], size), model, windowName, sizeName);
        }
    }

    internal LevelGauge[] QueueDepth { get; }

    internal Histogram[] QueueTime { get; }

    internal Histogram[] RequestTokenRate { get; }

    internal Histogram[] BatchSize { get; }

    internal Histogram InterToken { get; }

    internal Histogram TimePerToken { get; }

    internal Histogram PrefillTime { get; }

    internal Histogram DecodeTime { get; }

    internal Histogram RequestPromptTokens { get; }

    internal Histogram RequestCompletionTokens { get; }

    internal Counter Sequences { get; }

    internal Counter PromptComputed { get; }

    internal Counter PromptReused { get; }

    internal Histogram[] CacheEffectiveness { get; }

    internal HitRatioWindow[] HitRatios { get; }

    internal Counter[] Evictions { get; }

    internal ObjectiveSeries Objectives { get; }

    internal Counter Preemptions { get; }

    internal Counter[] Wasted { get; }

    internal Histogram PrefillStep { get; }

    internal Histogram DecodeStep { get; }

    internal TokenRateWindow Rate { get; }

    /// <summary>The latency series of a mode and a mean batch size; 0 sequences is a request that never was in a pass.</summary>
    internal Histogram Latency(GenerationMode mode, long meanBatchSize)
    {
        var size = meanBatchSize == 0 ? 0 : Wire.BatchSize(meanBatchSize) + 1;
        return _latency[((int)mode * (Wire.BatchSizes.Length + 1)) + size];
    }

    internal LevelGauge Active(GenerationMode mode, InferenceEndpoint endpoint)
        => _active[((int)mode * Wire.Endpoints.Length) + (int)endpoint];

    internal Counter LoadAttempts(LoadResult result, LoadKind kind)
        => _loadAttempts[((int)result * Wire.LoadAttemptKinds.Length) + (int)kind];
}

/// <summary>The series of a model that name the device that it computes on.</summary>
internal sealed class DeviceSeries
{
    private readonly InferenceFamilies _families;
    private readonly string _model;

    internal DeviceSeries(InferenceFamilies families, string model, DeviceKind device)
    {
        _families = families;
        _model = model;
        Device = device;
        var name = Wire.Devices[(int)device];
        FirstToken = [.. Wire.PromptSizes.Select(size => families.FirstToken.WithLabels(model, size, name))];
        LoadingTime = [.. Wire.LoadTimeKinds.Select(kind => families.LoadingTime.WithLabels(model, kind, name))];
    }

    internal DeviceKind Device { get; }

    internal Histogram[] FirstToken { get; }

    internal Histogram[] LoadingTime { get; }

    /// <summary>Removes what was never recorded in and is not the next device's too, after the model turned out to compute elsewhere.</summary>
    internal void RemoveUnused(DeviceSeries next)
    {
        var name = Wire.Devices[(int)Device];
        foreach (var (size, series) in FirstToken.Index())
        {
            if (series != next.FirstToken[size] && series.Count == 0)
                _families.FirstToken.Remove(_model, Wire.PromptSizes[size], name);
        }

        foreach (var (kind, series) in LoadingTime.Index())
        {
            if (series != next.LoadingTime[kind] && series.Count == 0)
                _families.LoadingTime.Remove(_model, Wire.LoadTimeKinds[kind], name);
        }
    }
}
