using System.Diagnostics;
using System.Numerics.Tensors;
using Ryot.LlamaCpp;

namespace Ryot.Benchmarks.Load;

/// <summary>
/// One context whose sequences 0 to 7 answer, while sequence 8 holds the common beginning and the following ones hold what is stale.
/// </summary>
internal sealed class PrefixLoop : IDisposable
{
    private const int Donor = Workload.Sequences;
    private const int BatchTokens = 512;

    // A stream has room for the longest of its prompts with its answer; the pool has as many cells in all.
    private const int CellsOfSequence = 512;

    private readonly LlamaContext _context;
    private readonly LlamaBatch _batch = new(BatchTokens);
    private readonly Workload _work;
    private readonly PrefixSettings _settings;
    private readonly int[] _endOfGeneration;
    private readonly int[][] _prompts;

    public PrefixLoop(LlamaModel model, Workload work, PrefixSettings settings, int staleTokens)
    {
        _work = work;
        _settings = settings;
        var sequences = Donor + 1 + settings.Stale;
        _context = new LlamaContext(model, new LlamaContextOptions
        {
            ContextLength = CellsOfSequence * sequences,
            BatchSize = BatchTokens,
            MicroBatchSize = BatchTokens,
            MaxSequences = sequences,
            MaxOutputs = sequences,
            KvUnified = settings.Unified,
        });
        _endOfGeneration = [.. Enumerable.Range(0, model.Vocabulary.Count).Where(model.Vocabulary.IsEndOfGeneration)];
        _prompts = [.. Enumerable.Range(0, Workload.Sequences).Select(work.Prompt)];
        if (settings.Reuse && work.Common > 0)
            Prefill(Donor, work.Words.AsSpan(0, work.Common), 0);
        for (var stale = 0; stale < settings.Stale; stale++)
            Prefill(Donor + 1 + stale, work.Words.AsSpan(stale, staleTokens), 0);
    }

    public PrefixResult Run()
    {
        for (var s = 0; s < Workload.Sequences; s++)
            _context.RemoveSequence(s);
        var started = Stopwatch.GetTimestamp();
        var computed = 0;
        if (_settings.Reuse && _work.Common > 0)
        {
            computed = _work.Common;
            for (var s = 0; s < Workload.Sequences; s++)
                _context.CopySequence(Donor, s);
        }
        var next = new int[Workload.Sequences];
        for (var s = 0; s < Workload.Sequences; s++)
            next[s] = Sample(Prefill(s, _prompts[s].AsSpan(computed), computed));
        _context.Synchronize();
        var first = Stopwatch.GetElapsedTime(started);
        for (var t = 1; t < _work.Answer; t++)
            Step(next, t);
        var all = Stopwatch.GetElapsedTime(started);
        return new PrefixResult(
            first.TotalMilliseconds,
            Workload.Sequences * (_work.Answer - 1) / (all - first).TotalSeconds,
            Workload.Sequences * _work.Answer / all.TotalSeconds);
    }

    public void Dispose()
    {
        _batch.Dispose();
        _context.Dispose();
    }

    private void Step(int[] next, int generated)
    {
        _batch.Clear();
        for (var s = 0; s < next.Length; s++)
            _batch.Add(next[s], _prompts[s].Length + generated - 1, s, wantsLogits: true);
        Decode();
        for (var s = 0; s < next.Length; s++)
            next[s] = Sample(s);
    }

    private int Prefill(int sequence, ReadOnlySpan<int> tokens, int position)
    {
        _batch.Clear();
        var output = -1;
        for (var i = 0; i < tokens.Length; i++)
            output = _batch.Add(tokens[i], position + i, sequence, i == tokens.Length - 1);
        Decode();
        return output;
    }

    private void Decode()
    {
        var result = _context.Decode(_batch);
        if (result != DecodeResult.Ok)
            throw new InvalidOperationException($"The loop failed: {result}.");
    }

    private int Sample(int output)
    {
        var logits = _context.GetLogits(output);
        foreach (var token in _endOfGeneration)
            logits[token] = float.NegativeInfinity;
        return TensorPrimitives.IndexOfMax<float>(logits);
    }
}
