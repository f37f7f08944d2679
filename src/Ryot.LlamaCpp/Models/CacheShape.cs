namespace Ryot.LlamaCpp;

/// <summary>What a model keeps of each token and of each sequence, by the file's header.</summary>
/// <remarks>Layers that attend to a window only are like the others: llama.cpp gives them whole caches, unless it is told otherwise.</remarks>
public sealed record CacheShape
{
    private CacheShape(int keyLength, int valueLength, IReadOnlyList<long> kvHeads, long stateNumbers)
    {
        KeyLength = keyLength;
        ValueLength = valueLength;
        KvHeads = kvHeads;
        StateNumbers = stateNumbers;
    }

    /// <summary>Numbers in a head's key.</summary>
    public int KeyLength { get; }

    /// <summary>Numbers in a head's value; 0 where values are part of the keys (multi-head latent attention).</summary>
    public int ValueLength { get; }

    /// <summary>For each layer, how many heads its cache holds; 0 for a layer without a cache.</summary>
    public IReadOnlyList<long> KvHeads { get; }

    /// <summary>Numbers of 4 bytes that a recurrent layer keeps of each sequence; 0 for a model without such layers.</summary>
    public long StateNumbers { get; }

    /// <summary>Reads the shape from a header.</summary>
    /// <param name="header">The model file's header.</param>
    /// <exception cref="ModelLoadException">The file is gone, unreadable or truncated since the header was read.</exception>
    public static CacheShape Read(GgufHeader header)
    {
        ArgumentNullException.ThrowIfNull(header);
        string architecture = header.Architecture ?? "";
        long Number(string key) => header.Integer($"{architecture}.{key}") ?? 0;
        int layers = (int)Number("block_count");
        IReadOnlyList<long> heads = PerLayer(header, $"{architecture}.attention.head_count", layers);
        long mostHeads = heads.DefaultIfEmpty().Max();
        int usualLength = (int)(Number("embedding_length") / Math.Max(1, mostHeads));
        bool hasLatent = Number("attention.key_length_mla") > 0;
        IReadOnlyList<long> kvHeads = PerLayer(header, $"{architecture}.attention.head_count_kv", layers);
        return new CacheShape(
            (int)(header.Integer($"{architecture}.attention.key_length") ?? usualLength),
            hasLatent ? 0 : (int)(header.Integer($"{architecture}.attention.value_length") ?? usualLength),
            kvHeads.Count > 0 ? kvHeads : heads.Count > 0 ? heads : [.. Enumerable.Repeat(0L, layers)],
            // Of Mamba: the state of each inner channel, and the last inputs of the convolution.
            Number("ssm.state_size") * Number("ssm.inner_size")
                + Math.Max(0, Number("ssm.conv_kernel") - 1) * (Number("ssm.inner_size") + 2 * Number("ssm.group_count") * Number("ssm.state_size")));
    }

    /// <summary>Bytes that one token takes in the caches of some layers.</summary>
    /// <param name="keys">The keys' type.</param>
    /// <param name="values">The values' type.</param>
    /// <param name="firstLayer">The first of the layers to count.</param>
    /// <param name="count">How many layers to count; all from the first when it is null.</param>
    public double BytesPerToken(GgmlType keys, GgmlType values, int firstLayer = 0, int? count = null)
    {
        long heads = KvHeads.Skip(firstLayer).Take(count ?? int.MaxValue).Sum();
        return heads * (KeyLength * keys.BitsPerElement() + ValueLength * values.BitsPerElement()) / 8;
    }

    private static IReadOnlyList<long> PerLayer(GgufHeader header, string key, int layers) => header.Integer(key) is { } same
        ? [.. Enumerable.Repeat(same, layers)]
        : GgufFile.ReadIntegers(header, key);
}
