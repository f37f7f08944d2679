using Ryot.LlamaCpp.Interop;

namespace Ryot.LlamaCpp;

/// <summary>
/// The tokens of one forward pass, in native memory that is allocated once. Used by one thread at a time.
/// </summary>
public sealed unsafe class LlamaBatch : IDisposable
{
    private NativeBatch _batch;
    private bool _disposed;

    /// <summary>Allocates a batch.</summary>
    /// <param name="capacity">The most tokens that it can hold.</param>
    /// <param name="maxSequencesPerToken">The most sequences that can share one token.</param>
    public LlamaBatch(int capacity, int maxSequencesPerToken = 1)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(capacity);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(maxSequencesPerToken);
        LlamaLibrary.ThrowIfNotLoaded();
        _batch = Native.BatchInit(capacity, 0, maxSequencesPerToken);
        _batch.TokenCount = 0;
        Capacity = capacity;
        MaxSequencesPerToken = maxSequencesPerToken;
        MaxSequence = -1;
    }

    /// <summary>Frees the memory of a batch that was not disposed.</summary>
    ~LlamaBatch()
    {
        Native.BatchFree(_batch);
    }

    /// <summary>The most tokens that the batch can hold.</summary>
    public int Capacity { get; }

    /// <summary>The most sequences that can share one token.</summary>
    public int MaxSequencesPerToken { get; }

    /// <summary>How many tokens the batch holds.</summary>
    public int Count => _batch.TokenCount;

    /// <summary>The largest sequence id in the batch, -1 when it is empty.</summary>
    internal int MaxSequence { get; private set; }

    /// <summary>How many tokens want logits.</summary>
    internal int OutputCount { get; private set; }

    internal NativeBatch Raw
    {
        get
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            return _batch;
        }
    }

    /// <summary>Adds a token of one sequence.</summary>
    /// <param name="token">The token.</param>
    /// <param name="position">Its position in the sequence, from 0.</param>
    /// <param name="sequence">The sequence's id, from 0.</param>
    /// <param name="wantsLogits">Whether <see cref="LlamaContext.GetLogits"/> is to be asked for this token.</param>
    /// <returns>The token's index in the batch.</returns>
    /// <exception cref="InvalidOperationException">The batch is full.</exception>
    public int Add(int token, int position, int sequence, bool wantsLogits) => Add(token, position, [sequence], wantsLogits);

    /// <summary>Adds a token that several sequences share.</summary>
    /// <param name="token">The token.</param>
    /// <param name="position">Its position in all of the sequences, from 0.</param>
    /// <param name="sequences">The sequences' ids, from 0.</param>
    /// <param name="wantsLogits">Whether <see cref="LlamaContext.GetLogits"/> is to be asked for this token.</param>
    /// <returns>The token's index in the batch.</returns>
    /// <exception cref="InvalidOperationException">The batch is full.</exception>
    public int Add(int token, int position, ReadOnlySpan<int> sequences, bool wantsLogits)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        ArgumentOutOfRangeException.ThrowIfNegative(position);
        int index = _batch.TokenCount;
        if (index >= Capacity) throw new InvalidOperationException($"The batch holds {Capacity} tokens and is full.");
        if (sequences.IsEmpty || sequences.Length > MaxSequencesPerToken)
        {
            throw new ArgumentException($"A token belongs to 1 to {MaxSequencesPerToken} sequences.", nameof(sequences));
        }

        _batch.Tokens[index] = token;
        _batch.Positions[index] = position;
        _batch.SequenceCounts[index] = sequences.Length;
        for (int i = 0; i < sequences.Length; i++)
        {
            int sequence = sequences[i];
            ArgumentOutOfRangeException.ThrowIfNegative(sequence, nameof(sequences));
            _batch.SequenceIds[index][i] = sequence;
            MaxSequence = Math.Max(MaxSequence, sequence);
        }

        _batch.Outputs[index] = wantsLogits ? (sbyte)1 : (sbyte)0;
        if (wantsLogits) OutputCount++;
        _batch.TokenCount = index + 1;
        return index;
    }

    /// <summary>Removes all tokens.</summary>
    public void Clear()
    {
        _batch.TokenCount = 0;
        MaxSequence = -1;
        OutputCount = 0;
    }

    /// <summary>Frees the memory.</summary>
    public void Dispose()
    {
        if (_disposed) return;
        _disposed = true;
        Native.BatchFree(_batch);
        _batch = default;
        GC.SuppressFinalize(this);
    }
}
