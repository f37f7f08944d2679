namespace Ryot.Metrics;

/// <summary>
/// What one device told at one moment. What it does not tell is null, and its series are absent; it is never 0 in place of that.
/// </summary>
public readonly record struct DeviceSample
{
    /// <summary>Its utilization from 0 to 100.</summary>
    public double? UtilizationPercent { get; init; }

    /// <summary>Bytes of its memory that are in use, by whomever.</summary>
    public long? MemoryUsedBytes { get; init; }

    /// <summary>Bytes that its memory has.</summary>
    public long? MemoryTotalBytes { get; init; }

    /// <summary>Its temperature, in degrees Celsius.</summary>
    public double? TemperatureCelsius { get; init; }

    /// <summary>The power that it draws, in watts.</summary>
    public double? PowerWatts { get; init; }

    /// <summary>The clock of its multiprocessors, in hertz.</summary>
    public double? SmClockHertz { get; init; }

    /// <summary>Bytes per second that it receives over PCI Express.</summary>
    public double? PcieReceivedBytesPerSecond { get; init; }

    /// <summary>Bytes per second that it sends over PCI Express.</summary>
    public double? PcieSentBytesPerSecond { get; init; }

    /// <summary>Transfers over PCI Express that were repeated since the sample before; 0 in the first one.</summary>
    public long? NewPcieReplays { get; init; }

    /// <summary>Bytes that it received over NVLink since the sample before; 0 in the first one.</summary>
    public long? NewNvLinkReceivedBytes { get; init; }

    /// <summary>Bytes that it sent over NVLink since the sample before; 0 in the first one.</summary>
    public long? NewNvLinkSentBytes { get; init; }

    /// <summary>Errors of its NVLinks since the sample before; 0 in the first one.</summary>
    public long? NewNvLinkErrors { get; init; }

    /// <summary>Memory errors that it found since the sample before; 0 in the first one.</summary>
    public long? NewEccErrors { get; init; }

    /// <summary>How long it was slowed down since the sample before; zero in the first one.</summary>
    public TimeSpan? Throttled { get; init; }

    /// <summary>Energy that it used since the sample before, in joules; 0 in the first one.</summary>
    public double? EnergyJoules { get; init; }
}
