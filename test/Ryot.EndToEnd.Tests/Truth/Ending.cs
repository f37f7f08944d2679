namespace Ryot.EndToEnd.Tests.Truth;

/// <summary>How one request ended, as its client saw it, in the words of the metrics.</summary>
internal sealed record Ending
{
    public string Model { get; init; } = Support.RyotProcess.Model;

    /// <summary>Whose it is, as the client said; empty where the server takes nobody's word.</summary>
    public string Tenant { get; init; } = "";

    public required string Endpoint { get; init; }

    public required string Mode { get; init; }

    public required string Status { get; init; }

    /// <summary>The coarse error of the request counter; empty where there is none.</summary>
    public string ErrorType { get; init; } = "";

    /// <summary>The cause in the error counter; empty where there is none.</summary>
    public string Cause { get; init; } = "";

    public required string Reason { get; init; }

    public string Priority { get; init; } = "normal";

    /// <summary>Sequences that entered the queue; 0 when the request was turned away.</summary>
    public int Sequences { get; init; }

    /// <summary>Whether it ever ran.</summary>
    public bool Admitted { get; init; }

    /// <summary>Sequences that got a token.</summary>
    public int SequencesWithTokens { get; init; }

    /// <summary>Whether a sequence got two tokens or more.</summary>
    public bool HasTwoTokens { get; init; }

    public int PromptTokens { get; init; }

    /// <summary>Prompt tokens that the client was told to have come from the cache; null when it was told nothing.</summary>
    public int? CachedTokens { get; init; }

    /// <summary>Answers to a prompt beyond its first, which compute none or little of it.</summary>
    public int FurtherAnswers { get; init; }

    /// <summary>Tokens that the client knows to have been generated.</summary>
    public int CompletionTokens { get; init; }

    /// <summary>What the client was told that it cost, in US dollars; null when it was told nothing.</summary>
    public double? CostUsd { get; init; }

    /// <summary>Whether it failed by the service's fault, so that it missed its objectives.</summary>
    public bool IsFaultOfService => Cause is not ("" or "invalid_prompt" or "tokenization_error" or "model_not_found");
}
