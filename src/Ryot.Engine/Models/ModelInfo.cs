using Ryot.Metrics;

namespace Ryot.Engine.Models;

/// <summary>What a loaded model is and what it can hold.</summary>
public sealed record ModelInfo
{
    /// <summary>Architecture as the file names it, for example <c>llama</c>.</summary>
    public required string Architecture { get; init; }

    /// <summary>Quantization, for example <c>Q8_0</c>.</summary>
    public required string Quantization { get; init; }

    /// <summary>Number of parameters.</summary>
    public required long Parameters { get; init; }

    /// <summary>Size of the tensors in bytes.</summary>
    public required long SizeBytes { get; init; }

    /// <summary>Context that the model was trained with, in tokens.</summary>
    public required int TrainedContextLength { get; init; }

    /// <summary>Where the model's layers are computed.</summary>
    public required DeviceKind Device { get; init; }

    /// <summary>Cells of the KV cache: tokens that all sequences together can hold.</summary>
    public required int KvCapacity { get; init; }

    /// <summary>Most tokens that one sequence can hold, prompt included; at most <see cref="KvCapacity"/>.</summary>
    public required int MaxSequenceLength { get; init; }

    /// <summary>Most sequences that can run at once.</summary>
    public required int MaxSequences { get; init; }

    /// <summary>
    /// Sequences beside the running ones whose cells can be kept for reuse; slots are 0 to <see cref="MaxSequences"/> plus this - 1.
    /// 0 where cells cannot be shared.
    /// </summary>
    public int CachedSequences { get; init; }

    /// <summary>
    /// After how many computed tokens attending over a cell that is only kept for reuse has cost as much as computing it again:
    /// the operations of a token's weights over those of attending to one cell.
    /// </summary>
    public double CacheKeepTokens { get; init; } = double.MaxValue;

    /// <summary>Most cells that may be kept for reuse alone.</summary>
    public int CachedTokens { get; init; }

    /// <summary>Most tokens in one forward pass; at least <see cref="MaxSequences"/>.</summary>
    public required int MaxBatchTokens { get; init; }
}
