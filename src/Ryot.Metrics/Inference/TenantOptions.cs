namespace Ryot.Metrics;

/// <summary>
/// Adds a label <c>tenant</c> to <c>ryot_inference_requests_total</c>, <c>ryot_tokens_generated_total</c> and
/// <c>ryot_token_cost_estimate_usd</c>, with a bounded number of values.
/// </summary>
public sealed class TenantOptions
{
    /// <summary>The value of label <c>tenant</c> for every tenant that has no series of its own.</summary>
    public const string Other = "other";

    /// <summary>The longest name of a tenant, in characters.</summary>
    public const int MaxNameLength = 64;

    /// <summary>How many tenants may have series of their own, those that are allowed included. 50 by default.</summary>
    public int MaxTenants { get; set; } = 50;

    /// <summary>Tenants whose series exist, at 0, from the start. Others get theirs as they come, until there are too many.</summary>
    public IReadOnlyList<string> Allowed { get; set; } = [];

    /// <summary>The names of the metrics that have the label.</summary>
    internal static IReadOnlyList<string> Metrics { get; } =
        [MetricCatalogue.InferenceRequests.Name, MetricCatalogue.TokensGenerated.Name, MetricCatalogue.TokenCost.Name];

    /// <summary>Whether a name can be a label value: not too long, and without control characters.</summary>
    internal static bool IsWellFormed(string name) => name.Length <= MaxNameLength && !name.Any(char.IsControl);

    /// <summary>Says all that is wrong, one sentence each.</summary>
    internal IEnumerable<string> Validate()
    {
        if (MaxTenants < 1)
            yield return FormattableString.Invariant($"Tenants: MaxTenants is {MaxTenants}, but at least 1 is needed; leave the option out for none.");
        else if (Allowed.Count > MaxTenants)
            yield return FormattableString.Invariant($"Tenants: {Allowed.Count} are allowed, but MaxTenants is {MaxTenants}.");
        foreach (var name in Allowed)
        {
            if (string.IsNullOrEmpty(name))
                yield return "Tenants: an allowed tenant has no name.";
            else if (!IsWellFormed(name))
                yield return FormattableString.Invariant($"Tenants: '{name}' is not a name; it has at most {MaxNameLength} characters and no control characters.");
            else if (name == Other)
                yield return $"Tenants: '{Other}' is reserved for the tenants that have no series of their own.";
        }

        foreach (var name in Allowed.GroupBy(name => name, StringComparer.Ordinal).Where(group => group.Count() > 1))
            yield return $"Tenants: '{name.Key}' is allowed more than once.";
    }
}
