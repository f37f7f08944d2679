using Ryot.Engine.Devices;
using Ryot.Engine.Devices.Sysfs;
using Xunit;

namespace Ryot.Engine.Tests.Devices;

public sealed class AmdSourceTests : IDisposable
{
    private readonly KernelFiles _files = new();

    public void Dispose() => _files.Dispose();

    [Fact]
    public void A_card_tells_what_it_is_and_everything_that_it_reads()
    {
        AddCard("card1");
        var device = Assert.Single(Open());
        Assert.Equal(new DeviceIdentity("Radeon PRO W7900") { Uuid = "a1b2", BusId = "0000:03:00.0" }, device.Identity);
        Assert.Equal(
            new DeviceReading
            {
                UtilizationPercent = 42,
                MemoryUsedBytes = 1000,
                MemoryTotalBytes = 48000,
                TemperatureCelsius = 51,
                MemoryTemperatureCelsius = 62,
                PowerWatts = 181.5,
                SmClockHertz = 2_304_000_000,
                CorrectedEccErrors = 12,
                UncorrectedEccErrors = 3,
                PcieReplays = 6,
            },
            device.Read());
    }

    [Fact]
    public void Errors_are_told_only_where_they_are_counted_and_only_if_all_can_be_read()
    {
        AddCard("card0");
        var device = Assert.Single(Open());
        _files.Write("class/drm/card0/device/ras/aca_umc", "ue: 100\nce: 1000\nde: 50000");
        Assert.Equal((1012, 103), (device.Read().CorrectedEccErrors, device.Read().UncorrectedEccErrors));
        // What the driver writes while it cannot ask that block.
        _files.Write("class/drm/card0/device/ras/aca_umc", "Query currently inaccessible");
        Assert.Equal((null, null), (device.Read().CorrectedEccErrors, device.Read().UncorrectedEccErrors));
        File.Delete(Path.Combine(_files.Path, "class/drm/card0/device/ras/aca_umc"));
        Assert.Equal((12, 3), (device.Read().CorrectedEccErrors, device.Read().UncorrectedEccErrors));
        var unreadable = Path.Combine(_files.Path, "class/drm/card0/device/ras/gone_err_count");
        File.CreateSymbolicLink(unreadable, "nothing");
        Assert.Equal((null, null), (device.Read().CorrectedEccErrors, device.Read().UncorrectedEccErrors));
        _files.Remove("class/drm/card0/device/ras");
        Assert.Equal((null, null), (device.Read().CorrectedEccErrors, device.Read().UncorrectedEccErrors));
    }

    [Fact]
    public void Connectors_and_other_vendors_cards_and_cards_without_memory_are_none()
    {
        AddCard("card0-DP-1");
        AddCard("card2");
        _files.Write("class/drm/card2/device/vendor", "0x10de");
        AddCard("card3");
        _files.Write("class/drm/card3/device/mem_info_vram_total", "0");
        Assert.Empty(Open());
    }

    [Fact]
    public void Where_there_is_no_such_folder_there_are_no_cards() => Assert.Empty(new AmdSource(Path.Combine(_files.Path, "none")).Open());

    [Fact]
    public void Cards_come_in_the_order_of_their_numbers()
    {
        AddCard("card10");
        AddCard("card9");
        _files.Write("class/drm/card9/device/product_name", "the first");
        Assert.Equal(["the first", "Radeon PRO W7900"], Open().Select(device => device.Identity.Name));
    }

    [Fact]
    public void What_a_card_does_not_have_is_null()
    {
        AddCard("card0");
        _files.Remove("class/drm/card0/device/hwmon");
        _files.Remove("class/drm/card0/device/ras");
        File.Delete(Path.Combine(_files.Path, "class/drm/card0/device/pcie_replay_count"));
        Assert.Equal(new DeviceReading { UtilizationPercent = 42, MemoryUsedBytes = 1000, MemoryTotalBytes = 48000 }, Assert.Single(Open()).Read());
    }

    [Fact]
    public void Power_is_the_mean_where_the_card_tells_one_and_else_that_of_now()
    {
        AddCard("card0");
        _files.Write("class/drm/card0/device/hwmon/hwmon5/power1_input", "90000000");
        Assert.Equal(181.5, Assert.Single(Open()).Read().PowerWatts);
        File.Delete(Path.Combine(_files.Path, "class/drm/card0/device/hwmon/hwmon5/power1_average"));
        Assert.Equal(90, Assert.Single(Open()).Read().PowerWatts);
    }

    [Fact]
    public void A_card_that_is_gone_says_so_and_can_come_back()
    {
        AddCard("card0");
        var device = Assert.Single(Open());
        _files.Remove("class/drm/card0");
        Assert.Throws<DeviceLostException>(device.Read);
        AddCard("card0");
        Assert.Equal(42, device.Read().UtilizationPercent);
    }

    private IReadOnlyList<IDevice> Open() => new AmdSource(_files.Path).Open();

    private void AddCard(string name)
    {
        foreach (var (file, text) in (ReadOnlySpan<(string, string)>)
        [
            ("vendor", "0x1002"), ("uevent", "DRIVER=amdgpu\nPCI_SLOT_NAME=0000:03:00.0"), ("product_name", "Radeon PRO W7900"), ("unique_id", "a1b2"),
            ("mem_info_vram_total", "48000"), ("mem_info_vram_used", "1000"), ("gpu_busy_percent", "42"),
            ("hwmon/hwmon5/temp1_label", "edge"), ("hwmon/hwmon5/temp1_input", "51000"), ("hwmon/hwmon5/temp2_label", "junction"),
            ("hwmon/hwmon5/temp2_input", "58000"), ("hwmon/hwmon5/temp3_label", "mem"), ("hwmon/hwmon5/temp3_input", "62000"),
            ("ras/umc_err_count", "ue: 1\nce: 10\nde: 50000"), ("ras/gfx_err_count", "ue: 2\nce: 2"), ("ras/features", "feature mask: 0x3fffb"),
            ("pcie_replay_count", "6"), ("hwmon/hwmon5/power1_average", "181500000"), ("hwmon/hwmon5/freq1_input", "2304000000"),
        ])
            _files.Write($"class/drm/{name}/device/{file}", text);
    }
}
