using System.Globalization;

namespace Ryot.LlamaCpp;

/// <summary>What a model and its context will allocate, judged by the file's header and without loading anything.</summary>
public static class LlamaMemoryEstimate
{
    // llama.cpp rounds cells up to this.
    private const int CellStep = 256;
    private const int FloatBytes = 4;
    private const int HalfBytes = 2;

    // Sizes of the many small things in compute buffers, and of what ggml adds for alignment.
    private const double SmallThings = 1.05;

    /// <summary>Estimates the memory.</summary>
    /// <param name="header">The model file's header.</param>
    /// <param name="context">How the context will be made. A <see cref="LlamaContextOptions.ContextLength"/> of 0 is the trained length.</param>
    /// <param name="gpuLayers">Layers that go to GPUs, as in <see cref="LlamaModelOptions.GpuLayers"/>; 0 for a machine without one.</param>
    /// <returns>
    /// The machine's own memory, and one entry for all GPUs together (<c>0</c>) when some layers go there. Weights, caches
    /// and the buffer for outputs are what will be allocated; compute buffers are an allowance.
    /// </returns>
    /// <exception cref="ModelLoadException">The file is gone, unreadable or truncated since the header was read.</exception>
    public static IReadOnlyList<LlamaDeviceMemory> Estimate(GgufHeader header, LlamaContextOptions context, int gpuLayers = 0)
    {
        ArgumentNullException.ThrowIfNull(header);
        ArgumentNullException.ThrowIfNull(context);
        CacheShape shape = CacheShape.Read(header);
        int layers = shape.KvHeads.Count;
        int firstOnGpu = gpuLayers < 0 ? 0 : Math.Max(0, layers + 1 - gpuLayers);
        long cells = Cells(header, context);
        long compute = ComputeBytes(header, shape, context, cells);

        var cpu = new LlamaDeviceMemory(LlamaDeviceMemory.Cpu)
        {
            WeightsBytes = header.Tensors.Where(tensor => Layer(tensor, layers) < firstOnGpu).Sum(static tensor => tensor.Bytes),
            KvCacheBytes = CacheBytes(0, context.OffloadKqv ? firstOnGpu : layers),
            RecurrentStateBytes = StateBytes(0, context.OffloadKqv ? firstOnGpu : layers),
            ComputeBytes = firstOnGpu == 0 ? compute / 10 : compute,
            OutputBytes = FloatBytes * VocabularySize(header) * context.MaxSequences,
        };
        if (firstOnGpu > layers) return [cpu];

        var gpus = new LlamaDeviceMemory(0.ToString(CultureInfo.InvariantCulture))
        {
            WeightsBytes = header.Tensors.Where(tensor => Layer(tensor, layers) >= firstOnGpu).Sum(static tensor => tensor.Bytes),
            KvCacheBytes = context.OffloadKqv ? CacheBytes(firstOnGpu, layers) : 0,
            RecurrentStateBytes = context.OffloadKqv ? StateBytes(firstOnGpu, layers) : 0,
            ComputeBytes = compute,
        };
        return [cpu, gpus];

        long CacheBytes(int from, int to) =>
            to <= from ? 0 : (long)(cells * shape.BytesPerToken(context.KvTypeK, context.KvTypeV, from, to - from));

        long StateBytes(int from, int to) =>
            shape.StateNumbers * FloatBytes * context.MaxSequences * shape.KvHeads.Take(to).Skip(from).Count(static heads => heads == 0);
    }

    // Where llama.cpp puts a tensor: embeddings always in front, the output with the layer after the last.
    private static int Layer(GgufTensor tensor, int layers)
    {
        string[] parts = tensor.Name.Split('.');
        if (parts.Length > 2 && parts[0] == "blk" && int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out int layer)) return layer;
        return parts[0].StartsWith("output", StringComparison.Ordinal) ? layers : -1;
    }

    private static long Cells(GgufHeader header, LlamaContextOptions context)
    {
        long cells = context.ContextLength > 0 ? context.ContextLength : header.Integer($"{header.Architecture}.context_length") ?? 0;
        int streams = Streams(context);
        return RoundUp(RoundUp(cells, CellStep) / streams, CellStep) * streams;
    }

    // A pass of a whole micro-batch needs most either in a layer, together with the mask of cells that all layers use, or for the
    // logits at its end. How many numbers of each width live at once was found by measuring llama.cpp v0.5.0.
    private static long ComputeBytes(GgufHeader header, CacheShape shape, LlamaContextOptions context, long cells)
    {
        long Number(string key) => header.Integer($"{header.Architecture}.{key}") ?? 0;
        long width = Number("embedding_length");
        long heads = Number("attention.head_count");
        long experts = Number("expert_used_count");
        long feedForward = Math.Max(Number("feed_forward_length"), experts * (Number("expert_feed_forward_length") + width));
        long vocabulary = VocabularySize(header);
        // Reserved for as many tokens in every sequence.
        long tokens = RoundUp(Math.Min(Math.Min(context.MicroBatchSize, context.BatchSize), cells), context.MaxSequences);

        int masks = Number("attention.sliding_window") > 0 ? 2 : 1;
        long mask = MaskBytes(shape, context, cells, tokens, heads, masks);
        long kvHeads = shape.KvHeads.DefaultIfEmpty().Max();
        long attention = (4 * width) + (2 * heads * shape.KeyLength) + (4 * kvHeads * shape.KeyLength);
        long state = shape.StateNumbers == 0 ? 0 : (2 * width) + (6 * Number("ssm.inner_size"));
        long layer = tokens * FloatBytes * Math.Max((4 * width) + (3 * feedForward), Math.Max(attention, state));
        layer += 2 * shape.StateNumbers * FloatBytes * context.MaxSequences;
        long outputs = context.MaxOutputs > 0 ? Math.Min(tokens, context.MaxOutputs) : tokens;
        long output = FloatBytes * ((outputs * vocabulary) + (2 * tokens * width));
        return (long)(Math.Max(mask + layer, output) * SmallThings);
    }

    private static long VocabularySize(GgufHeader header) =>
        (header.Metadata.GetValueOrDefault("tokenizer.ggml.tokens") as GgufArray)?.Count ?? header.Integer($"{header.Architecture}.vocab_size") ?? 0;

    private static long MaskBytes(CacheShape shape, LlamaContextOptions context, long cells, long tokens, long heads, int masks)
    {
        long kvHeads = shape.KvHeads.DefaultIfEmpty().Max();
        if (kvHeads == 0) return 0;
        long cellsOfStream = cells / Streams(context);
        if (context.FlashAttention == FlashAttention.Disabled) return tokens * cellsOfStream * FloatBytes * (masks + heads);

        // Flash attention takes keys and values of 4 bytes as copies of 2.
        long copied = (context.KvTypeK == GgmlType.F32 ? shape.KeyLength : 0) + (context.KvTypeV == GgmlType.F32 ? shape.ValueLength : 0);
        return HalfBytes * ((tokens * cellsOfStream * masks) + (cells * kvHeads * copied));
    }

    private static int Streams(LlamaContextOptions context) => context.KvUnified ? 1 : Math.Max(1, context.MaxSequences);

    private static long RoundUp(long number, int step) => (number + step - 1) / step * step;
}
