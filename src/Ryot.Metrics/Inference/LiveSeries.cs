namespace Ryot.Metrics;

/// <summary>
/// The gauges that tell the live state of a loaded model. It is read once at the begin of each scrape, so that all of them tell the same
/// moment; while there is none, they are absent.
/// </summary>
internal sealed class LiveSeries
{
    private readonly MetricRegistry _registry;
    private readonly TokenRateWindow _rate;
    private volatile IModelState? _state;
    private ModelStateSnapshot? _snapshot;
    private string[] _devices = [];

    internal LiveSeries(RyotMetrics owner, string model, TokenRateWindow rate)
    {
        _registry = owner.Registry;
        _rate = rate;
        Busy = new BusyWindow(owner.Clock);
        var families = owner.Families;
        families.KvCapacity.Compute(() => _snapshot?.KvCapacityTokens ?? double.NaN, model);
        families.KvUsage.Compute(KvUsage, model);
        families.LastStep.Compute(() => _snapshot is { LastStepUnixSeconds: > 0 } state ? state.LastStepUnixSeconds : double.NaN, model);
        families.KvCacheSize.ComputeSeries(ShowKvCacheSize, model);
        families.GpuMemory.ComputeSeries(ShowMemory, model);
        families.GpuMemoryPercentage.ComputeSeries(ShowMemoryPercentage, model);
        families.GpuUtilization.ComputeSeries(ShowUtilization, model);
        families.TokenEfficiency.ComputeSeries(ShowEfficiency, model);
        _registry.BeforeScrape(ReadState);
    }

    /// <summary>The engine's busy time; written by its thread.</summary>
    internal BusyWindow Busy { get; }

    internal void Attach(IModelState? state) => _state = state;

    /// <summary>The engine's busy time so far, in the clock's ticks, and the devices that the model is on, or was on before it left memory.</summary>
    internal (long Ticks, string[] Devices) ReadBusy()
    {
        if (ReadNow() is not { } state)
            return (Busy.Total(0), Volatile.Read(ref _devices));
        if (state.Memory.Count > 0)
            Volatile.Write(ref _devices, [.. state.Memory.Select(device => device.DeviceId)]);
        return (Busy.Total(state.BusySince), Volatile.Read(ref _devices));
    }

    /// <summary>No scrape reads the state any more.</summary>
    internal void Retire() => _registry.RemoveBeforeScrape(ReadState);

    private void ReadState() => _snapshot = ReadNow();

    private ModelStateSnapshot? ReadNow()
    {
        try
        {
            return _state?.Read();
        }
        catch (Exception)
        {
            // The engine may just be going away; the scrape shows everything else.
            _registry.Drop(DropReason.ReadFailed);
            return null;
        }
    }

    private double KvUsage()
        => _snapshot is { KvCapacityTokens: > 0 } state ? (double)state.KvUsedTokens / state.KvCapacityTokens : double.NaN;

    private void ShowKvCacheSize(GaugeSeriesSet series)
    {
        if (_snapshot is not { KvBytesPerToken: > 0 } state)
            return;
        series.Show(
            state.KvUsedTokens * state.KvBytesPerToken,
            Wire.ContextLengths[Wire.ContextLength(state.LongestContextTokens)],
            Wire.BatchSizes[Wire.BatchSize(state.RunningSequences)]);
    }

    private void ShowMemory(GaugeSeriesSet series)
    {
        if (_snapshot is not { } state)
            return;
        foreach (var device in state.Memory)
        {
            series.Show(device.WeightsBytes, Wire.MemoryTypes[0], device.DeviceId);
            series.Show(device.KvCacheBytes, Wire.MemoryTypes[1], device.DeviceId);
            series.Show(device.ActivationsBytes, Wire.MemoryTypes[2], device.DeviceId);
            series.Show(device.PeakBytes, Wire.MemoryTypes[3], device.DeviceId);
        }
    }

    private void ShowMemoryPercentage(GaugeSeriesSet series)
    {
        if (_snapshot is not { } state)
            return;
        foreach (var device in state.Memory)
        {
            if (device.DeviceTotalBytes <= 0)
                continue;
            var taken = (double)device.WeightsBytes + device.KvCacheBytes + device.ActivationsBytes;
            series.Show(
                taken / device.DeviceTotalBytes * 100, device.DeviceId, Wire.BatchSizes[Wire.BatchSize(state.RunningSequences)]);
        }
    }

    private void ShowUtilization(GaugeSeriesSet series)
    {
        if (_snapshot is not { } state || !(state.Kernels.MatMul + state.Kernels.Attention + state.Kernels.Other > 0))
            return;
        foreach (var device in state.Memory)
        {
            var utilization = double.IsNaN(device.UtilizationPercent) ? Busy.Share(state.BusySince) * 100 : device.UtilizationPercent;
            utilization = Math.Clamp(utilization, 0, 100);
            series.Show(utilization * state.Kernels.MatMul, device.DeviceId, Wire.KernelTypes[0]);
            series.Show(utilization * state.Kernels.Attention, device.DeviceId, Wire.KernelTypes[1]);
            series.Show(utilization * state.Kernels.Other, device.DeviceId, Wire.KernelTypes[2]);
        }
    }

    private void ShowEfficiency(GaugeSeriesSet series)
    {
        if (_snapshot is not { Memory.Count: > 0 } state)
            return;
        var holder = state.Memory.MaxBy(device => device.WeightsBytes);
        if (holder.DeviceTotalBytes <= 0 || holder.DeviceUsedBytes <= 0)
            return;
        var usedPercent = (double)holder.DeviceUsedBytes / holder.DeviceTotalBytes * 100;
        var dataType = Array.IndexOf(Wire.DataTypes, state.DataType) is var known and >= 0 ? Wire.DataTypes[known] : "";
        foreach (var (size, name) in Wire.BatchSizes.Index())
            series.Show(_rate.Rate(TokenRateWindow.WindowSeconds[0], size) / usedPercent, name, dataType);
    }
}
