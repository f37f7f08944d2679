using System.Runtime.InteropServices;
using Ryot.LlamaCpp.Interop;

namespace Ryot.LlamaCpp;

/// <summary>
/// Builds a <see cref="LlamaSampler"/>. Samplers run in the order in which they are added; the one that chooses
/// (<see cref="Greedy"/> or <see cref="Random"/>) ends the chain.
/// </summary>
public sealed unsafe class LlamaSamplerBuilder : IDisposable
{
    private const int DryMaxTokens = 1 << 16;

    private readonly LlamaVocabulary _vocabulary;
    private SamplerHandle? _chain;
    private SamplerHandle? _grammar;

    /// <summary>Begins an empty chain.</summary>
    /// <param name="vocabulary">The vocabulary of the model, which the sampler keeps alive.</param>
    public LlamaSamplerBuilder(LlamaVocabulary vocabulary)
    {
        ArgumentNullException.ThrowIfNull(vocabulary);
        _vocabulary = vocabulary;
        _chain = SamplerHandle.Create(Native.SamplerChainInit(Native.SamplerChainDefaultParams()), vocabulary);
    }

    private SamplerHandle Chain => _chain ?? throw new InvalidOperationException("The chain is complete.");

    /// <summary>Adds a number to the logits of some tokens. Negative infinity excludes a token.</summary>
    /// <param name="biases">Tokens and what is added.</param>
    public LlamaSamplerBuilder LogitBias(ReadOnlySpan<KeyValuePair<int, float>> biases)
    {
        if (biases.IsEmpty) return this;
        var native = new NativeLogitBias[biases.Length];
        for (int i = 0; i < native.Length; i++)
        {
            (int token, float bias) = biases[i];
            if ((uint)token >= (uint)_vocabulary.Count) throw new ArgumentOutOfRangeException(nameof(biases), token, "There is no such token.");
            if (float.IsNaN(bias)) throw new ArgumentOutOfRangeException(nameof(biases), bias, "A bias is a number.");
            native[i] = new NativeLogitBias { Token = token, Bias = bias };
        }

        fixed (NativeLogitBias* pointer = native) return Add(Native.SamplerLogitBias(_vocabulary.Count, native.Length, pointer));
    }

    /// <summary>Makes tokens less likely that were accepted lately.</summary>
    /// <param name="lastTokens">How many accepted tokens count; 0 switches the sampler off.</param>
    /// <param name="repeat">Divides (multiplies, below 0) the logit of each; above 0, 1 switches it off.</param>
    /// <param name="frequency">Subtracted once per occurrence; 0 switches it off.</param>
    /// <param name="presence">Subtracted once; 0 switches it off.</param>
    public LlamaSamplerBuilder Penalties(int lastTokens, float repeat = 1, float frequency = 0, float presence = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(lastTokens);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(repeat);
        CheckFinite(repeat, nameof(repeat));
        CheckFinite(frequency, nameof(frequency));
        CheckFinite(presence, nameof(presence));
        return Add(Native.SamplerPenalties(_vocabulary.Count, lastTokens, repeat, frequency, presence));
    }

