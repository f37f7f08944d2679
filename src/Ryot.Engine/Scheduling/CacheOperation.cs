namespace Ryot.Engine.Scheduling;

/// <summary>A change to the KV cache that must be made before a pass computes anything; they are made in order.</summary>
/// <param name="Slot">The slot that changes.</param>
/// <param name="Source">The slot whose first cells it is to share; -1 frees the slot instead.</param>
/// <param name="Length">How many cells to share, from position 0.</param>
public readonly record struct CacheOperation(int Slot, int Source, int Length)
{
    /// <summary>Whether the slot gets another's cells; otherwise it loses all of its own.</summary>
    public bool IsShare => Source >= 0;

    internal static CacheOperation Free(int slot) => new(slot, -1, 0);
}
