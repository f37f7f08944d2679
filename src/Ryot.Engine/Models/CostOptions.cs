using Ryot.Metrics;

namespace Ryot.Engine.Models;

/// <summary>What requests for a model cost. Only the members of its kind matter.</summary>
public sealed record CostOptions
{
    /// <summary>The kind of rates.</summary>
    public CostModelKind Model { get; init; } = CostModelKind.FixedRate;

    /// <summary>US dollars for each 1000 tokens of prompts, with fixed rates.</summary>
    public double PromptPer1000 { get; init; } = FixedRateCost.DefaultPromptUsd;

    /// <summary>US dollars for each 1000 tokens of completions, with fixed rates.</summary>
    public double CompletionPer1000 { get; init; } = FixedRateCost.DefaultCompletionUsd;

    /// <summary>Rates by the volume of the calendar month, with tiered rates.</summary>
    public IReadOnlyList<CostTier> Tiers { get; init; } = [];

    /// <summary>What the machine costs, in US dollars per hour, with dynamic rates.</summary>
    public double MachinePricePerHour { get; init; }

    /// <summary>Makes what charges requests.</summary>
    /// <param name="ledger">Counts the volume of tiered rates.</param>
    /// <exception cref="ArgumentException">A rate is negative, or tiers are missing or out of order.</exception>
    public ICostModel Create(IVolumeLedger ledger) => Model switch
    {
        CostModelKind.Tiered => new TieredCost(Tiers, ledger),
        CostModelKind.Dynamic => new DynamicCost(MachinePricePerHour),
        _ => new FixedRateCost(PromptPer1000, CompletionPer1000),
    };

    /// <summary>Compares tiers one by one.</summary>
    /// <param name="other">Other rates.</param>
    public bool Equals(CostOptions? other) => other is not null
        && (Model, PromptPer1000, CompletionPer1000, MachinePricePerHour)
            == (other.Model, other.PromptPer1000, other.CompletionPer1000, other.MachinePricePerHour)
        && Tiers.SequenceEqual(other.Tiers);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Model, PromptPer1000, CompletionPer1000, MachinePricePerHour, Tiers.Count);
}
