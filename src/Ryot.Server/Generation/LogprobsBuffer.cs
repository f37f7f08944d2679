using Ryot.Engine.Models;
using Ryot.Engine.Requests;

namespace Ryot.Server.Generation;

/// <summary>A token with its log probability and alternatives, at a place in the text.</summary>
/// <param name="Token">The token.</param>
/// <param name="Values">Its log probability and alternatives.</param>
/// <param name="TextOffset">Characters (code points) of the sequence's text before it.</param>
internal readonly record struct LogprobEntry(int Token, TokenLogprobs Values, int TextOffset);

/// <summary>
/// Log probabilities of one sequence's tokens. Like the text they are held back where a stop string may have begun, so that they
/// never tell of text that is cut off.
/// </summary>
/// <param name="tokenizer">The vocabulary of the model.</param>
internal sealed class LogprobsBuffer(ITokenizer tokenizer)
{
    private readonly List<(LogprobEntry Entry, long Start, long End)> _entries = [];
    private long _bytes;
    private int _characters;
    private int _certain;

    /// <summary>Whether there are any to take.</summary>
    public bool HasCertain => _certain > 0;

    /// <summary>Adds a token's.</summary>
    public void Append(in GenerationEvent token)
    {
        if (token.Logprobs is { } values && !tokenizer.IsEndOfGeneration(token.Token))
        {
            var piece = tokenizer.GetPiece(token.Token);
            _entries.Add((new LogprobEntry(token.Token, values, _characters), _bytes, _bytes + piece.Length));
            _bytes += piece.Length;
            foreach (var value in piece)
                _characters += (value & 0xC0) == 0x80 ? 0 : 1;
        }
        Advance(_bytes - token.HeldBackBytes, finished: false);
    }

    /// <summary>Takes the end of the sequence: what belongs to the stop string is dropped, the rest is certain.</summary>
    public void Finish(in GenerationEvent finished) => Advance(_bytes - finished.HeldBackBytes, finished: true);

    /// <summary>Takes those that became certain since the last call, in order.</summary>
    /// <param name="destination">Where they are added.</param>
    public void TakeCertain(List<LogprobEntry> destination)
    {
        for (var i = 0; i < _certain; i++)
            destination.Add(_entries[i].Entry);
        _entries.RemoveRange(0, _certain);
        _certain = 0;
    }

    private void Advance(long boundary, bool finished)
    {
        while (_certain < _entries.Count)
        {
            var (_, start, end) = _entries[_certain];
            if (end > boundary && !(finished && start < boundary))
                break;
            _certain++;
        }
    }
}
