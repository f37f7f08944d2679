namespace Ryot.LlamaCpp;

/// <summary>What kind of device ggml computes on.</summary>
public enum LlamaDeviceType
{
    /// <summary>The processor, with the machine's memory.</summary>
    Cpu = 0,

    /// <summary>A graphics card with memory of its own.</summary>
    Gpu = 1,

    /// <summary>A graphics unit that shares the machine's memory.</summary>
    IntegratedGpu = 2,

    /// <summary>An accelerator that works together with the processor (BLAS, AMX).</summary>
    Accelerator = 3,

    /// <summary>Several devices that ggml presents as one.</summary>
    Meta = 4,
}

/// <summary>A device that ggml found on this machine, with its memory at the time of the call.</summary>
/// <param name="Name">ggml's short name, e.g. <c>CPU</c> or <c>CUDA0</c>.</param>
/// <param name="Description">The product's name, e.g. the processor's model.</param>
/// <param name="Type">What kind of device it is.</param>
/// <param name="MemoryFree">Free memory in bytes.</param>
/// <param name="MemoryTotal">All memory in bytes.</param>
/// <param name="HardwareId">The PCI bus id (<c>0000:c1:00.0</c>), where the device has one.</param>
/// <param name="Backend">The name of the backend that drives it, e.g. <c>CPU</c>, <c>CUDA</c>.</param>
public sealed record LlamaDevice(
    string Name, string Description, LlamaDeviceType Type, long MemoryFree, long MemoryTotal, string? HardwareId, string Backend);
