using System.Globalization;

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
        var (corrected, uncorrected) = ReadErrors();
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
            CorrectedEccErrors = corrected,
            UncorrectedEccErrors = uncorrected,
            PcieReplays = _folder.Number("pcie_replay_count"),
        };
        return reading == new DeviceReading() ? throw new DeviceLostException($"Nothing can be read in '{_folder.Path}'.") : reading;
    }

    /// <summary>
    /// The errors that the driver counts for each block of the GPU (memory, caches and others), one file each with lines <c>ue: 0</c>
    /// and <c>ce: 0</c>. Null also where one cannot be read just now, as the sum without it would seem to fall.
    /// </summary>
    private (long? Corrected, long? Uncorrected) ReadErrors()
    {
        var folder = _folder.Folder("ras");
        (long? Corrected, long? Uncorrected) sum = default;
        // Newer drivers have files of the second kind in place of the first.
        foreach (var file in folder.Files("*_err_count").Concat(folder.Files("aca_*")))
        {
            if (folder.Text(file) is not { } text)
                return default;
            var counts = false;
            foreach (var line in text.Split('\n'))
            {
                if (Count(line, "ce:") is { } corrected)
                    (sum.Corrected, counts) = ((sum.Corrected ?? 0) + corrected, true);
                else if (Count(line, "ue:") is { } uncorrected)
                    (sum.Uncorrected, counts) = ((sum.Uncorrected ?? 0) + uncorrected, true);
            }
            // While it resets the GPU, the driver writes that it cannot ask.
            if (!counts)
                return default;
        }
        return sum;
    }

    private static long? Count(string line, string kind) =>
        line.StartsWith(kind, StringComparison.Ordinal) && long.TryParse(line.AsSpan(kind.Length), CultureInfo.InvariantCulture, out var count) ? count : null;

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
