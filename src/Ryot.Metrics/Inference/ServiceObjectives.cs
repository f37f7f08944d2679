namespace Ryot.Metrics;

/// <summary>
/// What requests are measured by in <c>ryot_slo_requests_total</c>. An objective that is null is not counted; availability always is.
/// </summary>
public sealed record ServiceObjectives
{
    /// <summary>The longest that a request may take, from received to finished. 0.5 s by default.</summary>
    public TimeSpan? Latency { get; init; } = TimeSpan.FromSeconds(0.5);

    /// <summary>The longest that a request may wait for its first token, from received. 50 ms by default.</summary>
    public TimeSpan? FirstToken { get; init; } = TimeSpan.FromMilliseconds(50);

    /// <summary>The longest that a request's mean time per token after the first may be. 50 ms by default.</summary>
    public TimeSpan? TimePerOutputToken { get; init; } = TimeSpan.FromMilliseconds(50);

    /// <summary>Says all that is wrong, one sentence each; empty when all is well.</summary>
    public IReadOnlyList<string> Validate()
        => [.. new[] { (nameof(Latency), Latency), (nameof(FirstToken), FirstToken), (nameof(TimePerOutputToken), TimePerOutputToken) }
            .Where(objective => objective.Item2 is { } limit && limit <= TimeSpan.Zero)
            .Select(objective => FormattableString.Invariant(
                $"{objective.Item1}: {objective.Item2} cannot be met; an objective is longer than 0, or null for none."))];
}
