using Ryot.LlamaCpp.Interop;

namespace Ryot.LlamaCpp;

// The cache of sequences. Ranges are [from, to): a negative from is 0, a negative to is the end. llama.cpp aborts the
// process on a sequence or an operation that it does not have, so both are checked here.
public sealed unsafe partial class LlamaContext
{
    /// <summary>True when <see cref="ShiftSequence"/> works with this model.</summary>
    public bool CanShift => Native.MemoryCanShift(Memory) != 0;

    private nint Memory
    {
        get
        {
            ObjectDisposedException.ThrowIf(_handle.IsClosed, this);
            return _memory;
        }
    }

    /// <summary>Removes tokens of a sequence.</summary>
    /// <param name="sequence">The sequence.</param>
    /// <param name="from">The first position; negative is 0.</param>
    /// <param name="to">The position after the last; negative is the end.</param>
    /// <returns>False when the model cannot remove a part (recurrent models). Removing a whole sequence always works.</returns>
    public bool RemoveSequence(int sequence, int from = -1, int to = -1) => Native.MemoryRemove(Memory, Check(sequence), from, to) != 0;

    /// <summary>Makes tokens of a sequence also belong to another. With <see cref="KvUnified"/> nothing is copied.</summary>
    /// <param name="source">The sequence that has the tokens.</param>
    /// <param name="target">The sequence that gets them.</param>
    /// <param name="from">The first position; negative is 0.</param>
    /// <param name="to">The position after the last; negative is the end.</param>
    /// <exception cref="InvalidOperationException">A part of a sequence, but the sequences do not share cells.</exception>
    public void CopySequence(int source, int target, int from = -1, int to = -1)
    {
        if (!KvUnified && MaxSequences > 1 && source != target && (from > 0 || to >= 0))
        {
            throw new InvalidOperationException("Without shared cells (KvUnified) only a whole sequence can be copied.");
        }

        Native.MemoryCopy(Memory, Check(source), Check(target), from, to);
    }

    /// <summary>Removes all other sequences.</summary>
    /// <param name="sequence">The sequence to keep.</param>
    public void KeepSequence(int sequence) => Native.MemoryKeep(Memory, Check(sequence));

    /// <summary>Moves the positions of a sequence's tokens.</summary>
    /// <param name="sequence">The sequence.</param>
    /// <param name="from">The first position; negative is 0.</param>
    /// <param name="to">The position after the last; negative is the end.</param>
    /// <param name="delta">What is added to each position; tokens that would fall below 0 are removed.</param>
    /// <exception cref="InvalidOperationException">The model cannot shift positions (<see cref="CanShift"/>).</exception>
    public void ShiftSequence(int sequence, int from, int to, int delta)
    {
        if (!CanShift) throw new InvalidOperationException("The positions of this model's cache cannot be shifted.");
        Native.MemoryShift(Memory, Check(sequence), from, to, delta);
    }

    /// <summary>Removes all sequences.</summary>
    /// <param name="eraseData">Whether to zero the cells too, and not only to forget them.</param>
    public void ClearMemory(bool eraseData = false) => Native.MemoryClear(Memory, Convert.ToByte(eraseData));

    /// <summary>The smallest position of a sequence in the cache, -1 when it is empty. Where layers keep a state it is the largest one.</summary>
    /// <param name="sequence">The sequence.</param>
    public int PositionMin(int sequence) => Native.MemoryPositionMin(Memory, Check(sequence));

    /// <summary>The largest position of a sequence in the cache, -1 when it is empty.</summary>
    /// <param name="sequence">The sequence.</param>
    public int PositionMax(int sequence) => Native.MemoryPositionMax(Memory, Check(sequence));

    /// <summary>The bytes that saving a sequence's cells would take now.</summary>
    /// <param name="sequence">The sequence.</param>
    public long SequenceStateBytes(int sequence) => (long)Native.SequenceStateSize(_handle, Check(sequence));

    private int Check(int sequence) => (uint)sequence < (uint)MaxSequences
        ? sequence
        : throw new ArgumentOutOfRangeException(nameof(sequence), sequence, $"The context has the sequences 0 to {MaxSequences - 1}.");
}
