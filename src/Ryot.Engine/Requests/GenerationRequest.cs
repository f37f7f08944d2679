using Ryot.Metrics;

namespace Ryot.Engine.Requests;

/// <summary>What a client asks of one model: prompts that are already tokens, and how to continue them.</summary>
public sealed record GenerationRequest
{
    /// <summary>Token ids of each prompt. Sequence <c>p * SequencesPerPrompt + i</c> is the i-th continuation of prompt p.</summary>
    public required IReadOnlyList<int[]> Prompts { get; init; }

    /// <summary>Independent continuations of each prompt (OpenAI's <c>n</c>).</summary>
    public int SequencesPerPrompt { get; init; } = 1;

    /// <summary>How tokens are chosen and when a sequence ends.</summary>
    public SamplingParameters Sampling { get; init; } = new();

    /// <summary>Place in the queue, and who is preempted last.</summary>
    public PriorityLevel Priority { get; init; } = PriorityLevel.Normal;

    /// <summary>How the answer is delivered; only metrics depend on it.</summary>
    public GenerationMode Mode { get; init; } = GenerationMode.Standard;

    /// <summary>Whether keys and values that the cache holds of the prompts' beginnings may be used.</summary>
    public bool ReusesCache { get; init; } = true;

    /// <summary>When the request must have ended, waiting included, as a timestamp of the engine's clock; null is never.</summary>
    public long? Deadline { get; init; }

    /// <summary>Number of sequences that this request makes.</summary>
    public int SequenceCount => Prompts.Count * SequencesPerPrompt;
}
