namespace Ryot.Engine.Requests;

/// <summary>How the next token is chosen. The defaults are those of the OpenAI API; a value that switches a step off is named with it.</summary>
public sealed record SamplingParameters
{
    /// <summary>Softmax temperature; 0 is greedy.</summary>
    public float Temperature { get; init; } = 1f;

    /// <summary>Nucleus: the smallest set of tokens whose probability reaches this; 1 is off.</summary>
    public float TopP { get; init; } = 1f;

    /// <summary>Only the K most likely tokens; 0 is off.</summary>
    public int TopK { get; init; }

    /// <summary>Drops tokens less likely than this share of the likeliest one's probability; 0 is off.</summary>
    public float MinP { get; init; }

    /// <summary>Multiplicative penalty on tokens seen lately (llama.cpp's repeat penalty); 1 is off.</summary>
    public float RepeatPenalty { get; init; } = 1f;

    /// <summary>Subtracted per earlier occurrence; 0 is off.</summary>
    public float FrequencyPenalty { get; init; }

    /// <summary>Subtracted once where a token occurred before; 0 is off.</summary>
    public float PresencePenalty { get; init; }

    /// <summary>How many of the last tokens the penalties look at; -1 is all of the context.</summary>
    public int PenaltyWindow { get; init; } = 64;

    /// <summary>Seed of the random draw; without one each request draws its own. Sequence i of a request uses seed + i.</summary>
    public uint? Seed { get; init; }

    /// <summary>Added to the logits of single tokens, by token id.</summary>
    public IReadOnlyDictionary<int, float> LogitBias { get; init; } = _emptyBias;

    /// <summary>Never samples an end-of-generation token, so that a sequence runs to its token limit.</summary>
    public bool IgnoreEos { get; init; }

    /// <summary>Most tokens to generate for each sequence; null is as many as the context holds.</summary>
    public int? MaxTokens { get; init; }

    /// <summary>Strings that end a sequence. They are never part of the text.</summary>
    public IReadOnlyList<string> Stop { get; init; } = [];

    /// <summary>How many alternatives to report with each token's log probability; null reports none at all.</summary>
    public int? Logprobs { get; init; }

    private static readonly IReadOnlyDictionary<int, float> _emptyBias = new Dictionary<int, float>();
}
