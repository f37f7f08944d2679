namespace Ryot.LlamaCpp;

/// <summary>When llama.cpp uses flash attention.</summary>
public enum FlashAttention
{
    /// <summary>llama.cpp decides by device and model.</summary>
    Auto = -1,

    /// <summary>Never.</summary>
    Disabled = 0,

    /// <summary>Always; the KV cache's values can then be quantized.</summary>
    Enabled = 1,
}

/// <summary>How a context is made. llama.cpp may round lengths up; the context tells what it got.</summary>
public sealed record LlamaContextOptions
{
    /// <summary>The types that a KV cache can have.</summary>
    public static IReadOnlyList<GgmlType> KvTypes { get; } =
    [
        GgmlType.F16, GgmlType.F32, GgmlType.BF16, GgmlType.Q8_0, GgmlType.Q5_0, GgmlType.Q5_1, GgmlType.Q4_0, GgmlType.Q4_1, GgmlType.IQ4_NL,
    ];

    /// <summary>KV cells in all, in tokens; 0 takes the length that the model was trained with.</summary>
    public int ContextLength { get; init; }

    /// <summary>The most tokens that one <see cref="LlamaContext.Decode"/> takes; at least <see cref="MaxSequences"/>.</summary>
    public int BatchSize { get; init; } = 2048;

    /// <summary>The most tokens that one forward pass computes; larger batches are split.</summary>
    public int MicroBatchSize { get; init; } = 512;

    /// <summary>How many sequences the context keeps apart; their ids run from 0.</summary>
    public int MaxSequences { get; init; } = 1;

    /// <summary>
    /// The most tokens of one batch whose logits are wanted, at least <see cref="MaxSequences"/>; 0 is all of <see cref="BatchSize"/>.
    /// Compute buffers have room for so many times the vocabulary: 300 MB for 512 tokens of a vocabulary of 150,000.
    /// </summary>
    public int MaxOutputs { get; init; }

    /// <summary>Threads for batches of one token; 1 to 512.</summary>
    public int Threads { get; init; } = 1;

    /// <summary>Threads for batches of several tokens; 1 to 512.</summary>
    public int BatchThreads { get; init; } = 1;

    /// <summary>
    /// True to let all sequences share the cells: copying a prefix is free, but each sequence attends over all cells in use.
    /// False gives each sequence an equal part for itself.
    /// </summary>
    public bool KvUnified { get; init; }

    /// <summary>The data type of the cache's keys.</summary>
    public GgmlType KvTypeK { get; init; } = GgmlType.F16;

    /// <summary>The data type of the cache's values. A quantized one needs flash attention.</summary>
    public GgmlType KvTypeV { get; init; } = GgmlType.F16;

    /// <summary>When flash attention is used.</summary>
    public FlashAttention FlashAttention { get; init; } = FlashAttention.Auto;

    /// <summary>True to output embeddings of all tokens.</summary>
    public bool Embeddings { get; init; }

    /// <summary>True to keep the KV cache on the GPU, where there is one.</summary>
    public bool OffloadKqv { get; init; } = true;

    /// <summary>True to leave out llama.cpp's own timings (<see cref="LlamaContext.Timings"/>).</summary>
    public bool NoPerf { get; init; } = true;

    /// <summary>
    /// True to allow a <see cref="LlamaContext.GraphObserver"/>. While none is set this costs one call per graph node.
    /// </summary>
    public bool ObserveGraph { get; init; }

    internal void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfNegative(ContextLength);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(BatchSize);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(MicroBatchSize);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(MaxSequences);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(MaxSequences, LlamaLibrary.MaxParallelSequences);
        ArgumentOutOfRangeException.ThrowIfNegative(MaxOutputs);

        // llama.cpp asserts that every sequence can have an output, and an assertion ends the process.
        ArgumentOutOfRangeException.ThrowIfLessThan(BatchSize, MaxSequences);
        if (MaxOutputs > 0)
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(MaxOutputs, MaxSequences);
            if (Embeddings) throw new ArgumentOutOfRangeException(nameof(MaxOutputs), MaxOutputs, "With embeddings every token is an output.");
        }

        CheckThreads(Threads, nameof(Threads));
        CheckThreads(BatchThreads, nameof(BatchThreads));
        CheckKvType(KvTypeK, nameof(KvTypeK));
        CheckKvType(KvTypeV, nameof(KvTypeV));
    }

    internal static void CheckThreads(int threads, string name)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(threads, name);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(threads, Interop.ThreadPoolParams.MaxThreads, name);
    }

    // llama.cpp aborts the process on a cache of a type that it cannot compute with.
    private static void CheckKvType(GgmlType type, string name)
    {
        if (!KvTypes.Contains(type))
        {
            throw new ArgumentOutOfRangeException(name, type, $"A KV cache cannot have this type, but one of {string.Join(", ", KvTypes)}.");
        }
    }
}
