namespace Ryot.Metrics;

/// <summary>Charges fixed rates for each 1000 tokens.</summary>
public sealed class FixedRateCost : ICostModel
{
    /// <summary>The default rate for prompts, in US dollars for each 1000 tokens.</summary>
    public const double DefaultPromptUsd = 0.0015;

    /// <summary>The default rate for completions, in US dollars for each 1000 tokens.</summary>
    public const double DefaultCompletionUsd = 0.006;

    private readonly double _promptUsd;
    private readonly double _completionUsd;

    /// <summary>Makes it.</summary>
    /// <param name="promptUsdPerThousand">US dollars for each 1000 tokens of prompts.</param>
    /// <param name="completionUsdPerThousand">US dollars for each 1000 tokens of completions.</param>
    /// <exception cref="ArgumentOutOfRangeException">A rate is negative, infinite or NaN.</exception>
    public FixedRateCost(double promptUsdPerThousand = DefaultPromptUsd, double completionUsdPerThousand = DefaultCompletionUsd)
    {
        _promptUsd = Rates.Checked(promptUsdPerThousand);
        _completionUsd = Rates.Checked(completionUsdPerThousand);
    }

    /// <inheritdoc/>
    public CostModelKind Kind => CostModelKind.FixedRate;

    /// <inheritdoc/>
    public TokenCost Charge(string modelId, in TokenUsage usage, DateTimeOffset now)
    {
        usage.ThrowIfNegative();
        return new TokenCost(Rates.Cost(usage.PromptTokens, _promptUsd), Rates.Cost(usage.CompletionTokens, _completionUsd));
    }
}
