namespace Ryot.Engine.Models;

/// <summary>What a model takes of one device.</summary>
/// <param name="DeviceId">The device's index (<c>0</c>, <c>1</c>, ...), or <c>cpu</c> for host memory.</param>
public readonly record struct DeviceMemory(string DeviceId)
{
    /// <summary>Bytes of the model's weights.</summary>
    public long WeightsBytes { get; init; }

    /// <summary>Bytes that the KV cache was given.</summary>
    public long KvCacheBytes { get; init; }

    /// <summary>Bytes for what is computed on the way.</summary>
    public long ActivationsBytes { get; init; }

    /// <summary>The most bytes that the model ever had there at once.</summary>
    public long PeakBytes { get; init; }

    /// <summary>Bytes of the device that are in use, by whomever; 0 when not known.</summary>
    public long DeviceUsedBytes { get; init; }

    /// <summary>Bytes that the device has; 0 when not known.</summary>
    public long DeviceTotalBytes { get; init; }
}

/// <summary>How the time of a forward pass is shared between kinds of operations, each from 0 to 1, together 1; NaN before it was measured.</summary>
/// <param name="MatMul">Matrix multiplications.</param>
/// <param name="Attention">Attention.</param>
/// <param name="Other">Everything else.</param>
public readonly record struct KernelShares(double MatMul, double Attention, double Other);
