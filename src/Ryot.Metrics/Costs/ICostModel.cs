namespace Ryot.Metrics;

/// <summary>Estimates what requests cost. Safe to use from any thread.</summary>
public interface ICostModel
{
    /// <summary>The value of label <c>cost_model</c>.</summary>
    CostModelKind Kind { get; }

    /// <summary>Charges one request: called once for each.</summary>
    /// <param name="modelId">The model that it used.</param>
    /// <param name="usage">What it used.</param>
    /// <param name="now">When; only its month (UTC) may matter.</param>
    /// <exception cref="ArgumentOutOfRangeException">Something of the usage is negative.</exception>
    TokenCost Charge(string modelId, in TokenUsage usage, DateTimeOffset now);
}
