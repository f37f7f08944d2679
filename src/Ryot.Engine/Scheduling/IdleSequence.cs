namespace Ryot.Engine.Scheduling;

/// <summary>What a sequence that has ended left in the cache.</summary>
/// <param name="slot">The slot that holds it.</param>
/// <param name="tokens">Its tokens; the array may be longer.</param>
/// <param name="length">How many of them are in the cache.</param>
/// <param name="cells">The last range of its cells.</param>
internal sealed class IdleSequence(int slot, int[] tokens, int length, CellRange cells)
{
    public int Slot { get; } = slot;

    public int Length { get; private set; } = length;

    public CellRange Cells { get; private set; } = cells;

    /// <summary>How much of its beginning has been asked for again, since it is kept or before.</summary>
    public int Proven { get; set; }

    /// <summary>Tokens that passes had computed when it was left.</summary>
    public long LeftAt { get; init; }

    /// <summary>Tokens that passes had computed when any of it was used last.</summary>
    public long UsedAt { get; set; }

    public bool HasUnprovenEnd => Length > Proven;

    public ReadOnlySpan<int> Tokens => tokens.AsSpan(0, Length);

    /// <summary>Takes in that only its beginning is held any more.</summary>
    public void Shorten(int length, CellRange cells)
    {
        Length = length;
        Cells = cells;
    }
}
