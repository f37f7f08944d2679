namespace Ryot.Metrics;

/// <summary>
/// The metrics of one device. One thread at a time records what the device told; a scrape shows the last sample while it is
/// fresh, and asks no device.
/// </summary>
public sealed class DeviceMetrics
{
    private const string Received = "rx";
    private const string Sent = "tx";

    private readonly RyotMetrics _owner;
    private readonly EnergyShares _shares;
    private readonly TimeSpan _staleAfter;
    private volatile Held? _last;
    private Counter? _eccErrors;
    private Counter? _pcieReplays;
    private Counter? _nvLinkReceived;
    private Counter? _nvLinkSent;
    private Counter? _nvLinkErrors;
    private DoubleCounter? _throttleTime;
    private DoubleCounter? _energy;

    internal DeviceMetrics(RyotMetrics owner, string deviceId, TimeSpan staleAfter)
    {
        _owner = owner;
        _staleAfter = staleAfter;
        _shares = new EnergyShares(owner, deviceId);
        DeviceId = deviceId;
        var families = owner.DeviceFamilies;
        families.Up.Compute(() => _last is null ? double.NaN : Fresh is null ? 0 : 1, deviceId);
        Show(families.Utilization, sample => sample.UtilizationPercent is { } percent ? Math.Clamp(percent, 0, 100) : null);
        Show(families.MemoryUsed, sample => sample.MemoryUsedBytes);
        Show(families.MemoryTotal, sample => sample.MemoryTotalBytes);
        Show(families.Temperature, sample => sample.TemperatureCelsius);
        Show(families.Power, sample => sample.PowerWatts);
        Show(families.Clock, sample => sample.SmClockHertz);
        Show(families.PcieThroughput, sample => sample.PcieReceivedBytesPerSecond, Received);
        Show(families.PcieThroughput, sample => sample.PcieSentBytesPerSecond, Sent);
    }

    /// <summary>The device's index or <c>cpu</c>, the value of label <c>device_id</c>.</summary>
    public string DeviceId { get; }

    /// <summary>The last sample, unless it is too old or the device has been down since.</summary>
    private DeviceSample? Fresh
        => _last is { Sample: { } sample } last && _owner.Clock.GetElapsedTime(last.Timestamp) <= _staleAfter ? sample : null;

    /// <summary>
    /// Records what the device told. Counters exist from the first sample on that has them. The energy is charged to the models
    /// by the share of the time since the sample before in which each one's engine was busy.
    /// </summary>
    public void Record(in DeviceSample sample)
    {
        if (!_owner.Recording)
            return;
        var families = _owner.DeviceFamilies;
        Add(ref _eccErrors, families.EccErrors, sample.NewEccErrors);
        Add(ref _pcieReplays, families.PcieReplays, sample.NewPcieReplays);
        Add(ref _nvLinkReceived, families.NvLinkTraffic, sample.NewNvLinkReceivedBytes, Received);
        Add(ref _nvLinkSent, families.NvLinkTraffic, sample.NewNvLinkSentBytes, Sent);
        Add(ref _nvLinkErrors, families.NvLinkErrors, sample.NewNvLinkErrors);
        if (sample.Throttled is { } throttled)
            (_throttleTime ??= families.ThrottleTime.WithLabels(DeviceId)).Add(throttled.TotalSeconds);
        var now = _owner.Clock.GetTimestamp();
        if (sample.EnergyJoules is { } joules)
        {
            (_energy ??= families.Energy.WithLabels(DeviceId)).Add(joules);
            _shares.Charge(joules, now);
        }

        _last = new Held(sample, now);
    }

    /// <summary>Records that the device does not answer: its gauges are absent until it does, and its counters stand still.</summary>
    public void RecordDown()
    {
        if (_owner.Recording)
            _last = new Held(null, 0);
    }

    /// <summary>
    /// Records critical errors that the driver reported by itself. Any thread may, also while the device does not answer; 0 lets the
    /// counter exist.
    /// </summary>
    public void RecordXidErrors(long count)
    {
        if (_owner.Recording)
            _owner.DeviceFamilies.XidErrors.WithLabels(DeviceId).Add(count);
    }

    private void Show(GaugeFamily family, Func<DeviceSample, double?> read, params ReadOnlySpan<string> labels)
        => family.Compute(() => Fresh is { } sample ? read(sample) ?? double.NaN : double.NaN, [DeviceId, .. labels]);

    private void Add(ref Counter? counter, CounterFamily family, long? amount, params ReadOnlySpan<string> labels)
    {
        if (amount is { } added)
            (counter ??= family.WithLabels([DeviceId, .. labels])).Add(added);
    }

    private sealed record Held(DeviceSample? Sample, long Timestamp);
}