    /// <summary>Makes tokens less likely that would continue a repetition ("don't repeat yourself").</summary>
    /// <param name="multiplier">The strength; 0 switches the sampler off.</param>
    /// <param name="base">The growth per repeated token; at least 1.</param>
    /// <param name="allowedLength">Repetitions up to this length are free.</param>
    /// <param name="lastTokens">How many accepted tokens are searched; at most 65536.</param>
    /// <param name="sequenceBreakers">Texts that a repetition does not reach across, e.g. a line break.</param>
    public LlamaSamplerBuilder Dry(
        float multiplier, float @base, int allowedLength, int lastTokens, IReadOnlyList<string>? sequenceBreakers = null)
    {
        CheckFinite(multiplier, nameof(multiplier));
        CheckFinite(@base, nameof(@base));
        ArgumentOutOfRangeException.ThrowIfLessThan(@base, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(allowedLength);
        ArgumentOutOfRangeException.ThrowIfNegative(lastTokens);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(lastTokens, DryMaxTokens);
        sequenceBreakers ??= [];

        nint[] breakers = new nint[sequenceBreakers.Count];
        try
        {
            for (int i = 0; i < breakers.Length; i++) breakers[i] = Marshal.StringToCoTaskMemUTF8(sequenceBreakers[i]);
            fixed (nint* pointer = breakers)
            {
                return Add(Native.SamplerDry(
                    _vocabulary.Handle, multiplier, @base, allowedLength, lastTokens, (byte**)pointer, (nuint)breakers.Length));
            }
        }
        finally
        {
            foreach (nint breaker in breakers) Marshal.FreeCoTaskMem(breaker);
        }
    }

    /// <summary>Keeps the most likely tokens.</summary>
    /// <param name="k">How many; 0 and less switch the sampler off.</param>
    public LlamaSamplerBuilder TopK(int k) => Add(Native.SamplerTopK(k));

    /// <summary>Keeps the most likely tokens that together reach a probability.</summary>
    /// <param name="p">The probability; 1 switches the sampler off.</param>
    /// <param name="minKeep">How many are kept at least.</param>
    public LlamaSamplerBuilder TopP(float p, int minKeep = 1)
    {
        CheckShare(p, minKeep);
        return Add(Native.SamplerTopP(p, (nuint)minKeep));
    }

    /// <summary>Keeps tokens that have a share of the most likely one's probability.</summary>
    /// <param name="p">The share; 0 switches the sampler off.</param>
    /// <param name="minKeep">How many are kept at least.</param>
    public LlamaSamplerBuilder MinP(float p, int minKeep = 1)
    {
        CheckShare(p, minKeep);
        return Add(Native.SamplerMinP(p, (nuint)minKeep));
    }

    /// <summary>Divides the logits.</summary>
    /// <param name="temperature">Below 1 sharper, above 1 flatter; at 0 only the most likely token is left.</param>
    public LlamaSamplerBuilder Temperature(float temperature)
    {
        CheckFinite(temperature, nameof(temperature));
        ArgumentOutOfRangeException.ThrowIfNegative(temperature);
        return Add(Native.SamplerTemperature(temperature));
    }

    /// <summary>Allows only text that a grammar derives.</summary>
    /// <param name="gbnf">The grammar in llama.cpp's GBNF. It comes from a trusted source: deep nesting can exhaust the stack.</param>
    /// <param name="root">The rule to begin with.</param>
    /// <exception cref="ArgumentException">The grammar has an error. llama.cpp writes which one to the standard error output.</exception>
    public LlamaSamplerBuilder Grammar(string gbnf, string root = "root")
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(gbnf);
        ArgumentException.ThrowIfNullOrWhiteSpace(root);
        if (_grammar is not null) throw new InvalidOperationException("The chain has a grammar already.");
        nint grammar;
        fixed (byte* text = NativeText.Terminated(gbnf))
        fixed (byte* rule = NativeText.Terminated(root))
        {
            grammar = Native.SamplerGrammar(_vocabulary.Handle, text, rule);
        }

        if (grammar == 0) throw new ArgumentException("llama.cpp found an error in the grammar and wrote it to the standard error output.", nameof(gbnf));
        _grammar = SamplerHandle.Create(grammar, _vocabulary);
        return this;
    }

    /// <summary>Ends the chain: always the most likely token.</summary>
    public LlamaSampler Greedy() => Complete(Native.SamplerGreedy());

    /// <summary>Ends the chain: a token by its probability.</summary>
    /// <param name="seed">The same seed gives the same choices; <see cref="uint.MaxValue"/> means a seed that llama.cpp draws.</param>
    public LlamaSampler Random(uint seed) => Complete(Native.SamplerDistribution(seed));

    /// <summary>Frees a chain that was not completed.</summary>
    public void Dispose()
    {
        _chain?.Dispose();
        _grammar?.Dispose();
    }

    private LlamaSampler Complete(nint last)
    {
        Add(last);
        var sampler = new LlamaSampler(_vocabulary, Chain, _grammar);
        _chain = null;
        _grammar = null;
        return sampler;
    }

    private LlamaSamplerBuilder Add(nint sampler)
    {
        if (sampler == 0) throw new InvalidOperationException("llama.cpp could not make a sampler.");
        Native.SamplerChainAdd(Chain, sampler);
        return this;
    }

    private static void CheckShare(float p, int minKeep)
    {
        CheckFinite(p, nameof(p));
        ArgumentOutOfRangeException.ThrowIfNegative(p);
        ArgumentOutOfRangeException.ThrowIfNegative(minKeep);
    }

    private static void CheckFinite(float value, string name)
    {
        if (!float.IsFinite(value)) throw new ArgumentOutOfRangeException(name, value, "The value is no finite number.");
    }
}
