namespace Ryot.Metrics;

/// <summary>Charges the engine time that a request really used, at what the machine costs per hour.</summary>
public sealed class DynamicCost : ICostModel
{
    private readonly double _usdPerHour;

    /// <summary>Makes it.</summary>
    /// <param name="machineUsdPerHour">What the machine costs, in US dollars per hour.</param>
    /// <exception cref="ArgumentOutOfRangeException">The price is negative, infinite or NaN.</exception>
    public DynamicCost(double machineUsdPerHour) => _usdPerHour = Rates.Checked(machineUsdPerHour);

    /// <inheritdoc/>
    public CostModelKind Kind => CostModelKind.Dynamic;

    /// <inheritdoc/>
    public TokenCost Charge(string modelId, in TokenUsage usage, DateTimeOffset now)
    {
        usage.ThrowIfNegative();
        return new TokenCost(usage.PromptEngineTime.TotalHours * _usdPerHour, usage.CompletionEngineTime.TotalHours * _usdPerHour);
    }
}
