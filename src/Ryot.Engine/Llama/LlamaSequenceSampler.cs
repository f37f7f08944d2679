using System.Numerics.Tensors;
using Ryot.Engine.Models;
using Ryot.Engine.Requests;
using Ryot.LlamaCpp;

namespace Ryot.Engine.Llama;

/// <summary>
/// Chooses the tokens of one sequence by llama.cpp's samplers, in the order that its own server uses. Plain greedy needs none of
/// them: they would sort a copy of the vocabulary for what a scan over the logits tells.
/// </summary>
internal sealed class LlamaSequenceSampler : ISequenceSampler
{
    private readonly LlamaSampler? _chain;
    private readonly int[] _excluded;

    public LlamaSequenceSampler(
        LlamaVocabulary vocabulary,
        int[] endOfGeneration,
        SamplingParameters parameters,
        uint seed,
        ReadOnlySpan<int> prompt,
        int contextLength)
    {
        _excluded = parameters.IgnoreEos ? endOfGeneration : [];
        var penalizes = parameters.RepeatPenalty != 1f || parameters.FrequencyPenalty != 0f || parameters.PresencePenalty != 0f;
        if (parameters.Temperature <= 0f && !penalizes && parameters.LogitBias.Count == 0)
            return;

        using var builder = new LlamaSamplerBuilder(vocabulary);
        if (Biases(parameters) is { Length: > 0 } biases)
            builder.LogitBias(biases);
        var window = parameters.PenaltyWindow < 0 ? contextLength : parameters.PenaltyWindow;
        if (penalizes)
            builder.Penalties(window, parameters.RepeatPenalty, parameters.FrequencyPenalty, parameters.PresencePenalty);
        if (parameters.Temperature <= 0f)
        {
            _chain = builder.Greedy();
        }
        else
        {
            if (parameters.TopK > 0)
                builder.TopK(parameters.TopK);
            if (parameters.TopP < 1f)
                builder.TopP(parameters.TopP);
            if (parameters.MinP > 0f)
                builder.MinP(parameters.MinP);
            // llama.cpp reads the largest seed as "draw one".
            _chain = builder.Temperature(parameters.Temperature).Random(seed == uint.MaxValue ? 0 : seed);
        }
        if (!penalizes)
            return;
        foreach (var token in prompt[Math.Max(0, prompt.Length - window)..])
            _chain.AcceptPrompt(token);
    }

    /// <summary>Chooses the next token.</summary>
    /// <param name="logits">The pass's output; tokens that must not be chosen are set to negative infinity in it.</param>
    /// <param name="token">The chosen token.</param>
    /// <returns>False when there is none: the logits are no numbers, or every token is excluded.</returns>
    public bool TrySample(Span<float> logits, out int token)
    {
        foreach (var excluded in _excluded)
            logits[excluded] = float.NegativeInfinity;
        if (_chain is null)
        {
            token = TensorPrimitives.IndexOfMax<float>(logits);
            return float.IsFinite(logits[token]);
        }
        try
        {
            token = _chain.Sample(logits);
            return true;
        }
        catch (InvalidOperationException)
        {
            token = 0;
            return false;
        }
    }

    public void Dispose() => _chain?.Dispose();

    private static KeyValuePair<int, float>[] Biases(SamplingParameters parameters) => [.. parameters.LogitBias];
}
