using System.Globalization;
using Ryot.Engine.Devices;
using Ryot.Engine.Devices.Nvml;
using Ryot.Testing.Nvml;
using Xunit;

namespace Ryot.Engine.Tests.Devices;

public sealed class NvmlSourceTests
{
    private const string Full = """
        device
        uuid GPU-1
        name NVIDIA H100
        pci 00000000:C1:00.0
        total 80000
        used 30000
        used_v1 30500
        utilization 87
        power 250500
        energy 123456
        temperature 61
        memory_temperature 78
        sm_clock 1410
        throttle 0
        ecc_corrected 5
        ecc_uncorrected 2
        pcie_replays 3
        pcie_rx 7000
        pcie_tx 50
        nvlinks 1 0 1
        nvlink_rx 3
        nvlink_tx 2
        nvlink_errors 0:0:1 0:1:20 0:2:300 1:2:9999 2:3:4000
        processes 1:7 2:8
        """;

    [Fact]
    public void A_device_tells_what_it_is_and_everything_that_it_reads()
    {
        using var library = new NvmlStandIn(Full.Replace("processes 1:7", $"processes {Environment.ProcessId}:1000 1:7", StringComparison.Ordinal));
        var device = Assert.Single(Open(library));
        Assert.Equal(new DeviceIdentity("NVIDIA H100") { Uuid = "GPU-1", BusId = "0000:c1:00.0" }, device.Identity);
        Assert.Equal(
            new DeviceReading
            {
                MemoryTotalBytes = 80000,
                MemoryUsedBytes = 30000,
                OwnMemoryBytes = 1000,
                UtilizationPercent = 87,
                PowerWatts = 250.5,
                EnergyJoules = 123.456,
                TemperatureCelsius = 61,
                MemoryTemperatureCelsius = 78,
                SmClockHertz = 1.41e9,
                ThrottledBy = ThrottleReasons.None,
                CorrectedEccErrors = 5,
                UncorrectedEccErrors = 2,
                PcieReplays = 3,
                PcieReceivedBytesPerSecond = 7e6,
                PcieSentBytesPerSecond = 50e3,
                NvLinkReceivedBytes = 3072,
                NvLinkSentBytes = 2048,
                NvLinkErrors = 4321,
            },
            device.Read());
    }

    [Theory]
    [InlineData("nvlinks 0 0")]
    [InlineData("nvlinks !3")]
    public void Without_an_active_link_nothing_is_told_of_links(string links)
    {
        using var library = new NvmlStandIn(Full.Replace("nvlinks 1 0 1", links, StringComparison.Ordinal));
        var reading = Assert.Single(Open(library)).Read();
        Assert.Equal((null, null, null), (reading.NvLinkReceivedBytes, reading.NvLinkSentBytes, reading.NvLinkErrors));
    }

    [Fact]
    public void Links_may_lack_counters_and_their_errors_are_told_only_if_all_can_be_read()
    {
        using var library = new NvmlStandIn(Full.Replace("nvlink_errors 0:0:1", "nvlink_errors !3 0:0:1", StringComparison.Ordinal));
        var device = Assert.Single(Open(library));
        Assert.Equal((3072, null), (device.Read().NvLinkReceivedBytes, device.Read().NvLinkErrors));
        library.Answer(Full.Replace("2:3:4000", "2:3:!999", StringComparison.Ordinal));
        Assert.Null(device.Read().NvLinkErrors);
        library.Answer(Full.Replace("2:3:4000", "2:3:!3", StringComparison.Ordinal));
        Assert.Equal(321, device.Read().NvLinkErrors);
    }

    [Theory]
    [InlineData("nvlinks 1 0 1", "nvlinks 1 0 0")]
    [InlineData("2:3:4000", "2:3:!3")]
    public void A_link_that_is_gone_for_a_while_does_not_have_all_its_errors_anew(string up, string down)
    {
        using var library = new NvmlStandIn(Full);
        var device = Assert.Single(Open(library));
        Assert.Equal(4321, device.Read().NvLinkErrors);
        library.Answer(Full.Replace(up, down, StringComparison.Ordinal));
        Assert.Equal(4321, device.Read().NvLinkErrors);
        library.Answer(Full.Replace("2:3:4000", "2:3:4002", StringComparison.Ordinal));
        Assert.Equal(4323, device.Read().NvLinkErrors);
    }

    [Fact]
    public void Links_that_become_active_later_are_told()
    {
        using var library = new NvmlStandIn(Full.Replace("nvlinks 1 0 1", "nvlinks 0 0 0", StringComparison.Ordinal));
        var device = Assert.Single(Open(library));
        Assert.Null(device.Read().NvLinkReceivedBytes);
        library.Answer(Full);
        var reading = device.Read();
        Assert.Equal((3072, 4321), (reading.NvLinkReceivedBytes, reading.NvLinkErrors));
    }

    [Fact]
    public void An_old_driver_is_asked_by_its_old_functions_and_lacks_the_rest()
    {
        using var library = new NvmlStandIn(
            Full.Replace("00000000:C1", "0000:C1", StringComparison.Ordinal).Replace("1:7", $"{Environment.ProcessId}:77", StringComparison.Ordinal), old: true);
        var device = Assert.Single(Open(library));
        Assert.Equal("0000:c1:00.0", device.Identity.BusId);
        var reading = device.Read();
        Assert.Equal((80000, 30500, 77), (reading.MemoryTotalBytes, reading.MemoryUsedBytes, reading.OwnMemoryBytes));
        Assert.Equal((87, 250.5, null, null), (reading.UtilizationPercent, reading.PowerWatts, reading.EnergyJoules, reading.MemoryTemperatureCelsius));
    }

