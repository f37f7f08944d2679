namespace Ryot.Engine.Scheduling;

/// <summary>
/// Consecutive cells of the KV cache that are always held together. Ranges form a tree: a sequence holds its own last range, and with it
/// all ranges before that one; sequences that begin alike meet in a common range.
/// </summary>
internal sealed class CellRange
{
    /// <summary>The range before this one; null when it begins at position 0.</summary>
    public CellRange? Parent { get; set; }

    /// <summary>The position after its last cell.</summary>
    public int End { get; set; }

    /// <summary>Sequences whose last range it is, and ranges that follow it.</summary>
    public int Holders { get; set; }

    /// <summary>Those of <see cref="Holders"/> that run, or that a running sequence holds.</summary>
    public int ActiveHolders { get; set; }

    /// <summary>Whether a running sequence appends to it, so that nobody else may hold it as it is.</summary>
    public bool IsGrowing { get; set; }

    public int Start => Parent?.End ?? 0;

    public int Length => End - Start;
}
