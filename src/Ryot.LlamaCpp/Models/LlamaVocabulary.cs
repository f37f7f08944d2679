using System.Buffers;
using System.Text;
using System.Text.Unicode;
using Ryot.LlamaCpp.Interop;

namespace Ryot.LlamaCpp;

/// <summary>A model's tokens, and the way from text to tokens and back. All members can be used from any thread.</summary>
public sealed unsafe class LlamaVocabulary
{
    private const int None = -1;

    internal LlamaVocabulary(ModelHandle model)
    {
        Handle = new VocabularyHandle(Native.ModelGetVocab(model), model);
        Count = Native.VocabCount(Handle);
        Bos = Token(Native.VocabBos(Handle));
        Eos = Token(Native.VocabEos(Handle));
        Eot = Token(Native.VocabEot(Handle));
        Newline = Token(Native.VocabNewline(Handle));
        AddsBos = Native.VocabAddBos(Handle) != 0;
        AddsEos = Native.VocabAddEos(Handle) != 0;
    }

    /// <summary>How many tokens there are; they are numbered from 0.</summary>
    public int Count { get; }

    /// <summary>The token that begins a text, or null.</summary>
    public int? Bos { get; }

    /// <summary>The token that ends a text, or null.</summary>
    public int? Eos { get; }

    /// <summary>The token that ends a turn of a chat, or null.</summary>
    public int? Eot { get; }

    /// <summary>The token of a line break, or null.</summary>
    public int? Newline { get; }

    /// <summary>True when tokenizing with special tokens puts <see cref="Bos"/> in front.</summary>
    public bool AddsBos { get; }

    /// <summary>True when tokenizing with special tokens puts <see cref="Eos"/> at the end.</summary>
    public bool AddsEos { get; }

    internal VocabularyHandle Handle { get; }

    /// <summary>True when the model ends its answer with this token.</summary>
    /// <param name="token">A token of this vocabulary.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such token.</exception>
    public bool IsEndOfGeneration(int token) => Native.VocabIsEog(Handle, Check(token)) != 0;

    /// <summary>True when the token steers the model and is no text.</summary>
    /// <param name="token">A token of this vocabulary.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such token.</exception>
    public bool IsControl(int token) => Native.VocabIsControl(Handle, Check(token)) != 0;

    /// <summary>Splits a text into tokens.</summary>
    /// <param name="text">The text. Lone surrogates become replacement characters.</param>
    /// <param name="addSpecial">Whether to add the tokens that the model wants at the begin and end.</param>
    /// <param name="parseSpecial">Whether the names of control tokens in the text become these tokens, or are plain text.</param>
    public int[] Tokenize(string text, bool addSpecial, bool parseSpecial)
    {
        ArgumentNullException.ThrowIfNull(text);
        byte[] utf8 = ArrayPool<byte>.Shared.Rent(Encoding.UTF8.GetMaxByteCount(text.Length));
        try
        {
            int length = Encoding.UTF8.GetBytes(text, utf8);
            return Tokenize(utf8.AsSpan(0, length), addSpecial, parseSpecial);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(utf8);
        }
    }

    /// <summary>Splits a UTF-8 text into tokens.</summary>
    /// <param name="utf8">The text.</param>
    /// <param name="addSpecial">Whether to add the tokens that the model wants at the begin and end.</param>
    /// <param name="parseSpecial">Whether the names of control tokens in the text become these tokens, or are plain text.</param>
    /// <exception cref="ArgumentException">The bytes are no UTF-8, or the tokens are too many to be counted.</exception>
    public int[] Tokenize(ReadOnlySpan<byte> utf8, bool addSpecial, bool parseSpecial)
    {
        int[] tokens = ArrayPool<int>.Shared.Rent(utf8.Length + 8);
        try
        {
            int count = TryTokenize(utf8, tokens, addSpecial, parseSpecial);
            if (count >= 0) return tokens.AsSpan(0, count).ToArray();

            int[] exact = new int[-count];
            count = TryTokenize(utf8, exact, addSpecial, parseSpecial);
            return count == exact.Length ? exact : throw new InvalidOperationException("llama.cpp gave two counts for one text.");
        }
        finally
        {
            ArrayPool<int>.Shared.Return(tokens);
        }
    }

