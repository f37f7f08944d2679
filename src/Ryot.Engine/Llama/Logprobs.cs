using System.Numerics.Tensors;
using Ryot.Engine.Requests;

namespace Ryot.Engine.Llama;

/// <summary>Log probabilities from logits.</summary>
internal static class Logprobs
{
    /// <summary>The log softmax at the sampled token and at the likeliest ones.</summary>
    /// <param name="logits">One for each token of the vocabulary.</param>
    /// <param name="sampled">The token that was chosen.</param>
    /// <param name="count">How many of the likeliest to report.</param>
    public static TokenLogprobs Compute(ReadOnlySpan<float> logits, int sampled, int count)
    {
        var max = TensorPrimitives.Max(logits);
        var sum = 0.0;
        foreach (var logit in logits)
            sum += Math.Exp(logit - max);
        var normalizer = max + (float)Math.Log(sum);

        count = Math.Min(count, logits.Length);
        var tokens = new int[count];
        var values = new float[count];
        var filled = 0;
        for (var token = 0; token < logits.Length; token++)
        {
            var value = logits[token];
            if (filled == count && (count == 0 || value <= values[count - 1]))
                continue;
            var place = filled < count ? filled++ : count - 1;
            for (; place > 0 && values[place - 1] < value; place--)
            {
                values[place] = values[place - 1];
                tokens[place] = tokens[place - 1];
            }
            values[place] = value;
            tokens[place] = token;
        }
        for (var i = 0; i < count; i++)
            values[i] -= normalizer;
        return new TokenLogprobs(logits[sampled] - normalizer, tokens, values);
    }
}
