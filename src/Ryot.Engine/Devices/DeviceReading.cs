namespace Ryot.Engine.Devices;

/// <summary>What a device tells at one moment. What it does not support, or does not let this process read, is null.</summary>
public sealed record DeviceReading
{
    /// <summary>Its utilization from 0 to 100.</summary>
    public double? UtilizationPercent { get; init; }

    /// <summary>Bytes of its memory that are in use, by whomever.</summary>
    public long? MemoryUsedBytes { get; init; }

    /// <summary>Bytes that its memory has.</summary>
    public long? MemoryTotalBytes { get; init; }

    /// <summary>Bytes of its memory that this process has; null also where its driver knows processes by other numbers, as in containers.</summary>
    public long? OwnMemoryBytes { get; init; }

    /// <summary>Its temperature, in degrees Celsius.</summary>
    public double? TemperatureCelsius { get; init; }

    /// <summary>The temperature of its memory, in degrees Celsius.</summary>
    public double? MemoryTemperatureCelsius { get; init; }

    /// <summary>The power that it draws, in watts.</summary>
    public double? PowerWatts { get; init; }

    /// <summary>Its energy meter, in joules; where it began is not defined.</summary>
    public double? EnergyJoules { get; init; }

    /// <summary>The clock of its multiprocessors, in hertz.</summary>
    public double? SmClockHertz { get; init; }

    /// <summary>What makes it slower than it could be.</summary>
    public ThrottleReasons? ThrottledBy { get; init; }

    /// <summary>Memory errors that were corrected; where the count began is not defined.</summary>
    public long? CorrectedEccErrors { get; init; }

    /// <summary>Memory errors that could not be corrected; where the count began is not defined.</summary>
    public long? UncorrectedEccErrors { get; init; }

    /// <summary>Bytes per second that it receives over PCI Express.</summary>
    public double? PcieReceivedBytesPerSecond { get; init; }

    /// <summary>Bytes per second that it sends over PCI Express.</summary>
    public double? PcieSentBytesPerSecond { get; init; }

    /// <summary>Transfers over PCI Express that had to be repeated; where the count began is not defined.</summary>
    public long? PcieReplays { get; init; }

    /// <summary>Bytes that it received over all its NVLinks; where the count began is not defined.</summary>
    public long? NvLinkReceivedBytes { get; init; }

    /// <summary>Bytes that it sent over all its NVLinks; where the count began is not defined.</summary>
    public long? NvLinkSentBytes { get; init; }

    /// <summary>Checksum errors, replays and recoveries of all its NVLinks; where the count began is not defined.</summary>
    public long? NvLinkErrors { get; init; }
}

/// <summary>Why a device is slower than it could be. Being idle, and clocks that somebody set, are none of them.</summary>
[Flags]
public enum ThrottleReasons
{
    /// <summary>It is not slowed down.</summary>
    None = 0,

    /// <summary>It draws all the power that it may.</summary>
    PowerCap = 1,

    /// <summary>It is too hot.</summary>
    Thermal = 2,

    /// <summary>Its hardware halves its clocks or worse, for heat or power.</summary>
    HardwareSlowdown = 4,

    /// <summary>The machine's power supply asks it to use less.</summary>
    PowerBrake = 8,
}
