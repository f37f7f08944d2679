using Ryot.Metrics;

namespace Ryot.Engine.Devices;

/// <summary>
/// Turns a device's readings, one after the other, into samples: what grows is told as what was added, and what only has a rate is
/// integrated over time. A meter that falls has begun anew, as it does when a driver is loaded again, and adds nothing that once.
/// </summary>
/// <param name="clock">The clock of the readings.</param>
/// <param name="longestGap">Between readings that are further apart, nothing is known of what has only a rate.</param>
internal sealed class DeviceAccount(TimeProvider clock, TimeSpan longestGap)
{
    private DeviceReading? _before;
    private long _at;
    private double? _meter;
    private long? _errors;

    public DeviceSample Add(DeviceReading reading)
    {
        var now = clock.GetTimestamp();
        var gap = _before is null ? TimeSpan.Zero : clock.GetElapsedTime(_at, now);
        var sample = new DeviceSample
        {
            UtilizationPercent = reading.UtilizationPercent,
            MemoryUsedBytes = reading.MemoryUsedBytes,
            MemoryTotalBytes = reading.MemoryTotalBytes,
            TemperatureCelsius = reading.TemperatureCelsius,
            SmClockHertz = reading.SmClockHertz,
            PowerWatts = reading.PowerWatts ?? MeanPower(reading, gap),
            NewEccErrors = CountErrors(reading),
            Throttled = MeasureThrottling(reading, gap),
            EnergyJoules = MeasureEnergy(reading, gap),
        };
        _meter = reading.EnergyJoules ?? _meter;
        (_before, _at) = (reading, now);
        return sample;
    }

    private double? MeanPower(DeviceReading reading, TimeSpan gap) =>
        gap > TimeSpan.Zero && reading.EnergyJoules - _meter is { } joules and >= 0 ? joules / gap.TotalSeconds : null;

    private double? MeasureEnergy(DeviceReading reading, TimeSpan gap)
    {
        if (reading.EnergyJoules is { } meter)
            return Math.Max(0, meter - (_meter ?? meter));
        // A meter that just could not be read tells all of it next time.
        if (_meter is not null || reading.PowerWatts is not { } watts)
            return null;
        return _before?.PowerWatts is { } before && gap <= longestGap ? (before + watts) / 2 * gap.TotalSeconds : 0;
    }

    private TimeSpan? MeasureThrottling(DeviceReading reading, TimeSpan gap)
    {
        if (reading.ThrottledBy is not { } now)
            return null;
        if (_before?.ThrottledBy is not { } before || gap > longestGap)
            return TimeSpan.Zero;
        return gap * (((before != ThrottleReasons.None ? 1 : 0) + (now != ThrottleReasons.None ? 1 : 0)) / 2d);
    }

    private long? CountErrors(DeviceReading reading)
    {
        if (reading.CorrectedEccErrors is null && reading.UncorrectedEccErrors is null)
            return null;
        var errors = (reading.CorrectedEccErrors ?? 0) + (reading.UncorrectedEccErrors ?? 0);
        var added = Math.Max(0, errors - (_errors ?? errors));
        _errors = errors;
        return added;
    }
}
