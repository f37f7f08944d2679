using System.Collections.Concurrent;

namespace Ryot.Engine.Devices;

/// <summary>What the devices told last. Written by those who sample them, read by anyone without waiting for a driver.</summary>
public sealed class DeviceReadings
{
    private readonly ConcurrentDictionary<string, DeviceState> _devices = new();

    /// <summary>All devices that were found, by their label in metrics.</summary>
    public IReadOnlyList<DeviceState> All => [.. _devices.Values.OrderBy(device => device.DeviceId.Length).ThenBy(device => device.DeviceId, StringComparer.Ordinal)];

    /// <summary>A device's state; null where it is not sampled.</summary>
    /// <param name="deviceId">Its label in metrics.</param>
    public DeviceState? Find(string deviceId) => _devices.GetValueOrDefault(deviceId);

    /// <summary>
    /// The instance of a divided GPU that this process uses: the only one that it sees, or the one where it has memory. Of those that
    /// share their memory, the one that tells it.
    /// </summary>
    /// <returns>Null where that cannot be told, or the GPU is not divided.</returns>
    internal DeviceState? FindInstance(DeviceIdentity gpu)
    {
        var instances = All.Where(device => device.Identity.Mig is { } mig && mig.GpuUuid == gpu.Uuid).ToList();
        if (instances.Count == 1)
            return instances[0];
        var own = instances.Find(instance => instance.Reading?.OwnMemoryBytes > 0);
        return own is { Reading.MemoryTotalBytes: null, Identity.Mig.GpuInstanceId: { } shared }
            ? instances.Find(instance => instance.Identity.Mig!.GpuInstanceId == shared && instance.Reading?.MemoryTotalBytes is not null)
            : own;
    }

    internal void Set(DeviceState state) => _devices[state.DeviceId] = state;
}

/// <summary>A device and what it told last.</summary>
/// <param name="DeviceId">Its label in metrics.</param>
/// <param name="Identity">What it is.</param>
public sealed record DeviceState(string DeviceId, DeviceIdentity Identity)
{
    /// <summary>What it told last; null while it does not answer.</summary>
    public DeviceReading? Reading { get; init; }

    /// <summary>When it told that, or when it was last found not to answer, as the clock's <see cref="TimeProvider.GetTimestamp"/>.</summary>
    public long Timestamp { get; init; }

    /// <summary>Why it does not answer; null while it does.</summary>
    public string? Failure { get; init; }

    /// <summary>The critical error that its driver reported last; null where there was none, or where it reports none.</summary>
    public XidError? LastXid { get; init; }
}

/// <summary>A critical error that a driver reported.</summary>
/// <param name="Code">Its number; NVIDIA's manual of Xid errors tells what it means.</param>
/// <param name="At">When it was reported.</param>
/// <param name="GpuInstanceId">The instance of a divided GPU that has it; null where it is the whole GPU's.</param>
public sealed record XidError(long Code, DateTimeOffset At, long? GpuInstanceId = null);
