using Microsoft.Extensions.Time.Testing;
using Ryot.Engine.Devices;
using Ryot.Metrics;
using Xunit;

namespace Ryot.Engine.Tests.Devices;

public sealed class DeviceAccountTests
{
    private readonly FakeTimeProvider _clock = new();
    private readonly DeviceAccount _account;

    public DeviceAccountTests() => _account = new DeviceAccount(_clock, TimeSpan.FromSeconds(15));

    [Fact]
    public void A_meter_adds_what_it_grew_by_also_over_a_time_without_answers()
    {
        Assert.Equal(0, Add(new() { EnergyJoules = 5000 }).EnergyJoules);
        Assert.Equal(100, Add(new() { EnergyJoules = 5100 }, 5).EnergyJoules);
        Assert.Equal(900, Add(new() { EnergyJoules = 6000 }, 600).EnergyJoules);
    }

    [Fact]
    public void A_meter_that_begins_anew_adds_nothing_once()
    {
        Add(new() { EnergyJoules = 5000 });
        Assert.Equal(0, Add(new() { EnergyJoules = 10 }, 5).EnergyJoules);
        Assert.Equal(20, Add(new() { EnergyJoules = 30 }, 5).EnergyJoules);
    }

    [Fact]
    public void A_meter_that_cannot_be_read_once_is_made_up_for_and_not_counted_twice()
    {
        Add(new() { EnergyJoules = 5000, PowerWatts = 10 });
        Assert.Null(Add(new() { PowerWatts = 10 }, 5).EnergyJoules);
        Assert.Equal(100, Add(new() { EnergyJoules = 5100, PowerWatts = 10 }, 5).EnergyJoules);
    }

    [Fact]
    public void Without_a_meter_power_is_integrated_but_not_over_a_time_of_which_nothing_is_known()
    {
        Assert.Equal(0, Add(new() { PowerWatts = 100 }).EnergyJoules);
        Assert.Equal(750, Add(new() { PowerWatts = 200 }, 5).EnergyJoules);
        Assert.Equal(0, Add(new() { PowerWatts = 200 }, 16).EnergyJoules);
        Assert.Equal(1000, Add(new() { PowerWatts = 200 }, 5).EnergyJoules);
        Assert.Null(Add(new() { TemperatureCelsius = 1 }, 5).EnergyJoules);
        Assert.Equal(0, Add(new() { PowerWatts = 200 }, 5).EnergyJoules);
    }

    [Fact]
    public void Where_only_energy_is_told_power_is_its_mean()
    {
        Assert.Null(Add(new() { EnergyJoules = 10 }).PowerWatts);
        Assert.Equal(30, Add(new() { EnergyJoules = 160 }, 5).PowerWatts);
        Assert.Null(Add(new() { EnergyJoules = 1 }, 5).PowerWatts);
        Assert.Equal(7, Add(new() { EnergyJoules = 100, PowerWatts = 7 }, 5).PowerWatts);
    }

    [Fact]
    public void Time_under_throttling_counts_by_half_where_it_began_or_ended()
    {
        TimeSpan? Throttled(ThrottleReasons? reasons, double seconds) => Add(new() { ThrottledBy = reasons }, seconds).Throttled;

        Assert.Equal(TimeSpan.Zero, Throttled(ThrottleReasons.Thermal, 0));
        Assert.Equal(TimeSpan.FromSeconds(4), Throttled(ThrottleReasons.PowerCap | ThrottleReasons.Thermal, 4));
        Assert.Equal(TimeSpan.FromSeconds(2), Throttled(ThrottleReasons.None, 4));
        Assert.Equal(TimeSpan.Zero, Throttled(ThrottleReasons.None, 4));
        Assert.Equal(TimeSpan.Zero, Throttled(ThrottleReasons.Thermal, 16));
        Assert.Null(Throttled(null, 4));
        Assert.Equal(TimeSpan.Zero, Throttled(ThrottleReasons.Thermal, 4));
    }

    [Fact]
    public void Errors_of_both_kinds_are_counted_from_when_they_were_first_seen()
    {
        Assert.Equal(0, Add(new() { CorrectedEccErrors = 40, UncorrectedEccErrors = 2 }).NewEccErrors);
        Assert.Equal(3, Add(new() { CorrectedEccErrors = 42, UncorrectedEccErrors = 3 }, 5).NewEccErrors);
        Assert.Equal(0, Add(new() { CorrectedEccErrors = 1, UncorrectedEccErrors = 0 }, 5).NewEccErrors);
        Assert.Null(Add(new() { PowerWatts = 5 }, 5).NewEccErrors);
        Assert.Equal(4, Add(new() { CorrectedEccErrors = 5 }, 5).NewEccErrors);
    }

    [Fact]
    public void Errors_of_a_kind_that_cannot_be_read_once_are_not_counted_anew()
    {
        Add(new() { CorrectedEccErrors = 40, UncorrectedEccErrors = 200 });
        Assert.Equal(1, Add(new() { CorrectedEccErrors = 41 }, 5).NewEccErrors);
        Assert.Equal(3, Add(new() { CorrectedEccErrors = 42, UncorrectedEccErrors = 202 }, 5).NewEccErrors);
    }

    [Fact]
    public void Counts_of_links_add_what_they_grew_by_and_nothing_when_they_begin_anew()
    {
        static (long?, long?, long?, long?) Counts(DeviceSample sample) =>
            (sample.NewPcieReplays, sample.NewNvLinkReceivedBytes, sample.NewNvLinkSentBytes, sample.NewNvLinkErrors);

        var first = new DeviceReading { PcieReplays = 10, NvLinkReceivedBytes = 1000, NvLinkSentBytes = 2000, NvLinkErrors = 5 };
        Assert.Equal((0, 0, 0, 0), Counts(Add(first)));
        Assert.Equal(
            (1, 24, 48, 2), Counts(Add(new() { PcieReplays = 11, NvLinkReceivedBytes = 1024, NvLinkSentBytes = 2048, NvLinkErrors = 7 }, 5)));
        Assert.Equal((null, null, null, null), Counts(Add(new() { PowerWatts = 1 }, 5)));
        Assert.Equal((0, 0, 0, 0), Counts(Add(first with { NvLinkErrors = 6 }, 5)));
        Assert.Equal((1, 2, 3, 4), Counts(Add(new() { PcieReplays = 11, NvLinkReceivedBytes = 1002, NvLinkSentBytes = 2003, NvLinkErrors = 10 }, 5)));
    }

    [Fact]
    public void What_is_not_told_stays_untold_and_the_rest_is_passed_on()
    {
        Assert.Equal(default, Add(new()));
        Assert.Equal(
            new DeviceSample { UtilizationPercent = 1, MemoryUsedBytes = 2, MemoryTotalBytes = 3, TemperatureCelsius = 4, SmClockHertz = 5, PcieReceivedBytesPerSecond = 6, PcieSentBytesPerSecond = 7 },
            Add(new() { UtilizationPercent = 1, MemoryUsedBytes = 2, MemoryTotalBytes = 3, TemperatureCelsius = 4, SmClockHertz = 5, PcieReceivedBytesPerSecond = 6, PcieSentBytesPerSecond = 7 }, 5));
    }

    private DeviceSample Add(DeviceReading reading, double afterSeconds = 0)
    {
        _clock.Advance(TimeSpan.FromSeconds(afterSeconds));
        return _account.Add(reading);
    }
}
