using Ryot.Engine.Models;
using Ryot.LlamaCpp;
using Ryot.Metrics;

namespace Ryot.Engine.Llama;

/// <summary>
/// What a model has allocated, with the most that it ever had and with how full its devices are. Read on any thread without waiting:
/// the devices are asked at most once a second, by whichever reader comes first.
/// </summary>
internal sealed class MemoryFigures
{
    private static readonly TimeSpan _deviceInterval = TimeSpan.FromSeconds(1);

    private readonly Dictionary<string, long> _peaks = new(StringComparer.Ordinal);
    private readonly int _cells;
    private readonly string _dataType;
    private readonly Func<string, DeviceUsage> _readDevice;
    private readonly TimeProvider _clock;
    private ModelMemory _allocated = ModelMemory.Unknown;
    private Snapshot _snapshot;
    private int _refreshing;

    /// <param name="cells">Cells of the KV cache.</param>
    /// <param name="dataType">The data type of most weights.</param>
    /// <param name="readDevice">Tells how full a device is.</param>
    /// <param name="clock">Tells when a device has to be asked again.</param>
    public MemoryFigures(int cells, string dataType, Func<string, DeviceUsage> readDevice, TimeProvider clock)
    {
        _cells = cells;
        _dataType = dataType;
        _readDevice = readDevice;
        _clock = clock;
        _snapshot = new Snapshot(_allocated, _allocated, clock.GetTimestamp());
    }

    /// <summary>Takes in what is allocated now. One thread at a time.</summary>
    public void Update(IReadOnlyList<LlamaDeviceMemory> devices)
    {
        foreach (var device in devices)
            _peaks[device.DeviceId] = Math.Max(_peaks.GetValueOrDefault(device.DeviceId), device.TotalBytes);
        var kv = devices.Sum(device => device.KvCacheBytes);
        Volatile.Write(ref _allocated, new ModelMemory([.. devices.Select(Describe)], (double)kv / _cells, _dataType));
    }

    public ModelMemory Read()
    {
        var snapshot = Volatile.Read(ref _snapshot);
        var allocated = Volatile.Read(ref _allocated);
        var isFresh = ReferenceEquals(snapshot.Allocated, allocated) && _clock.GetElapsedTime(snapshot.Timestamp) < _deviceInterval;
        if (isFresh || Interlocked.Exchange(ref _refreshing, 1) == 1)
            return snapshot.Memory;
        try
        {
            var memory = allocated with { Devices = [.. allocated.Devices.Select(AddUsage)] };
            Volatile.Write(ref _snapshot, new Snapshot(allocated, memory, _clock.GetTimestamp()));
            return memory;
        }
        finally
        {
            Volatile.Write(ref _refreshing, 0);
        }
    }

    private DeviceMemory Describe(LlamaDeviceMemory device) => new(device.DeviceId)
    {
        WeightsBytes = device.WeightsBytes,
        KvCacheBytes = device.KvCacheBytes + device.RecurrentStateBytes,
        ActivationsBytes = device.ComputeBytes + device.OutputBytes,
        PeakBytes = _peaks[device.DeviceId],
    };

    private DeviceMemory AddUsage(DeviceMemory device)
    {
        var usage = _readDevice(device.DeviceId);
        return device with { DeviceUsedBytes = usage.UsedBytes, DeviceTotalBytes = usage.TotalBytes, UtilizationPercent = usage.UtilizationPercent };
    }

    private sealed record Snapshot(ModelMemory Allocated, ModelMemory Memory, long Timestamp);
}
