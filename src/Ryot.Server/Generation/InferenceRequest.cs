using Ryot.Engine.Models;
using Ryot.Engine.Requests;
using Ryot.Metrics;

namespace Ryot.Server.Generation;

/// <summary>What a client asks for, whichever route it came by: read and checked, but not yet tokens.</summary>
internal sealed record InferenceRequest
{
    /// <summary>Name of the model.</summary>
    public required string Model { get; init; }

    /// <summary>The prompts; one for a conversation.</summary>
    public required IReadOnlyList<PromptInput> Prompts { get; init; }

    /// <summary>The parameter that the prompts came in, for errors.</summary>
    public required string PromptParam { get; init; }

    /// <summary>How tokens are chosen and when a sequence ends.</summary>
    public required SamplingParameters Sampling { get; init; }

    /// <summary>Answers to each prompt.</summary>
    public int SequencesPerPrompt { get; init; } = 1;

    /// <summary>Place in the queue.</summary>
    public PriorityLevel Priority { get; init; } = PriorityLevel.Normal;

    /// <summary>The deadline that the client asked for.</summary>
    public TimeSpan? Timeout { get; init; }

    /// <summary>Whether what the cache holds of the prompts may be used.</summary>
    public bool CachePrompt { get; init; } = true;

    /// <summary>Whether the answer is sent as it comes.</summary>
    public bool Stream { get; init; }

    /// <summary>Whether a stream ends with the token counts.</summary>
    public bool IncludeUsage { get; init; }

    /// <summary>Whether each prompt fails or succeeds by itself.</summary>
    public bool AllowsPartialSuccess { get; init; }

    /// <summary>What was asked for, in the terms of the OpenTelemetry GenAI conventions.</summary>
    public InferenceOperation Operation { get; init; } = InferenceOperation.TextCompletion;

    /// <summary>How metrics name the way of delivery.</summary>
    public GenerationMode Mode => Stream ? GenerationMode.Streaming : IsBatch ? GenerationMode.Batch : GenerationMode.Standard;

    /// <summary>How metrics name the route.</summary>
    public InferenceEndpoint Endpoint => Stream ? InferenceEndpoint.Stream : IsBatch ? InferenceEndpoint.Batch : InferenceEndpoint.Generate;

    /// <summary>How metrics tell prompts apart by what they may share: one with an earlier answer in it continues a conversation.</summary>
    public ContextType Context =>
        Prompts.Any(prompt => prompt.HoldsAnswer) ? ContextType.Conversation
        : IsBatch ? ContextType.Batch
        : Stream ? ContextType.Streaming
        : ContextType.Standard;

    private bool IsBatch => AllowsPartialSuccess || Prompts.Count > 1;
}

/// <summary>One prompt as a client wrote it: one of the three is set.</summary>
internal readonly record struct PromptInput
{
    /// <summary>Text to continue.</summary>
    public string? Text { get; init; }

    /// <summary>Tokens to continue.</summary>
    public int[]? Tokens { get; init; }

    /// <summary>A conversation to answer.</summary>
    public IReadOnlyList<ChatMessage>? Messages { get; init; }

    /// <summary>Whether it holds an earlier answer of the model.</summary>
    public bool HoldsAnswer => Messages?.Any(message => message.Role == "assistant") ?? false;
}
