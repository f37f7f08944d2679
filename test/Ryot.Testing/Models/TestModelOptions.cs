namespace Ryot.Testing.Models;

/// <summary>The shape of a test model. Equal options give the same file.</summary>
public sealed record TestModelOptions
{
    /// <summary>How the matrices are stored; null takes what is usual for the architecture.</summary>
    public TensorEncoding? Encoding { get; init; }

    /// <summary>How many layers.</summary>
    public int Layers { get; init; } = 4;

    /// <summary>The width of the hidden state; 0 takes the smallest that suits the encoding (64, or 256 for ternary weights).</summary>
    public int Width { get; init; }

    /// <summary>The width of the feed-forward part; 0 takes three times the width, or once the width for ternary weights.</summary>
    public int FeedForward { get; init; }

    /// <summary>Attention heads.</summary>
    public int Heads { get; init; } = 4;

    /// <summary>Heads in the KV cache; gpt2 has as many as <see cref="Heads"/>.</summary>
    public int KvHeads { get; init; } = 2;

    /// <summary>The context length that the file announces.</summary>
    public int ContextLength { get; init; } = 2048;

    /// <summary>Tokens that the windowed layers of gemma2 attend to.</summary>
    public int SlidingWindow { get; init; } = 64;

    /// <summary>Tokens in the vocabulary, 300 or more.</summary>
    public int VocabularySize { get; init; } = 512;

    /// <summary>The chat template, or null to leave it out.</summary>
    public string? ChatTemplate { get; init; } = TestVocabulary.ChatMlTemplate;

    /// <summary>The seed of the weights.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>How far apart the logits are: larger makes the model surer of its next token.</summary>
    public float Sharpness { get; init; } = 1;
}