    [Fact]
    public void What_a_card_does_not_support_is_null_and_not_zero()
    {
        using var library = new NvmlStandIn("device\nuuid GPU-1\ntotal 80000\nused 0\npower !4\nenergy !999");
        var reading = Assert.Single(Open(library)).Read();
        Assert.Equal(new DeviceReading { MemoryTotalBytes = 80000, MemoryUsedBytes = 0 }, reading);
    }

    [Theory]
    [InlineData(0x1, ThrottleReasons.None)] // idle
    [InlineData(0x2 | 0x10 | 0x100, ThrottleReasons.None)] // clocks that somebody set
    [InlineData(0x4, ThrottleReasons.PowerCap)]
    [InlineData(0x8 | 0x80, ThrottleReasons.HardwareSlowdown | ThrottleReasons.PowerBrake)]
    [InlineData(0x20, ThrottleReasons.Thermal)]
    [InlineData(0x40, ThrottleReasons.Thermal)]
    public void Reasons_for_a_low_clock_are_told_apart_from_being_slowed_down(int bits, ThrottleReasons expected)
    {
        using var library = new NvmlStandIn(Full.Replace("throttle 0", "throttle " + bits.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal));
        Assert.Equal(expected, Assert.Single(Open(library)).Read().ThrottledBy);
    }

    [Theory]
    [InlineData("all !15", "GPU is lost (NVML error 15)")]
    [InlineData("power !15", "GPU is lost (NVML error 15)")]
    [InlineData("all !999", "Unknown Error (NVML error 999)")]
    public void A_device_that_fell_off_the_bus_says_so_and_can_come_back(string failure, string message)
    {
        using var library = new NvmlStandIn(Full);
        var device = Assert.Single(Open(library));
        Assert.Equal(61, device.Read().TemperatureCelsius);
        library.Answer(Full.Replace("power 250500", failure, StringComparison.Ordinal));
        Assert.Equal(message, Assert.Throws<DeviceLostException>(device.Read).Message);
        library.Answer(Full.Replace("temperature 61", "temperature 40", StringComparison.Ordinal));
        Assert.Equal(40, device.Read().TemperatureCelsius);
    }

    [Fact]
    public void A_device_that_comes_back_in_another_place_is_found_by_its_uuid()
    {
        using var library = new NvmlStandIn(Full);
        var device = Assert.Single(Open(library));
        library.Answer(Full + "\nall !15");
        Assert.Throws<DeviceLostException>(device.Read);
        library.Answer("device\nuuid GPU-2\ntemperature 1\n" + Full);
        Assert.Equal(61, device.Read().TemperatureCelsius);
        library.Answer("device\nuuid GPU-2\ntemperature 1\nall !15");
        Assert.Throws<DeviceLostException>(device.Read);
        Assert.Equal("Some Error (NVML error 6)", Assert.Throws<DeviceLostException>(device.Read).Message);
    }

    [Fact]
    public void Many_processes_are_all_looked_at()
    {
        var others = string.Join(' ', Enumerable.Range(1, 100).Select(pid => $"{pid}:1"));
        using var library = new NvmlStandIn(Full.Replace("processes 1:7 2:8", $"processes {others} {Environment.ProcessId}:55", StringComparison.Ordinal));
        Assert.Equal(55, Assert.Single(Open(library)).Read().OwnMemoryBytes);
    }

    [Theory]
    [InlineData("1:7")]
    [InlineData("self:18446744073709551615")]
    public void What_the_driver_does_not_know_of_this_process_is_null(string processes)
    {
        var list = processes.Replace("self", Environment.ProcessId.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal);
        using var library = new NvmlStandIn(Full.Replace("processes 1:7 2:8", "processes " + list, StringComparison.Ordinal));
        Assert.Null(Assert.Single(Open(library)).Read().OwnMemoryBytes);
    }

    [Fact]
    public void Several_devices_are_told_apart()
    {
        using var library = new NvmlStandIn(Full + "\ndevice\nuuid GPU-2\nname NVIDIA T4\npci 00000000:65:00.0\npower 9000");
        var devices = Open(library);
        Assert.Equal(["NVIDIA H100", "NVIDIA T4"], devices.Select(device => device.Identity.Name));
        Assert.Equal([250.5, 9], devices.Select(device => device.Read().PowerWatts));
    }

    [Fact]
    public void A_driver_that_cannot_be_talked_to_says_why()
    {
        using var library = new NvmlStandIn("init 18\n" + Full);
        Assert.Equal("Driver/library version mismatch (NVML error 18)", Assert.Throws<DeviceSourceException>(() => Open(library)).Message);
    }

    [Fact]
    public void A_configured_library_that_is_none_is_named()
    {
        var file = typeof(NvmlSourceTests).Assembly.Location;
        Assert.Contains(file, Assert.Throws<DeviceSourceException>(() => new NvmlSource(file).Open()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void After_closing_the_library_is_shut_down()
    {
        using var library = new NvmlStandIn(Full);
        var source = new NvmlSource(library.Path);
        var device = Assert.Single(source.Open());
        source.Close();
        Assert.Equal("Some Error (NVML error 1)", Assert.Throws<DeviceLostException>(device.Read).Message);
    }

    private static IReadOnlyList<IDevice> Open(NvmlStandIn library) => new NvmlSource(library.Path).Open();
}
