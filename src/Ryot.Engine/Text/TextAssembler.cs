using System.Buffers;
using System.Text;
using Ryot.Engine.Models;
using Ryot.Engine.Requests;

namespace Ryot.Engine.Text;

/// <summary>
/// Turns one sequence's events into text that can be sent as it comes: whole characters only, and nothing that may yet turn out to
/// be a stop string. Belongs to the request's thread.
/// </summary>
/// <param name="tokenizer">The vocabulary of the model.</param>
public sealed class TextAssembler(ITokenizer tokenizer)
{
    private readonly Decoder _decoder = new UTF8Encoding(false, throwOnInvalidBytes: false).GetDecoder();
    private byte[] _pending = new byte[32];
    private int _pendingLength;

    /// <summary>Takes a token and returns the text that became certain, which may be empty.</summary>
    /// <param name="token">An event of kind <see cref="GenerationEventKind.Token"/>.</param>
    public string Append(in GenerationEvent token)
    {
        Push(tokenizer.IsEndOfGeneration(token.Token) ? [] : tokenizer.GetPiece(token.Token));
        return Take(_pendingLength - token.HeldBackBytes, flush: false);
    }

    /// <summary>Takes the end of the sequence and returns the rest of the text, without a stop string.</summary>
    /// <param name="finished">An event of kind <see cref="GenerationEventKind.SequenceFinished"/>.</param>
    public string Finish(in GenerationEvent finished) => Take(_pendingLength - finished.HeldBackBytes, flush: true);

    private void Push(ReadOnlySpan<byte> piece)
    {
        if (_pending.Length < _pendingLength + piece.Length)
            Array.Resize(ref _pending, Math.Max(_pending.Length * 2, _pendingLength + piece.Length));
        piece.CopyTo(_pending.AsSpan(_pendingLength));
        _pendingLength += piece.Length;
    }

    private string Take(int count, bool flush)
    {
        if (count <= 0 && !flush)
            return "";
        count = Math.Max(count, 0);
        var characters = ArrayPool<char>.Shared.Rent(Encoding.UTF8.GetMaxCharCount(count + 4));
        var written = _decoder.GetChars(_pending.AsSpan(0, count), characters, flush);
        var text = written == 0 ? "" : new string(characters, 0, written);
        ArrayPool<char>.Shared.Return(characters);
        _pendingLength -= count;
        _pending.AsSpan(count, _pendingLength).CopyTo(_pending);
        return text;
    }
}