    /// <summary>Splits a UTF-8 text into tokens without allocating on the managed heap.</summary>
    /// <param name="utf8">The text.</param>
    /// <param name="tokens">Gets the tokens.</param>
    /// <param name="addSpecial">Whether to add the tokens that the model wants at the begin and end.</param>
    /// <param name="parseSpecial">Whether the names of control tokens in the text become these tokens, or are plain text.</param>
    /// <returns>How many tokens were written; when there is too little room, minus the number that is needed.</returns>
    /// <exception cref="ArgumentException">The bytes are no UTF-8, or the tokens are too many to be counted.</exception>
    public int TryTokenize(ReadOnlySpan<byte> utf8, Span<int> tokens, bool addSpecial, bool parseSpecial)
    {
        // llama.cpp ends the process on some sequences of bytes that are no UTF-8.
        if (!Utf8.IsValid(utf8)) throw new ArgumentException("The text is not UTF-8.", nameof(utf8));

        // A pointer to nothing must still be a pointer: an empty span pins as null.
        byte empty = 0;
        fixed (byte* text = utf8)
        fixed (int* output = tokens)
        {
            int count = Native.Tokenize(
                Handle,
                text is null ? &empty : text,
                utf8.Length,
                output,
                tokens.Length,
                Convert.ToByte(addSpecial),
                Convert.ToByte(parseSpecial));
            return count != int.MinValue ? count : throw new ArgumentException("The text has too many tokens to count.", nameof(utf8));
        }
    }

    /// <summary>Writes the bytes that a token stands for, which need not be whole characters.</summary>
    /// <param name="token">A token of this vocabulary.</param>
    /// <param name="utf8">Gets the bytes.</param>
    /// <param name="special">Whether control tokens are written by name, or as nothing.</param>
    /// <returns>How many bytes were written; when there is too little room, minus the number that is needed.</returns>
    /// <exception cref="ArgumentOutOfRangeException">There is no such token.</exception>
    public int TokenToPiece(int token, Span<byte> utf8, bool special)
    {
        byte empty = 0;
        fixed (byte* output = utf8)
        {
            return Native.TokenToPiece(Handle, Check(token), output is null ? &empty : output, utf8.Length, 0, Convert.ToByte(special));
        }
    }

    /// <summary>The bytes that a token stands for, which need not be whole characters.</summary>
    /// <param name="token">A token of this vocabulary.</param>
    /// <param name="special">Whether control tokens are written by name, or as nothing.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such token.</exception>
    public byte[] GetPiece(int token, bool special = false)
    {
        Span<byte> buffer = stackalloc byte[128];
        int length = TokenToPiece(token, buffer, special);
        if (length >= 0) return buffer[..length].ToArray();
        byte[] exact = new byte[-length];
        _ = TokenToPiece(token, exact, special);
        return exact;
    }

    /// <summary>The text of several tokens: their pieces one after the other. Bytes that are no UTF-8 become replacement characters.</summary>
    /// <param name="tokens">Tokens of this vocabulary.</param>
    /// <param name="special">Whether control tokens are written by name, or as nothing.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such token.</exception>
    public string Detokenize(ReadOnlySpan<int> tokens, bool special = false)
    {
        var text = new ArrayBufferWriter<byte>(Math.Max(64, tokens.Length * 8));
        foreach (int token in tokens)
        {
            int length = TokenToPiece(token, text.GetSpan(), special);
            if (length < 0) length = TokenToPiece(token, text.GetSpan(-length), special);
            text.Advance(length);
        }

        return Encoding.UTF8.GetString(text.WrittenSpan);
    }

    internal void Dispose() => Handle.Dispose();

    private static int? Token(int token) => token == None ? null : token;

    private int Check(int token) => (uint)token < (uint)Count
        ? token
        : throw new ArgumentOutOfRangeException(nameof(token), token, $"The vocabulary has the tokens 0 to {Count - 1}.");
}
