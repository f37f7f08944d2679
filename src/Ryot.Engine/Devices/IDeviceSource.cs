namespace Ryot.Engine.Devices;

/// <summary>A way to devices: a driver's library, or the kernel's files.</summary>
internal interface IDeviceSource
{
    /// <summary>What it is called in the log.</summary>
    string Name { get; }

    /// <summary>Finds the devices. May take long, or never return where a driver hangs.</summary>
    /// <returns>None where there is no such hardware.</returns>
    /// <exception cref="DeviceSourceException">There seems to be such hardware, but it cannot be looked at.</exception>
    IReadOnlyList<IDevice> Open();

    /// <summary>
    /// Tells of critical errors as the driver reports them, until it is told to stop. Returns early where it reports none; called once,
    /// on a thread of its own, after <see cref="Open"/>.
    /// </summary>
    void Watch(IDeviceErrors errors, CancellationToken stop)
    {
    }

    /// <summary>Lets go of what <see cref="Open"/> took, when no device is read or watched any more.</summary>
    void Close()
    {
    }
}

/// <summary>Is told of devices' critical errors.</summary>
internal interface IDeviceErrors
{
    /// <summary>A device's errors will be told from now on.</summary>
    void Begin(IDevice device);

    /// <summary>The driver reported an error.</summary>
    /// <param name="device">Whose.</param>
    /// <param name="code">Its number (Xid).</param>
    /// <param name="gpuInstanceId">The instance of a divided GPU that has it; null where it is the whole GPU's.</param>
    void Add(IDevice device, long code, uint? gpuInstanceId);
}

/// <summary>A device that can be read. One thread at a time.</summary>
internal interface IDevice
{
    /// <summary>What it is.</summary>
    DeviceIdentity Identity { get; }

    /// <summary>Reads everything that it tells. May take long, or never return where a driver hangs.</summary>
    /// <exception cref="DeviceLostException">It does not answer; the next attempt may succeed.</exception>
    DeviceReading Read();
}

/// <summary>What a device is.</summary>
/// <param name="Name">The product's name.</param>
public sealed record DeviceIdentity(string Name)
{
    /// <summary>Its unique id, as its driver gives it.</summary>
    public string? Uuid { get; init; }

    /// <summary>Where it is on the PCI bus, as <see cref="PciBusId"/> writes it; of a part of a GPU, where that GPU is.</summary>
    public string? BusId { get; init; }

    /// <summary>Which part of a GPU it is; null where it is a whole one.</summary>
    public MigInstance? Mig { get; init; }

    /// <summary>Its label in metrics where that does not follow from how GPUs are numbered.</summary>
    public string? FixedId { get; init; }
}

/// <summary>An instance of a divided GPU (MIG): a part of its multiprocessors and of its memory.</summary>
/// <param name="GpuUuid">The unique id of the GPU that it is a part of.</param>
/// <param name="GpuInstanceId">The number of its part of the memory.</param>
/// <param name="ComputeInstanceId">The number of its part of the multiprocessors, within the former.</param>
public sealed record MigInstance(string? GpuUuid, long? GpuInstanceId, long? ComputeInstanceId);

/// <summary>Devices cannot be looked at.</summary>
/// <param name="message">Why.</param>
public sealed class DeviceSourceException(string message) : Exception(message);

/// <summary>A device does not answer.</summary>
/// <param name="message">What its driver says.</param>
public sealed class DeviceLostException(string message) : Exception(message);
