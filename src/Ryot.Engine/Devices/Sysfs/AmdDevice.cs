namespace Ryot.Engine.Devices.Sysfs;

/// <summary>One AMD GPU.</summary>
internal sealed class AmdDevice : IDevice
{
    private const string SlotKey = "PCI_SLOT_NAME=";

    private readonly SysfsFolder _folder;

    public AmdDevice(SysfsFolder folder)
    {
        _folder = folder;
        var slot = folder.Text("uevent")?.Split('\n').FirstOrDefault(line => line.StartsWith(SlotKey, StringComparison.Ordinal));
        Identity = new DeviceIdentity(folder.Text("product_name") is { Length: > 0 } name ? name : "AMD GPU")
        {
            Uuid = folder.Text("unique_id"),
            BusId = PciBusId.Normalize(slot?[SlotKey.Length..]),
        };
    }

    public DeviceIdentity Identity { get; }

    public DeviceReading Read()
    {
        // The folder is found anew each time: its number changes when the driver is loaded again.
        var sensors = _folder.Folder("hwmon").Folders("hwmon*").FirstOrDefault();
        var reading = new DeviceReading
        {
            UtilizationPercent = _folder.Number("gpu_busy_percent"),
            MemoryUsedBytes = _folder.Number("mem_info_vram_used"),
            MemoryTotalBytes = _folder.Number("mem_info_vram_total"),
            TemperatureCelsius = Temperature(sensors, "edge") ?? Temperature(sensors, "junction"),
            MemoryTemperatureCelsius = Temperature(sensors, "mem"),
            PowerWatts = (sensors?.Number("power1_average") ?? sensors?.Number("power1_input")) / 1e6,
            SmClockHertz = sensors?.Number("freq1_input"),
        };
        return reading == new DeviceReading() ? throw new DeviceLostException($"Nothing can be read in '{_folder.Path}'.") : reading;
    }

    private static double? Temperature(SysfsFolder? sensors, string label)
    {
        for (var number = 1; sensors?.Text($"temp{number}_label") is { } text; number++)
        {
            if (text == label)
                return sensors.Number($"temp{number}_input") / 1000d;
        }
        return null;
    }
}
