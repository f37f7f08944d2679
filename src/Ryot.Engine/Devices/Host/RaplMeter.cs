using Ryot.Engine.Devices.Sysfs;

namespace Ryot.Engine.Devices.Host;

/// <summary>
/// The energy of the machine's processors, as RAPL meters each package. Its counters begin anew when they are full, after some
/// minutes to hours, so they must be read more often than that.
/// </summary>
/// <param name="root">Where the kernel shows its devices, usually <c>/sys</c>.</param>
internal sealed class RaplMeter(string root)
{
    private readonly Dictionary<string, long> _before = [];
    private readonly SysfsFolder _zones = new(Path.Combine(root, "class", "powercap"));
    private double _joules;

    /// <summary>Joules since the first reading; null where no package can be read. One thread at a time.</summary>
    public double? Read()
    {
        var found = false;
        foreach (var zone in _zones.Folders("intel-rapl:*"))
        {
            // Parts of a package (intel-rapl:0:0) are in it already, and the whole platform (psys) holds the packages.
            if (zone.Text("name")?.StartsWith("package", StringComparison.Ordinal) is not true || zone.Number("energy_uj") is not { } microjoules)
                continue;
            found = true;
            var before = _before.GetValueOrDefault(zone.Name, microjoules);
            if (microjoules < before)
                before -= zone.Number("max_energy_range_uj") ?? before;
            _joules += (microjoules - before) / 1e6;
            _before[zone.Name] = microjoules;
        }
        return found ? _joules : null;
    }
}
