using Ryot.Metrics;

namespace Ryot.Engine.Requests;

/// <summary>What a <see cref="GenerationEvent"/> tells.</summary>
public enum GenerationEventKind
{
    /// <summary>The request's first prompt chunk was scheduled. Once for each request.</summary>
    Admitted,

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

    /// <summary>Forward passes that the sequence took part in (<see cref="GenerationEventKind.SequenceFinished"/>).</summary>
    public int Passes { get; init; }

    /// <summary>Sum of those passes' batch sizes.</summary>
    public long BatchSizeSum { get; init; }
}

/// <summary>Log probabilities (natural logarithm, before temperature and penalties) at one position.</summary>
/// <param name="Logprob">Of the sampled token.</param>
/// <param name="TopTokens">The likeliest tokens, likeliest first.</param>
/// <param name="TopLogprobs">Their log probabilities.</param>
public sealed record TokenLogprobs(float Logprob, int[] TopTokens, float[] TopLogprobs);
