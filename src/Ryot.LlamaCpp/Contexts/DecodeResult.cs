namespace Ryot.LlamaCpp;

/// <summary>How a forward pass ended.</summary>
public enum DecodeResult
{
    /// <summary>Done; the outputs can be read.</summary>
    Ok = 0,

    /// <summary>The KV cache has no room for the batch; nothing was changed.</summary>
    NoSlot = 1,

    /// <summary>
    /// Stopped by <see cref="LlamaContext.AbortRequested"/>. Micro-batches that were done stay in the cache: ask
    /// <see cref="LlamaContext.PositionMax"/> what is there.
    /// </summary>
    Aborted = 2,

    /// <summary>
    /// The batch is empty, has an unknown token or a position that does not follow what the cache holds; nothing was changed.
    /// </summary>
    InvalidBatch = -1,

    /// <summary>Memory for the computation could not be allocated; micro-batches that were done stay in the cache.</summary>
    OutOfMemory = -2,

    /// <summary>The computation failed; micro-batches that were done stay in the cache.</summary>
    Failed = -3,
}
