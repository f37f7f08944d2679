using Ryot.Metrics;

namespace Ryot.Engine.Models;

/// <summary>What a loaded model has allocated.</summary>
/// <param name="Devices">One entry for each device that holds a part of it.</param>
/// <param name="KvBytesPerToken">Bytes that one token takes in the KV cache, over all devices; 0 for a model without such a cache.</param>
/// <param name="DataType">The data type of most weights, a value of label <c>dtype</c>, e.g. <c>float16</c>; empty when it is none of them.</param>
public sealed record ModelMemory(IReadOnlyList<DeviceMemory> Devices, double KvBytesPerToken, string DataType)
{
    /// <summary>Nothing is known.</summary>
    public static ModelMemory Unknown { get; } = new([], 0, "");
}
