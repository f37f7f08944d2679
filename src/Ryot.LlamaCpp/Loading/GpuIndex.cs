using Ryot.LlamaCpp.Interop;

namespace Ryot.LlamaCpp;

/// <summary>Counts the devices that are neither the processor nor work for it.</summary>
internal static class GpuIndex
{
    /// <summary>The index of the GPU that holds a buffer, -1 for the machine's own memory.</summary>
    internal static int Of(nint buffer)
    {
        if (NativeGgml.BufferIsHost(buffer) != 0) return -1;
        nint device = NativeGgml.BufferTypeDevice(NativeGgml.BufferType(buffer));
        return Gpus().ToList().IndexOf(device);
    }

    /// <summary>The device with an index, 0 when there is none.</summary>
    internal static nint Find(int index) => Gpus().ElementAtOrDefault(index);

    private static IEnumerable<nint> Gpus() =>
        Enumerable.Range(0, (int)NativeGgml.DeviceCount()).Select(static i => NativeGgml.DeviceGet((nuint)i))
            .Where(static device => (LlamaDeviceType)NativeGgml.DeviceType(device) is not (LlamaDeviceType.Cpu or LlamaDeviceType.Accelerator));
}
