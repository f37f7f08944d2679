namespace Ryot.Metrics;

/// <summary>Rates that hold from a volume on, in tokens of prompts and completions of one model in one calendar month (UTC).</summary>
/// <param name="FromTokens">The volume from which they hold, until the next tier begins.</param>
/// <param name="PromptUsdPerThousand">US dollars for each 1000 tokens of prompts.</param>
/// <param name="CompletionUsdPerThousand">US dollars for each 1000 tokens of completions.</param>
public readonly record struct CostTier(long FromTokens, double PromptUsdPerThousand, double CompletionUsdPerThousand);

/// <summary>
/// Charges rates that depend on the model's volume in the calendar month (UTC). A request that crosses a boundary is charged in part by
/// each tier: its prompt tokens come first in the volume, then its completion tokens.
/// </summary>
public sealed class TieredCost : ICostModel
{
    private readonly CostTier[] _tiers;
    private readonly IVolumeLedger _ledger;

    /// <summary>Makes it.</summary>
    /// <param name="tiers">The tiers; the first begins at 0 and each later one at a greater volume.</param>
    /// <param name="ledger">Counts the volume.</param>
    /// <exception cref="ArgumentException">There are no tiers, they are out of order, or a rate is negative, infinite or NaN.</exception>
    public TieredCost(IReadOnlyList<CostTier> tiers, IVolumeLedger ledger)
    {
        if (tiers.Count == 0)
            throw new ArgumentException("There must be at least one tier.", nameof(tiers));
        if (tiers[0].FromTokens != 0)
            throw new ArgumentException($"The first tier must begin at 0 tokens, not at {tiers[0].FromTokens}.", nameof(tiers));
        for (var next = 1; next < tiers.Count; next++)
        {
            if (tiers[next].FromTokens <= tiers[next - 1].FromTokens)
            {
                throw new ArgumentException(
                    $"Tiers must rise, but one from {tiers[next].FromTokens} tokens comes after one from {tiers[next - 1].FromTokens}.", nameof(tiers));
            }
        }

        foreach (var tier in tiers)
        {
            Rates.Checked(tier.PromptUsdPerThousand);
            Rates.Checked(tier.CompletionUsdPerThousand);
        }

        _tiers = [.. tiers];
        _ledger = ledger;
    }

    /// <inheritdoc/>
    public CostModelKind Kind => CostModelKind.Tiered;

    /// <inheritdoc/>
    public TokenCost Charge(string modelId, in TokenUsage usage, DateTimeOffset now)
    {
        usage.ThrowIfNegative();
        var month = now.UtcDateTime;
        var before = _ledger.Add(modelId, month.Year, month.Month, usage.PromptTokens + usage.CompletionTokens);
        var prompt = 0d;
        var completion = 0d;
        for (var number = 0; number < _tiers.Length; number++)
        {
            var tier = _tiers[number];
            var end = number + 1 < _tiers.Length ? _tiers[number + 1].FromTokens : long.MaxValue;
            prompt += Rates.Cost(Within(before, usage.PromptTokens, tier.FromTokens, end), tier.PromptUsdPerThousand);
            completion += Rates.Cost(
                Within(before + usage.PromptTokens, usage.CompletionTokens, tier.FromTokens, end), tier.CompletionUsdPerThousand);
        }

        return new TokenCost(prompt, completion);
    }

    /// <summary>How many of the tokens that begin at a volume lie in a tier.</summary>
    private static long Within(long start, long tokens, long from, long end)
        => Math.Max(0, Math.Min(start + tokens, end) - Math.Max(start, from));
}
