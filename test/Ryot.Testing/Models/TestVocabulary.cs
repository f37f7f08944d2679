namespace Ryot.Testing.Models;

/// <summary>
/// Small real vocabularies of about 500 tokens: common English words and their beginnings, single bytes for everything
/// else, and the control tokens of a ChatML chat.
/// </summary>
public static class TestVocabulary
{
    public const string ChatMlTemplate =
        "{% for message in messages %}{{'<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>' + '\\n'}}" +
        "{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}";

    private const string Words =
        "the of and to in is you that it he was for on are as with his they at be this have from or one had by word but not what " +
        "all were we when your can said there use an each which she do how their if will up other about out many then them these " +
        "so some her would make like him into time has look two more write go see number no way could people my than first water " +
        "been call who oil its now find long down day did get come made may part";

    private const int Normal = 1;
    private const int Unknown = 2;
    private const int Control = 3;
    private const int Byte = 6;

    /// <summary>Adds a SentencePiece vocabulary as Llama models have it: 0 unknown, 1 begin, 2 end, 3 and 4 ChatML, then bytes and pieces.</summary>
    /// <param name="writer">Gets the vocabulary.</param>
    /// <param name="size">How many tokens it has, 300 or more.</param>
    public static void AddSentencePiece(GgufWriter writer, int size)
    {
        List<string> tokens = ["<unk>", "<s>", "</s>", "<|im_start|>", "<|im_end|>"];
        List<int> types = [Unknown, Control, Control, Control, Control];
        for (int i = 0; i < 256; i++) Append(tokens, types, $"<0x{i:X2}>", Byte);
        foreach (string piece in Prefixes("\u2581", minLength: 1, size - tokens.Count)) Append(tokens, types, piece, Normal);

        // Earlier pieces merge first, so their scores are higher.
        float[] scores = [.. tokens.Select(static (_, index) => index < 261 ? 0f : -(float)(index - 261))];
        writer.Add("tokenizer.ggml.model", "llama")
            .Add("tokenizer.ggml.tokens", tokens)
            .Add("tokenizer.ggml.scores", scores)
            .Add("tokenizer.ggml.token_type", types)
            .Add("tokenizer.ggml.bos_token_id", 1u)
            .Add("tokenizer.ggml.eos_token_id", 2u)
            .Add("tokenizer.ggml.unknown_token_id", 0u)
            .Add("tokenizer.ggml.add_bos_token", true)
            .Add("tokenizer.ggml.add_space_prefix", false);
    }

    /// <summary>Adds a byte-level BPE vocabulary as GPT-2 has it: the 256 bytes, merged pieces, then three control tokens.</summary>
    /// <param name="writer">Gets the vocabulary.</param>
    /// <param name="size">How many tokens it has, 300 or more.</param>
    public static void AddBytePairs(GgufWriter writer, int size)
    {
        List<string> tokens = [];
        List<int> types = [];
        for (int i = 0; i < 256; i++) Append(tokens, types, ByteCharacter(i).ToString(), Normal);

        List<string> merges = [];
        foreach (string piece in Prefixes("\u0120", minLength: 2, size - tokens.Count - 3))
        {
            Append(tokens, types, piece, Normal);
            merges.Add($"{piece[..^1]} {piece[^1]}");
        }

        uint end = (uint)tokens.Count;
        foreach (string name in (string[])["<|endoftext|>", "<|im_start|>", "<|im_end|>"]) Append(tokens, types, name, Control);
        writer.Add("tokenizer.ggml.model", "gpt2")
            .Add("tokenizer.ggml.pre", "gpt-2")
            .Add("tokenizer.ggml.tokens", tokens)
            .Add("tokenizer.ggml.token_type", types)
            .Add("tokenizer.ggml.merges", merges)
            .Add("tokenizer.ggml.bos_token_id", end)
            .Add("tokenizer.ggml.eos_token_id", end);
    }

    /// <summary>
    /// The beginnings of the words, word by word and growing, each word with and without a space in front; in front of all
    /// the single characters, if they are long enough. Fillers with numbers come last.
    /// </summary>
    private static List<string> Prefixes(string space, int minLength, int count)
    {
        var pieces = new List<string>();
        var seen = new HashSet<string>();
        string[] words = [.. Words.Split(' ').SelectMany(word => (string[])[space + word, word])];
        IEnumerable<string> characters = words.SelectMany(static word => word.Select(static character => character.ToString()));
        IEnumerable<string> beginnings = words.SelectMany(static word => Enumerable.Range(1, word.Length).Select(length => word[..length]));
        foreach (string piece in characters.Concat(beginnings).Where(piece => piece.Length >= minLength))
        {
            if (seen.Add(piece)) pieces.Add(piece);
        }

        for (int i = 0; pieces.Count < count; i++)
        {
            string piece = $"x{i}x";
            if (seen.Add(piece)) pieces.Add(piece);
        }

        return pieces[..count];
    }

    // GPT-2 writes bytes that are no printable characters as characters from U+0100 on.
    private static char ByteCharacter(int value)
    {
        static bool Printable(int value) => value is (>= '!' and <= '~') or (>= 0xA1 and <= 0xAC) or (>= 0xAE and <= 0xFF);
        if (Printable(value)) return (char)value;
        return (char)(256 + Enumerable.Range(0, value).Count(static smaller => !Printable(smaller)));
    }

    private static void Append(List<string> tokens, List<int> types, string token, int type)
    {
        tokens.Add(token);
        types.Add(type);
    }
}
