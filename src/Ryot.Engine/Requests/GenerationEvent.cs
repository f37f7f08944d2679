using Ryot.Metrics;

namespace Ryot.Engine.Requests;

/// <summary>What a <see cref="GenerationEvent"/> tells.</summary>
public enum GenerationEventKind
{
    /// <summary>The request's first prompt chunk was scheduled. Once for each request.</summary>
    Admitted,

    /// <summary>
    /// A prompt's tokens were found in the cache or are computed from now on. Once for each prompt, and again if more of it is found
    /// after a preemption.
    /// </summary>
    PromptAdmitted,

    /// <summary>A token was sampled.</summary>
    Token,

    /// <summary>A sequence ended; nothing more comes from it.</summary>
    SequenceFinished,
}

/// <summary>One thing that happened to a request inside the engine, stamped by the engine.</summary>
public readonly record struct GenerationEvent
{
    /// <summary>What happened.</summary>
    public GenerationEventKind Kind { get; init; }

    /// <summary>Index of the sequence within its request.</summary>
    public int Sequence { get; init; }

    /// <summary>When it happened, as a timestamp of the engine's clock.</summary>
    public long Timestamp { get; init; }

    /// <summary>The sampled token (<see cref="GenerationEventKind.Token"/>).</summary>
    public int Token { get; init; }

    /// <summary>
    /// With a token: how many bytes at the end of the sequence's text must be held back, since a stop string may have begun there.
    /// With the end of a sequence: how many bytes at the end are the stop string (and what came with it), to be cut off.
    /// </summary>
    public int HeldBackBytes { get; init; }

    /// <summary>The token's log probability and its alternatives, where they were asked for.</summary>
    public TokenLogprobs? Logprobs { get; init; }

    /// <summary>Why the sequence ended (<see cref="GenerationEventKind.SequenceFinished"/>).</summary>
    public FinishReason FinishReason { get; init; }

    /// <summary>What went wrong, when <see cref="FinishReason"/> is an error or a time-out.</summary>
    public ErrorCause? Cause { get; init; }

    /// <summary>What of the prompt was reused (<see cref="GenerationEventKind.PromptAdmitted"/>).</summary>
    public PromptAdmission? Admission { get; init; }

    /// <summary>What the sequence used (<see cref="GenerationEventKind.SequenceFinished"/>).</summary>
    public SequenceUsage? Usage { get; init; }
}

/// <summary>What of a prompt was reused.</summary>
/// <param name="PromptTokens">Tokens of the prompt; 0 when it was told before and only more of it was found.</param>
/// <param name="ReusedTokens">Those that were found in the cache and need not be computed.</param>
/// <param name="PrefixLastSeen">How long ago the prompt, or the beginning of it, was last asked for; null if not within memory.</param>
public sealed record PromptAdmission(int PromptTokens, int ReusedTokens, TimeSpan? PrefixLastSeen);

/// <summary>What a sequence used of the engine.</summary>
/// <param name="Passes">Forward passes that it took part in.</param>
/// <param name="BatchSizeSum">Sum of those passes' batch sizes.</param>
/// <param name="PromptTicks">Its share of their time for its prompt, in ticks of the engine's clock.</param>
/// <param name="CompletionTicks">Its share of their time for its completion, in the same ticks.</param>
public sealed record SequenceUsage(int Passes, long BatchSizeSum, long PromptTicks, long CompletionTicks);

/// <summary>Log probabilities (natural logarithm, before temperature and penalties) at one position.</summary>
/// <param name="Logprob">Of the sampled token.</param>
/// <param name="TopTokens">The likeliest tokens, likeliest first.</param>
/// <param name="TopLogprobs">Their log probabilities.</param>
public sealed record TokenLogprobs(float Logprob, int[] TopTokens, float[] TopLogprobs);
