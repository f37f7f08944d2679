using Ryot.Engine.Requests;
using Xunit;

namespace Ryot.Engine.Tests.Llama;

/// <summary>Compares greedy texts that were computed in different batches.</summary>
internal static class GreedyText
{
    /// <summary>
    /// Texts are the same up to where two tokens are as good as equally likely: there another order of summation may tip the choice, and
    /// nothing else.
    /// </summary>
    /// <param name="expected">Tokens of one text, with log probabilities.</param>
    /// <param name="actual">Tokens of the other.</param>
    /// <param name="tie">Difference of log probabilities up to which two tokens are as good as equally likely.</param>
    public static void AssertSame(List<GenerationEvent> expected, List<GenerationEvent> actual, double tie = 0.02)
    {
        Assert.Equal(expected.Count, actual.Count);
        var place = expected.Zip(actual).TakeWhile(pair => pair.First.Token == pair.Second.Token).Count();
        if (place == expected.Count)
            return;
        var logprobs = expected[place].Logprobs!;
        var other = Array.IndexOf(logprobs.TopTokens, actual[place].Token);
        Assert.True(other >= 0, $"Token {place} is one that was not among the likeliest.");
        Assert.InRange(logprobs.TopLogprobs[0] - logprobs.TopLogprobs[other], 0, tie);
    }
}
