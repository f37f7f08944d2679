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
    private Meter _correctedErrors;
    private Meter _uncorrectedErrors;
    private Meter _pcieReplays;
    private Meter _nvLinkReceived;
    private Meter _nvLinkSent;
    private Meter _nvLinkErrors;

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
            PcieReceivedBytesPerSecond = reading.PcieReceivedBytesPerSecond,
            PcieSentBytesPerSecond = reading.PcieSentBytesPerSecond,
            NewPcieReplays = _pcieReplays.Grow(reading.PcieReplays),
            NewNvLinkReceivedBytes = _nvLinkReceived.Grow(reading.NvLinkReceivedBytes),
            NewNvLinkSentBytes = _nvLinkSent.Grow(reading.NvLinkSentBytes),
            NewNvLinkErrors = _nvLinkErrors.Grow(reading.NvLinkErrors),
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

    /// <summary>Counted apart, so that a kind that cannot be read once is not counted anew the next time.</summary>
    private long? CountErrors(DeviceReading reading)
    {
        var (corrected, uncorrected) = (_correctedErrors.Grow(reading.CorrectedEccErrors), _uncorrectedErrors.Grow(reading.UncorrectedEccErrors));
        return corrected is null ? uncorrected : corrected + (uncorrected ?? 0);
    }

    private struct Meter
    {
        private long? _before;

        /// <summary>What was added since the reading before.</summary>
        public long? Grow(long? now)
        {
            if (now is not { } value)
                return null;
            var added = Math.Max(0, value - (_before ?? value));
            _before = value;
            return added;
        }
    }
}
