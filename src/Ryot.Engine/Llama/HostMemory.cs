using System.Globalization;

namespace Ryot.Engine.Llama;

/// <summary>The machine's own memory: what a container may use, where it is limited to less than the machine has.</summary>
internal static class HostMemory
{
    private const string MachineFile = "/proc/meminfo";
    private const string ContainerFolder = "/sys/fs/cgroup";

    public static DeviceUsage Read()
    {
        if (OperatingSystem.IsLinux())
            return Read(MachineFile, ContainerFolder);
        var info = GC.GetGCMemoryInfo();
        return new DeviceUsage(info.MemoryLoadBytes, info.TotalAvailableMemoryBytes);
    }

    /// <param name="machineFile">Linux' account of the machine's memory.</param>
    /// <param name="containerFolder">The files of the control group (version 2) that the process sees as its own.</param>
    public static DeviceUsage Read(string machineFile, string containerFolder)
    {
        long total = 0, available = 0;
        foreach (var line in Lines(machineFile))
        {
            if (line.StartsWith("MemTotal:", StringComparison.Ordinal))
                total = Number(line) * 1024;
            else if (line.StartsWith("MemAvailable:", StringComparison.Ordinal))
                available = Number(line) * 1024;
        }
        var limit = Number(Lines(Path.Combine(containerFolder, "memory.max")).FirstOrDefault());
        if (limit == 0 || limit >= total)
            return new DeviceUsage(total - available, total);

        // What was read from files and not used lately is given back when memory is short.
        var used = Number(Lines(Path.Combine(containerFolder, "memory.current")).FirstOrDefault());
        var spare = Lines(Path.Combine(containerFolder, "memory.stat")).FirstOrDefault(line => line.StartsWith("inactive_file ", StringComparison.Ordinal));
        return new DeviceUsage(Math.Max(0, used - Number(spare)), limit);
    }

    private static string[] Lines(string path)
    {
        try
        {
            return File.ReadAllLines(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    /// <summary>The number in a line, as in <c>MemTotal: 123 kB</c>; 0 where there is none, as in <c>max</c>.</summary>
    private static long Number(string? line)
    {
        var digits = new string([.. (line ?? "").SkipWhile(c => !char.IsAsciiDigit(c)).TakeWhile(char.IsAsciiDigit)]);
        return long.TryParse(digits, CultureInfo.InvariantCulture, out var number) ? number : 0;
    }
}
