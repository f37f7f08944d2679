using Ryot.Metrics;
using Ryot.Server.Api.Errors;

namespace Ryot.Server.Generation;

/// <summary>How a request ended.</summary>
internal sealed class GenerationResult
{
    /// <summary>Its sequences, in order; some of those of a batch never ran.</summary>
    public required IReadOnlyList<SequenceProgress> Sequences { get; init; }

    /// <summary>Tokens of each prompt; 0 where it was refused.</summary>
    public required IReadOnlyList<int> PromptTokens { get; init; }

    /// <summary>Whether the client went away or was cut off.</summary>
    public required bool ClientGone { get; init; }

    /// <summary>From received to admitted; null when it never was.</summary>
    public required TimeSpan? QueueTime { get; init; }

    /// <summary>From received to the first token; null when there is none.</summary>
    public required TimeSpan? FirstTokenTime { get; init; }

    /// <summary>From received to the end in the engine.</summary>
    public required TimeSpan TotalTime { get; init; }

    /// <summary>What the client is told that it cost, in US dollars; null when it is not told.</summary>
    public double? ToldCostUsd { get; set; }

    /// <summary>Tokens of all prompts; each counts once, whatever <c>n</c> is.</summary>
    public int TotalPromptTokens => PromptTokens.Sum();

    /// <summary>Tokens of all answers.</summary>
    public int CompletionTokens => Sequences.Sum(sequence => sequence.CompletionTokens);

    /// <summary>The tokens that the client is told of.</summary>
    public UsageReport Usage =>
        new(TotalPromptTokens, Sequences.Sum(sequence => sequence.CachedTokens), CompletionTokens, ToldCostUsd);

    /// <summary>The gravest error of the sequences; null when all went well.</summary>
    public ApiError? Error => Sequences.Where(sequence => sequence.Error is not null).MaxBy(sequence => Gravity(sequence.Reason))?.Error;

    /// <summary>Whether no sequence went well.</summary>
    public bool FailedAltogether => Sequences.All(sequence => sequence.Error is not null);

    /// <summary>The reason of the sequence that is the least complete.</summary>
    public FinishReason Reason =>
        ClientGone ? FinishReason.Cancelled : Sequences.MaxBy(sequence => Gravity(sequence.Reason))!.Reason!.Value;

    private static int Gravity(FinishReason? reason) => reason switch
    {
        FinishReason.Error => 5,
        FinishReason.Timeout => 4,
        FinishReason.Cancelled => 3,
        FinishReason.Rejected => 2,
        FinishReason.Length => 1,
        _ => 0,
    };
}
