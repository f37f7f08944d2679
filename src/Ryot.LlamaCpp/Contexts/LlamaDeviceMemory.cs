namespace Ryot.LlamaCpp;

/// <summary>What a model and its context have allocated on one device, in bytes.</summary>
/// <param name="DeviceId"><c>cpu</c> for the machine's own memory, else the index of the GPU.</param>
public readonly record struct LlamaDeviceMemory(string DeviceId)
{
    /// <summary>The id of the machine's own memory.</summary>
    public const string Cpu = "cpu";

    /// <summary>The model's weights. Of a mapped file: the part that holds the tensors.</summary>
    public long WeightsBytes { get; init; }

    /// <summary>The keys and values of all cells, used or not.</summary>
    public long KvCacheBytes { get; init; }

    /// <summary>The states of recurrent layers, which do not grow with the tokens.</summary>
    public long RecurrentStateBytes { get; init; }

    /// <summary>Buffers for the intermediate results of a pass.</summary>
    public long ComputeBytes { get; init; }

    /// <summary>The buffer for the results of a pass: the logits of its outputs. Always the machine's own memory.</summary>
    public long OutputBytes { get; init; }

    /// <summary>The sum of all.</summary>
    public long TotalBytes => WeightsBytes + KvCacheBytes + RecurrentStateBytes + ComputeBytes + OutputBytes;
}
