namespace Ryot.LlamaCpp;

/// <summary>What must hold before llama.cpp may see a model, and what its refusals mean.</summary>
internal static class ModelCheck
{
    // Limits of llama.cpp's own tables, which it asserts.
    private const int MaxLayers = 512;

    internal static void Verify(GgufHeader header)
    {
        if (string.IsNullOrEmpty(header.Architecture)) throw Corrupt(header, "it does not say its architecture ('general.architecture')");

        string layers = $"{header.Architecture}.block_count";
        if (header.Integer(layers) is { } count and not (> 0 and <= MaxLayers)) throw Corrupt(header, $"'{layers}' is {count}");

        foreach (string name in (ReadOnlySpan<string>)["layer_norm_epsilon", "layer_norm_rms_epsilon"])
        {
            string key = $"{header.Architecture}.attention.{name}";
            if (header.Metadata.GetValueOrDefault(key) is float and not >= 0) throw Corrupt(header, $"'{key}' is no positive number");
        }

        if (MissingByte(header) is { } missing)
        {
            throw Corrupt(header, $"its vocabulary has no token for the byte '{missing}', so it cannot take every text");
        }
    }

    // Two of llama.cpp's tokenizers rely on a token for every byte: SentencePiece's ends the process where it lacks one, and
    // that of RWKV runs for ever.
    private static string? MissingByte(GgufHeader header)
    {
        string? model = header.Text("tokenizer.ggml.model");
        if (model is not ("llama" or "rwkv")) return null;

        IEnumerable<string> bytes = Enumerable.Range(0, 256).Select(value => model == "llama" ? $"<0x{value:X2}>" : RwkvByte(value));
        var missing = new HashSet<string>(bytes, StringComparer.Ordinal);
        foreach (string token in GgufFile.ReadStrings(header, "tokenizer.ggml.tokens"))
        {
            missing.Remove(token);
            if (model == "llama" && token.Length == 1 && char.IsAscii(token[0])) missing.Remove($"<0x{(int)token[0]:X2}>");
        }

        return missing.Order(StringComparer.Ordinal).FirstOrDefault();
    }

    // Written as Python writes bytes.
    private static string RwkvByte(int value) => value switch
    {
        '\t' => @"\t",
        '\n' => @"\n",
        '\r' => @"\r",
        '\\' => @"\\",
        >= ' ' and <= '~' => ((char)value).ToString(),
        _ => $@"\x{value:x2}",
    };

    /// <summary>
    /// Tokenizes a text with all that can be wrong with a vocabulary: some damage shows only then, and must not show on the
    /// thread of a request.
    /// </summary>
    internal static void TryVocabulary(LlamaVocabulary vocabulary)
    {
        if (vocabulary.Count == 0) return;
        int[] tokens = vocabulary.Tokenize("Hello  the world 12,\n\t\0 \u4f60\u597d \U0001F600 \u00e9 <|x|>"u8, addSpecial: true, parseSpecial: true);
        _ = vocabulary.Detokenize(tokens, special: true);
    }

    internal static ModelLoadException Refused(GgufHeader header, IReadOnlyList<string> log)
    {
        if (log.Any(static line => line.Contains("unknown model architecture", StringComparison.Ordinal)))
        {
            return Failure(
                header,
                ModelLoadFailure.UnknownArchitecture,
                $"has the architecture '{header.Architecture}', which llama.cpp v{LlamaLibrary.RequiredVersion} does not know");
        }

        string reason = log.Count == 0 ? "it gave no reason" : string.Join(" ", log);
        return Failure(header, ModelLoadFailure.Refused, $"was refused by llama.cpp: {reason}");
    }

    private static ModelLoadException Corrupt(GgufHeader header, string what) =>
        Failure(header, ModelLoadFailure.Corrupt, $"is damaged: {what}");

    private static ModelLoadException Failure(GgufHeader header, ModelLoadFailure reason, string what) =>
        new(header.Path, reason, $"The model file '{header.Path}' {what}.");
}
