namespace Ryot.Engine.Scheduling;

/// <summary>What a <see cref="CacheOperation"/> does.</summary>
public enum CacheOperationKind
{
    /// <summary>The slot loses all of its cells.</summary>
    Free,

    /// <summary>The slot keeps only its first cells.</summary>
    Shorten,

    /// <summary>The slot, which is empty, gets the first cells of another as well.</summary>
    Share,
}

/// <summary>A change to the KV cache that must be made before a pass computes anything; they are made in order.</summary>
/// <param name="Kind">What to do.</param>
/// <param name="Slot">The slot that changes.</param>
/// <param name="Source">The slot to share with.</param>
/// <param name="Length">How many cells to share or to keep, from position 0.</param>
public readonly record struct CacheOperation(CacheOperationKind Kind, int Slot, int Source, int Length)
{
    internal static CacheOperation Free(int slot) => new(CacheOperationKind.Free, slot, slot, 0);

    internal static CacheOperation Shorten(int slot, int length) => new(CacheOperationKind.Shorten, slot, slot, length);

    internal static CacheOperation Share(int slot, int source, int length) => new(CacheOperationKind.Share, slot, source, length);
}
