using System.Globalization;
using Ryot.Engine.Llama;
using Ryot.LlamaCpp;

namespace Ryot.Engine.Devices.Host;

/// <summary>The machine's processors and memory.</summary>
/// <param name="rapl">Meters the processors' energy.</param>
/// <param name="statFile">Linux' account of the processors' time.</param>
internal sealed class HostDevice(RaplMeter rapl, string statFile) : IDevice
{
    private const int IdleColumn = 3;
    private const int WaitingColumn = 4;
    private const int TimeColumns = 8;

    private (long Busy, long All)? _before;

    public DeviceIdentity Identity { get; } = new("the machine's processors and memory") { FixedId = LlamaDeviceMemory.Cpu };

    public DeviceReading Read()
    {
        var memory = HostMemory.Read();
        return new DeviceReading
        {
            UtilizationPercent = ReadUtilization(),
            MemoryUsedBytes = memory.TotalBytes > 0 ? memory.UsedBytes : null,
            MemoryTotalBytes = memory.TotalBytes > 0 ? memory.TotalBytes : null,
            EnergyJoules = rapl.Read(),
        };
    }

    /// <summary>The share of time that was not idle since the reading before.</summary>
    private double? ReadUtilization()
    {
        if (ReadTimes() is not { } now)
            return null;
        var before = _before;
        _before = now;
        return before is { } last && now.All > last.All ? 100d * (now.Busy - last.Busy) / (now.All - last.All) : null;
    }

    private (long Busy, long All)? ReadTimes()
    {
        try
        {
            // cpu user nice system idle iowait irq softirq steal ...; guests' time is in user's already.
            var columns = File.ReadLines(statFile).First().Split(' ', StringSplitOptions.RemoveEmptyEntries).Skip(1).Take(TimeColumns)
                .Select(column => long.Parse(column, CultureInfo.InvariantCulture)).ToArray();
            var all = columns.Sum();
            return (all - columns[IdleColumn] - columns[WaitingColumn], all);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or FormatException)
        {
            return null;
        }
    }
}
