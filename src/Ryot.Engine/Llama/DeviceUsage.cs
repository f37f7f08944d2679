using System.Globalization;
using Ryot.Engine.Devices;
using Ryot.LlamaCpp;

namespace Ryot.Engine.Llama;

/// <summary>How full a device's memory is and how busy it is, by whomever.</summary>
/// <param name="UsedBytes">Bytes in use.</param>
/// <param name="TotalBytes">Bytes in all; 0 when it is not known.</param>
/// <param name="UtilizationPercent">Its utilization from 0 to 100; NaN when it is not known.</param>
internal readonly record struct DeviceUsage(long UsedBytes, long TotalBytes, double UtilizationPercent = double.NaN)
{
    /// <summary>Reads a device. A driver is asked only where nothing samples the device, since drivers may hang.</summary>
    /// <param name="deviceId"><c>cpu</c>, or the index of a GPU.</param>
    /// <param name="devices">What was sampled.</param>
    public static DeviceUsage Read(string deviceId, DeviceReadings devices)
    {
        if (deviceId == LlamaDeviceMemory.Cpu)
            return HostMemory.Read();
        if (devices.Find(deviceId) is { } sampled)
        {
            // The memory of a divided GPU is told by its instances, of which a process can use one.
            var memory = sampled.Reading?.MemoryTotalBytes is null ? devices.FindInstance(sampled.Identity)?.Reading : sampled.Reading;
            var utilization = sampled.Reading?.UtilizationPercent ?? double.NaN;
            return memory is { MemoryTotalBytes: { } totalBytes, MemoryUsedBytes: { } usedBytes }
                ? new DeviceUsage(usedBytes, totalBytes, utilization)
                : new DeviceUsage(0, 0, utilization);
        }
        var (free, total) = LlamaLibrary.GetGpuMemory(int.Parse(deviceId, CultureInfo.InvariantCulture));
        return new DeviceUsage(total - free, total);
    }
}
