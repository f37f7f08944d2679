using Ryot.LlamaCpp.Interop;
using Ryot.LlamaCpp.Sampling;

namespace Ryot.LlamaCpp;

/// <summary>
/// A chain of samplers that chooses one token from logits, made by <see cref="LlamaSamplerBuilder"/>. It remembers what was
/// accepted (penalties, grammar) and its random state, so each sequence has its own. Used by one thread at a time.
/// </summary>
public sealed unsafe class LlamaSampler : IDisposable
{
    private readonly LlamaVocabulary _vocabulary;
    private readonly SamplerHandle _chain;
    private readonly SamplerHandle? _grammar;

    internal LlamaSampler(LlamaVocabulary vocabulary, SamplerHandle chain, SamplerHandle? grammar)
    {
        _vocabulary = vocabulary;
        _chain = chain;
        _grammar = grammar;
    }

    /// <summary>True when a grammar restricts the text.</summary>
    public bool HasGrammar => _grammar is not null;

    /// <summary>Chooses a token from a context's last outputs and accepts it. Allocates nothing on the managed heap.</summary>
    /// <param name="context">The context.</param>
    /// <param name="batchIndex">The index in the last batch of the token to go on from.</param>
    /// <returns>The chosen token.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The last batch has no logits for this index.</exception>
    /// <exception cref="InvalidOperationException">The logits are no numbers, or bias and grammar leave no token.</exception>
    public int Sample(LlamaContext context, int batchIndex)
    {
        ArgumentNullException.ThrowIfNull(context);
        return Sample(context.GetLogits(batchIndex));
    }

    /// <summary>Chooses a token from logits and accepts it. Allocates nothing on the managed heap.</summary>
    /// <param name="logits">One logit per token of the vocabulary; they are not changed.</param>
    /// <returns>The chosen token.</returns>
    /// <exception cref="InvalidOperationException">The logits are no numbers, or bias and grammar leave no token.</exception>
    public int Sample(ReadOnlySpan<float> logits)
    {
        if (logits.Length != _vocabulary.Count)
        {
            throw new ArgumentException($"There are {logits.Length} logits, the vocabulary has {_vocabulary.Count} tokens.", nameof(logits));
        }

        TokenDataArray candidates = Candidates.Fill(logits);
        Native.SamplerApply(_chain, &candidates);
        int token = Selected(candidates);

        // To try the grammar on one token is far cheaper than on all of them, and mostly that is enough.
        if (_grammar is not null && !GrammarAllows(token))
        {
            candidates = Candidates.Fill(logits);
            Native.SamplerApply(_grammar, &candidates);
            Native.SamplerApply(_chain, &candidates);
            token = Selected(candidates);
        }

        AcceptUnchecked(token);
        return token;
    }

    /// <summary>Takes note of a token that was chosen in some other way.</summary>
    /// <param name="token">The token.</param>
    /// <exception cref="ArgumentException">The grammar does not allow the token here.</exception>
    public void Accept(int token)
    {
        CheckToken(token);
        if (_grammar is not null && !GrammarAllows(token)) throw new ArgumentException("The grammar does not allow this token here.", nameof(token));
        AcceptUnchecked(token);
    }

    /// <summary>Takes note of a token of the prompt: penalties see it, the grammar does not.</summary>
    /// <param name="token">The token.</param>
    public void AcceptPrompt(int token)
    {
        CheckToken(token);
        Native.SamplerAccept(_chain, token);
    }

    /// <summary>Forgets all accepted tokens and starts the random numbers again from the seed.</summary>
    public void Reset()
    {
        Native.SamplerReset(_chain);
        if (_grammar is not null) Native.SamplerReset(_grammar);
    }

    /// <summary>A copy with the same settings, memory and random state.</summary>
    public LlamaSampler Clone() => new(_vocabulary, Clone(_chain), _grammar is null ? null : Clone(_grammar));

    /// <summary>Frees the chain.</summary>
    public void Dispose()
    {
        _chain.Dispose();
        _grammar?.Dispose();
    }

    private SamplerHandle Clone(SamplerHandle sampler) => SamplerHandle.Create(Native.SamplerClone(sampler), _vocabulary);

    private void AcceptUnchecked(int token)
    {
        Native.SamplerAccept(_chain, token);
        if (_grammar is not null) Native.SamplerAccept(_grammar, token);
    }

    // llama.cpp ends the process when a grammar has to accept a token that does not fit, so that is always asked first.
    private bool GrammarAllows(int token)
    {
        var one = new TokenData { Token = token, Logit = 1 };
        var candidates = new TokenDataArray { Data = &one, Size = 1, Selected = -1 };
        Native.SamplerApply(_grammar!, &candidates);
        return !float.IsNegativeInfinity(one.Logit);
    }

    private static int Selected(in TokenDataArray candidates)
    {
        long selected = candidates.Selected;
        if (selected < 0 || (nuint)selected >= candidates.Size || float.IsNegativeInfinity(candidates.Data[selected].Logit))
        {
            throw new InvalidOperationException("No token is left to choose: logit bias and grammar exclude all.");
        }

        return candidates.Data[selected].Token;
    }

    private void CheckToken(int token)
    {
        if ((uint)token >= (uint)_vocabulary.Count) throw new ArgumentOutOfRangeException(nameof(token), token, "There is no such token.");
    }
}
