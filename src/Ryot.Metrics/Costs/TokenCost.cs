namespace Ryot.Metrics;

/// <summary>What a request used.</summary>
/// <param name="PromptTokens">Tokens of its prompts, reused ones included.</param>
/// <param name="CompletionTokens">Tokens that were generated.</param>
/// <param name="PromptEngineTime">The share of the engine's time that its prompts took.</param>
/// <param name="CompletionEngineTime">The share of the engine's time that its completions took.</param>
public readonly record struct TokenUsage(long PromptTokens, long CompletionTokens, TimeSpan PromptEngineTime, TimeSpan CompletionEngineTime)
{
    /// <exception cref="ArgumentOutOfRangeException">Something is negative.</exception>
    internal void ThrowIfNegative()
    {
        ArgumentOutOfRangeException.ThrowIfNegative(PromptTokens);
        ArgumentOutOfRangeException.ThrowIfNegative(CompletionTokens);
        ArgumentOutOfRangeException.ThrowIfLessThan(PromptEngineTime, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThan(CompletionEngineTime, TimeSpan.Zero);
    }
}

/// <summary>What a request cost, in US dollars.</summary>
/// <param name="PromptUsd">For its prompts.</param>
/// <param name="CompletionUsd">For its completions.</param>
public readonly record struct TokenCost(double PromptUsd, double CompletionUsd);
