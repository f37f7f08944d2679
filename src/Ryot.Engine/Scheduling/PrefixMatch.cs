namespace Ryot.Engine.Scheduling;

/// <summary>The longest beginning of a text whose keys and values are in the cache.</summary>
internal readonly struct PrefixMatch
{
    /// <summary>How many tokens of it; 0 when there is none.</summary>
    public int Length { get; init; }

    /// <summary>The slot that has them.</summary>
    public int Slot { get; init; }

    /// <summary>The last range of the sequence in that slot.</summary>
    public CellRange? Cells { get; init; }

    /// <summary>The sequence in that slot, if it has ended.</summary>
    public IdleSequence? Idle { get; init; }

    /// <summary>Whether a running prompt is about to compute more of it than there is: waiting for that is cheaper than computing it twice.</summary>
    public bool WillGrow { get; init; }

    /// <summary>Free cells that sharing takes up, because nobody who runs holds them yet.</summary>
    public int IdleCells => Cells is null ? 0 : KvCells.CountIdle(Cells, Length);
}
