using Ryot.Engine.Devices.Host;
using Xunit;

namespace Ryot.Engine.Tests.Devices;

public sealed class HostDeviceTests : IDisposable
{
    private readonly KernelFiles _files = new();

    public void Dispose() => _files.Dispose();

    [Fact]
    public void Packages_add_up_and_their_parts_and_the_platform_are_not_counted_again()
    {
        Zone("intel-rapl:0", "package-0", 5_000_000);
        Zone("intel-rapl:0:0", "core", 4_000_000);
        Zone("intel-rapl:1", "package-1", 70_000_000);
        Zone("intel-rapl:2", "psys", 900_000_000);
        var meter = new RaplMeter(_files.Path);
        Assert.Equal(0, meter.Read());

        Zone("intel-rapl:0", "package-0", 6_500_000);
        Zone("intel-rapl:0:0", "core", 5_000_000);
        Zone("intel-rapl:1", "package-1", 72_000_000);
        Zone("intel-rapl:2", "psys", 950_000_000);
        Assert.Equal(3.5, meter.Read());
    }

    [Fact]
    public void A_counter_that_is_full_goes_on_from_zero()
    {
        Zone("intel-rapl:0", "package-0", 262_000_000);
        var meter = new RaplMeter(_files.Path);
        Assert.Equal(0, meter.Read());
        Zone("intel-rapl:0", "package-0", 1_000_000);
        Assert.Equal(1.143328, meter.Read()!.Value, 1e-9);
    }

    [Fact]
    public void What_may_not_be_read_is_no_energy_of_zero()
    {
        Assert.Null(new RaplMeter(_files.Path).Read());
        Zone("intel-rapl:0", "package-0", 1);
        File.Delete(Path.Combine(_files.Path, "class/powercap/intel-rapl:0/energy_uj"));
        Assert.Null(new RaplMeter(_files.Path).Read());
    }

    [Fact]
    public void Utilization_is_the_share_of_time_that_was_not_idle_between_two_readings()
    {
        _files.Write("stat", "cpu  100 0 50 800 50 0 0 0 30 0\ncpu0 1 1 1 1 1");
        var device = new HostDevice(new RaplMeter(_files.Path), Path.Combine(_files.Path, "stat"));
        Assert.Null(device.Read().UtilizationPercent);
        _files.Write("stat", "cpu  125 5 60 850 60 0 0 0 90 0\ncpu0 1 1 1 1 1");
        Assert.Equal(40, device.Read().UtilizationPercent);
        Assert.Null(device.Read().UtilizationPercent);
    }

    [Fact]
    public void It_has_the_memory_of_this_machine_and_the_label_of_the_processor()
    {
        var device = new HostDevice(new RaplMeter(_files.Path), Path.Combine(_files.Path, "stat"));
        var reading = device.Read();
        Assert.Equal("cpu", device.Identity.FixedId);
        Assert.InRange(reading.MemoryUsedBytes!.Value, 1, reading.MemoryTotalBytes!.Value);
        Assert.Null(reading.UtilizationPercent);
        Assert.Null(reading.EnergyJoules);
    }

    private void Zone(string folder, string name, long microjoules)
    {
        _files.Write($"class/powercap/{folder}/name", name);
        _files.Write($"class/powercap/{folder}/energy_uj", $"{microjoules}");
        _files.Write($"class/powercap/{folder}/max_energy_range_uj", "262143328");
    }
}
