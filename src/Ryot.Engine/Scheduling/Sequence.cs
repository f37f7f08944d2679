using Ryot.Engine.Models;
using Ryot.Engine.Text;

namespace Ryot.Engine.Scheduling;

internal enum SequenceState
{
    Waiting,
    Running,
    Finished,
}

/// <summary>One prompt and its continuation. Owned by the engine's thread once it was queued.</summary>
internal sealed class Sequence
{
    private int[] _tokens;

    /// <param name="job">The request that it belongs to.</param>
    /// <param name="index">Its index there.</param>
    /// <param name="prompt">The prompt's tokens.</param>
    /// <param name="maxLength">Tokens at which it ends, prompt included.</param>
    /// <param name="sampler">Chooses its tokens; disposed when it ends.</param>
    public Sequence(GenerationJob job, int index, int[] prompt, int maxLength, ISequenceSampler sampler)
    {
        Job = job;
        Index = index;
        MaxLength = maxLength;
        Sampler = sampler;
        PromptLength = Length = prompt.Length;
        // Room for what most answers need; longer ones grow by doubling, which is rare enough not to count per token.
        _tokens = new int[Math.Min(maxLength, prompt.Length + 256)];
        prompt.CopyTo(_tokens, 0);
        if (job.Request.Sampling.Stop.Count > 0)
            StopMatcher = new StopMatcher(job.Request.Sampling.Stop);
    }

    public GenerationJob Job { get; }

    public int Index { get; }

    public int PromptLength { get; }

    public int MaxLength { get; }

    public ISequenceSampler Sampler { get; }

    public StopMatcher? StopMatcher { get; }

    public SequenceState State { get; set; }

    /// <summary>Known tokens: the prompt's and the sampled ones.</summary>
    public int Length { get; private set; }

    /// <summary>Tokens whose keys and values are in the cache.</summary>
    public int Computed { get; set; }

    /// <summary>The last of its cells while it runs.</summary>
    public CellRange? Cells { get; set; }

    /// <summary>Cells that it has or is promised: its length at admission, then one more for each token.</summary>
    public int Reserved { get; set; }

    /// <summary>Its place in the cache while it runs; -1 while it waits.</summary>
    public int Slot { get; set; } = -1;

    /// <summary>Order of first admission: the youngest has the highest.</summary>
    public long AdmissionOrder { get; set; } = -1;

    /// <summary>When it was queued, as a timestamp.</summary>
    public long QueuedAt { get; set; }

    /// <summary>Most tokens that it ever had in the cache; what it computes below this, it computes again after a preemption.</summary>
    public int HighWater { get; set; }

    /// <summary>Tokens that were computed for it, each counted once.</summary>
    public int ComputedOnce { get; set; }

    /// <summary>How long before it was queued its prompt, or the beginning of it, was last asked for; null if not within memory.</summary>
    public TimeSpan? PrefixLastSeen { get; init; }

    /// <summary>How many tokens of its prompt's beginning were asked for before, within memory.</summary>
    public int RecurringPrefix { get; init; }

    /// <summary>Whether its prompt counts in metrics: the continuations of one prompt count it once.</summary>
    public bool CountsPrompt => Index % Job.Request.SequencesPerPrompt == 0;

    /// <summary>Engine time spent on its prompt, in ticks of the engine's clock.</summary>
    public long PromptTicks { get; set; }

    /// <summary>Engine time spent on its completion, in ticks of the engine's clock.</summary>
    public long CompletionTicks { get; set; }

    public int Passes { get; set; }

    public long BatchSizeSum { get; set; }

    public int Generated => Length - PromptLength;

    /// <summary>Tokens that the next forward passes must compute before another can be sampled.</summary>
    public int Pending => Length - Computed;

    /// <summary>Whether it only needs its last token computed, as every running sequence does after its first token.</summary>
    public bool IsDecoding => Generated > 0 && Pending == 1;

    public ReadOnlySpan<int> Tokens => _tokens.AsSpan(0, Length);

    /// <summary>The array behind <see cref="Tokens"/>, which may be longer. It does not change after the sequence has ended.</summary>
    public int[] AllTokens => _tokens;

    public void Append(int token)
    {
        if (Length == _tokens.Length)
            Array.Resize(ref _tokens, Math.Min(MaxLength, Length * 2));
        _tokens[Length++] = token;
    }
}
