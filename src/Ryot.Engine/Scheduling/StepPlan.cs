using System.Runtime.InteropServices;
using Ryot.Engine.Models;

namespace Ryot.Engine.Scheduling;

/// <summary>One sequence's part of a forward pass.</summary>
public struct StepItem
{
    /// <summary>The sequence's place in the cache.</summary>
    public int Slot { get; internal set; }

    /// <summary>Position of the first token to compute.</summary>
    public int Start { get; internal set; }

    /// <summary>Number of tokens to compute.</summary>
    public int Count { get; internal set; }

    /// <summary>Whether a token is to be sampled after the last of them.</summary>
    public bool Sample { get; internal set; }

    /// <summary>The token that the runner sampled.</summary>
    public int Sampled { get; set; }

    /// <summary>Log probabilities of the sampled token, where <see cref="LogprobCount"/> asks for them.</summary>
    public Requests.TokenLogprobs? Logprobs { get; set; }

    /// <summary>Set by the runner when this sequence alone could not be sampled.</summary>
    public bool SamplingFailed { get; set; }

    internal Sequence Sequence { get; set; }

    /// <summary>How many alternatives to report with the sampled token; null reports nothing.</summary>
    public readonly int? LogprobCount => Sequence.Job.Request.Sampling.Logprobs;

    /// <summary>Samples this sequence's tokens.</summary>
    public readonly ISequenceSampler Sampler => Sequence.Sampler;

    /// <summary>All tokens of the sequence, those before <see cref="Start"/> included.</summary>
    public readonly ReadOnlySpan<int> AllTokens => Sequence.Tokens;

    /// <summary>The tokens to compute.</summary>
    public readonly ReadOnlySpan<int> Tokens => Sequence.Tokens.Slice(Start, Count);
}

/// <summary>What one forward pass computes. There is one plan for each scheduler, used again and again.</summary>
public sealed class StepPlan
{
    private readonly StepItem[] _items;
    private readonly List<CacheOperation> _cacheOperations;
    private int _count;

    internal StepPlan(int maxSequences)
    {
        _items = new StepItem[maxSequences];
        _cacheOperations = new List<CacheOperation>(maxSequences * 4);
    }

    /// <summary>The sequences' parts: first those that decode, then prompt chunks.</summary>
    public Span<StepItem> Items => _items.AsSpan(0, _count);

    /// <summary>Changes to the cache to make, in this order, before anything is computed.</summary>
    public ReadOnlySpan<CacheOperation> CacheOperations => CollectionsMarshal.AsSpan(_cacheOperations);

    /// <summary>Tokens of sequences that decode.</summary>
    public int DecodeTokens { get; private set; }

    /// <summary>Tokens of prompts, and of sequences computed again after a preemption.</summary>
    public int PrefillTokens { get; private set; }

    /// <summary>Of all tokens, those that were computed before and lost to a preemption.</summary>
    public int RecomputedTokens { get; private set; }

    /// <summary>Prompt tokens that are computed for the first time; where several sequences continue one prompt, it counts once.</summary>
    public int PromptTokensComputed { get; private set; }

    /// <summary>All tokens of the pass.</summary>
    public int Tokens => DecodeTokens + PrefillTokens;

    /// <summary>Sequences that get a token from this pass.</summary>
    public int BatchSize { get; private set; }

    internal void ClearItems()
    {
        Items.Clear();
        _count = DecodeTokens = PrefillTokens = RecomputedTokens = PromptTokensComputed = BatchSize = 0;
    }

    internal void ClearCacheOperations() => _cacheOperations.Clear();

    internal void Change(CacheOperation operation) => _cacheOperations.Add(operation);

    internal void Add(Sequence sequence, int count)
    {
        var decoding = sequence.IsDecoding;
        var sample = count == sequence.Pending;
        _items[_count++] = new StepItem
        {
            Sequence = sequence,
            Slot = sequence.Slot,
            Start = sequence.Computed,
            Count = count,
            Sample = sample,
        };
        if (decoding)
            DecodeTokens += count;
        else
            PrefillTokens += count;
        if (sample)
            BatchSize++;
        var end = sequence.Computed + count;
        RecomputedTokens += Math.Max(0, Math.Min(end, sequence.HighWater) - sequence.Computed);
        if (sequence.CountsPrompt)
            PromptTokensComputed += Math.Max(0, Math.Min(end, sequence.PromptLength) - Math.Max(sequence.Computed, sequence.HighWater));
    }
}
