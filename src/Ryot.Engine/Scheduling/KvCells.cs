namespace Ryot.Engine.Scheduling;

/// <summary>Accounts for every cell of the KV cache: who holds it, and what is promised to whom.</summary>
/// <param name="capacity">How many cells there are.</param>
internal sealed class KvCells(int capacity)
{
    /// <summary>Cells that hold a token.</summary>
    public int Held { get; private set; }

    /// <summary>Those of them that running sequences hold. The others are only kept for reuse.</summary>
    public int Active { get; private set; }

    /// <summary>Cells that running sequences may still fill.</summary>
    public int Promised { get; private set; }

    /// <summary>Cells that can be promised. Those that are only kept for reuse are among them, since they can be given up.</summary>
    public int Free => capacity - Active - Promised;

    /// <summary>Cells that must be given up before all promises can be kept.</summary>
    public int Excess => Held + Promised - capacity;

    public void Promise(int cells) => Promised += cells;

    public void TakeBack(int cells) => Promised -= cells;

    /// <summary>Begins a running sequence's own range.</summary>
    /// <param name="prefix">What it shares with others, from <see cref="Share"/>.</param>
    public CellRange Begin(CellRange? prefix)
    {
        if (prefix is not null)
            prefix.Holders++;
        var range = new CellRange { Parent = prefix, End = prefix?.End ?? 0, Holders = 1, IsGrowing = true };
        Activate(range);
        return range;
    }

    /// <summary>Turns promised cells of a running sequence into held ones.</summary>
    public void Grow(CellRange range, int cells)
    {
        range.End += cells;
        Held += cells;
        Active += cells;
        Promised -= cells;
    }

    /// <summary>The range that ends at a position of a sequence, which is divided there if need be.</summary>
    /// <param name="last">The sequence's last range.</param>
    /// <param name="length">The position, from 1 to the end of the range.</param>
    public static CellRange Share(CellRange last, int length)
    {
        var range = last;
        while (range.Start >= length)
            range = range.Parent!;
        if (range.End == length && !range.IsGrowing)
            return range;
        var first = new CellRange
        {
            Parent = range.Parent,
            End = length,
            Holders = 1,
            ActiveHolders = Math.Min(1, range.ActiveHolders),
        };
        range.Parent = first;
        return first;
    }

    /// <summary>How many of a sequence's first cells no running sequence holds.</summary>
    public static int CountIdle(CellRange last, int length)
    {
        var idle = 0;
        for (var range = last; range is { ActiveHolders: 0 }; range = range.Parent)
            idle += Math.Max(0, Math.Min(range.End, length) - range.Start);
        return idle;
    }

    /// <summary>The sequence runs no more, but still holds its cells.</summary>
    public void Rest(CellRange last)
    {
        last.IsGrowing = false;
        for (var range = last; range is not null && --range.ActiveHolders == 0; range = range.Parent)
            Active -= range.Length;
    }

    /// <summary>A sequence at rest holds its cells no more; those that nobody else holds are free.</summary>
    public void Release(CellRange last)
    {
        for (var range = last; range is not null && --range.Holders == 0; range = range.Parent)
            Held -= range.Length;
    }

    private void Activate(CellRange last)
    {
        for (var range = last; range is not null && range.ActiveHolders++ == 0; range = range.Parent)
            Active += range.Length;
    }
}
