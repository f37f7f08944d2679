using Ryot.Engine.Scheduling;

namespace Ryot.Testing;

/// <summary>
/// A KV cache that holds tokens in place of keys and values, with shared cells as llama.cpp's has them. It throws when a sequence is
/// continued on cells that are not those of its own beginning, and when more cells are held than there are.
/// </summary>
/// <param name="slots">How many sequences it keeps apart.</param>
/// <param name="capacity">How many cells it has.</param>
public sealed class SimulatedKvCache(int slots, int capacity)
{
    private readonly List<Cell>[] _slots = [.. Enumerable.Range(0, slots).Select(_ => new List<Cell>())];

    /// <summary>Cells that any slot holds.</summary>
    public int HeldCells { get; private set; }

    /// <summary>Cells of one slot.</summary>
    public int Length(int slot) => _slots[slot].Count;

    /// <summary>Cells that any of some slots holds, each counted once.</summary>
    public int CountCells(IEnumerable<int> slots) => slots.SelectMany(slot => _slots[slot]).Distinct().Count();

    /// <summary>Makes the changes of a plan.</summary>
    public void Change(ReadOnlySpan<CacheOperation> operations)
    {
        foreach (var operation in operations)
        {
            var slot = _slots[operation.Slot];
            if (operation.Kind != CacheOperationKind.Share)
            {
                Remove(slot, operation.Length);
                continue;
            }
            var source = _slots[operation.Source];
            if (slot.Count > 0)
                throw new InvalidOperationException($"Slot {operation.Slot} holds {slot.Count} cells and cannot get others.");
            if (source.Count < operation.Length)
                throw new InvalidOperationException($"Slot {operation.Source} holds {source.Count} cells, not {operation.Length}.");
            foreach (var cell in source.Take(operation.Length))
            {
                cell.Holders++;
                slot.Add(cell);
            }
        }
    }

    /// <summary>Computes a sequence's part of a pass.</summary>
    public void Append(in StepItem item)
    {
        var slot = _slots[item.Slot];
        if (slot.Count != item.Start)
            throw new InvalidOperationException($"Slot {item.Slot} holds {slot.Count} cells, not {item.Start}.");
        for (var i = 0; i < item.Start; i++)
        {
            if (slot[i].Token != item.AllTokens[i])
                throw new InvalidOperationException($"Slot {item.Slot} holds token {slot[i].Token} at {i}, not {item.AllTokens[i]}.");
        }
        foreach (var token in item.Tokens)
            slot.Add(new Cell(token));
        HeldCells += item.Count;
        if (HeldCells > capacity)
            throw new InvalidOperationException($"{HeldCells} cells are held, but there are {capacity}.");
    }

    private void Remove(List<Cell> slot, int keep)
    {
        foreach (var cell in slot.Skip(keep))
        {
            if (--cell.Holders == 0)
                HeldCells--;
        }
        slot.RemoveRange(keep, slot.Count - keep);
    }

    private sealed class Cell(int token)
    {
        public int Token { get; } = token;

        public int Holders { get; set; } = 1;
    }
}
