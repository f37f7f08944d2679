using System.Globalization;
using Ryot.LlamaCpp;

namespace Ryot.Engine.Llama;

/// <summary>How full a device's memory is, by whomever.</summary>
/// <param name="UsedBytes">Bytes in use.</param>
/// <param name="TotalBytes">Bytes in all; 0 when it is not known.</param>
internal readonly record struct DeviceUsage(long UsedBytes, long TotalBytes)
{
    /// <summary>Asks a device.</summary>
    /// <param name="deviceId"><c>cpu</c>, or the index of a GPU.</param>
    public static DeviceUsage Read(string deviceId)
    {
        if (deviceId == LlamaDeviceMemory.Cpu)
            return HostMemory.Read();
        var (free, total) = LlamaLibrary.GetGpuMemory(int.Parse(deviceId, CultureInfo.InvariantCulture));
        return new DeviceUsage(total - free, total);
    }
}
