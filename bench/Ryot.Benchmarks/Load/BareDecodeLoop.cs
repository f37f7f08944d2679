using System.Diagnostics;
using System.Numerics.Tensors;
using Ryot.LlamaCpp;

namespace Ryot.Benchmarks.Load;

/// <summary>
/// The least that has to be done to generate: the binding, one batch a step, a scan for the likeliest token. No queue, no scheduler, no
/// metrics, no text. What anything that serves the same model can be measured against.
/// </summary>
internal sealed class BareDecodeLoop : IDisposable
{
    private readonly LlamaContext _context;
    private readonly LlamaBatch _batch;
    private readonly LlamaThreadPool? _pool;
    private readonly int[] _endOfGeneration;

    public BareDecodeLoop(LlamaModel model, DecodeSettings settings)
    {
        Settings = settings;
        _context = new LlamaContext(model, new LlamaContextOptions
        {
            ContextLength = settings.Cells,
            BatchSize = 512,
            MicroBatchSize = 512,
            MaxSequences = settings.Sequences,
            Threads = settings.Threads,
            BatchThreads = settings.Threads,
            KvUnified = settings.KvUnified,
            ObserveGraph = settings.ObserveGraph,
        });
        if (settings.Poll is { } poll && settings.Threads > 1)
        {
            _pool = new LlamaThreadPool(new LlamaThreadPoolOptions { Threads = settings.Threads, Poll = poll });
            _context.UseThreadPool(_pool);
        }
        _batch = new LlamaBatch(512);
        _endOfGeneration = [.. Enumerable.Range(0, model.Vocabulary.Count).Where(model.Vocabulary.IsEndOfGeneration)];
    }

    public DecodeSettings Settings { get; }

    /// <summary>Generates the same number of tokens after each prompt.</summary>
    /// <param name="prompts">One prompt for each sequence.</param>
    /// <param name="tokens">Tokens to generate for each.</param>
    /// <returns>Generated tokens a second, prefill included.</returns>
    public double Run(int[][] prompts, int tokens)
    {
        _context.ClearMemory();
        var started = Stopwatch.GetTimestamp();
        var last = new int[prompts.Length];
        var outputs = new int[prompts.Length];
        for (var s = 0; s < prompts.Length; s++)
        {
            _batch.Clear();
            for (var i = 0; i < prompts[s].Length; i++)
                outputs[s] = _batch.Add(prompts[s][i], i, s, i == prompts[s].Length - 1);
            Decode();
            last[s] = Sample(outputs[s]);
        }
        for (var t = 1; t < tokens; t++)
        {
            _batch.Clear();
            for (var s = 0; s < prompts.Length; s++)
                outputs[s] = _batch.Add(last[s], prompts[s].Length + t - 1, s, wantsLogits: true);
            Decode();
            for (var s = 0; s < prompts.Length; s++)
                last[s] = Sample(outputs[s]);
        }
        return tokens * prompts.Length / Stopwatch.GetElapsedTime(started).TotalSeconds;
    }

    public void Dispose()
    {
        _batch.Dispose();
        _context.Dispose();
        _pool?.Dispose();
    }

    private void Decode()
    {
        var result = _context.Decode(_batch);
        if (result != DecodeResult.Ok)
            throw new InvalidOperationException($"The decode loop failed: {result}.");
    }

    private int Sample(int output)
    {
        var logits = _context.GetLogits(output);
        foreach (var token in _endOfGeneration)
            logits[token] = float.NegativeInfinity;
        return TensorPrimitives.IndexOfMax<float>(logits);
    }
}

/// <summary>How the bare loop computes.</summary>
/// <param name="Sequences">Sequences in a batch.</param>
/// <param name="Cells">KV cells in all.</param>
/// <param name="Threads">Threads that compute.</param>
/// <param name="KvUnified">Whether the sequences share their cells.</param>
/// <param name="Poll">ggml's polling level for a thread pool of its own; null uses ggml's default threads.</param>
/// <param name="ObserveGraph">Whether each node of a pass calls back to be asked about, and is told that nobody looks.</param>
internal sealed record DecodeSettings(int Sequences, int Cells, int Threads, bool KvUnified, int? Poll = null, bool ObserveGraph = false)
{
    public override string ToString() =>
        $"{Sequences,2} sequences, {Threads} thread{(Threads > 1 ? "s" : "")}{(Poll is null ? "" : $" poll {Poll}")}, {(KvUnified ? "shared cells" : "streams")}";
}
