namespace Ryot.Cli.Slo;

/// <summary>What a file of objectives says.</summary>
/// <param name="WindowDays">The days over which the error budget is counted.</param>
/// <param name="Objectives">The objectives; one that differs for some models appears once for each of them and once for the others.</param>
public sealed record ObjectiveSet(int WindowDays, IReadOnlyList<Objective> Objectives);

/// <summary>One objective.</summary>
/// <param name="Name">Its name, label <c>objective</c> of its rules.</param>
/// <param name="Models">The models that it is for.</param>
/// <param name="Description">Continues "99% ...".</param>
/// <param name="Target">Percent that must be good, below 100.</param>
/// <param name="Indicator">What is counted.</param>
public sealed record Objective(string Name, ModelScope Models, string Description, decimal Target, Indicator Indicator)
{
    /// <summary>The share that may be bad: the error budget.</summary>
    public decimal Budget => (100 - Target) / 100;
}

/// <summary>The models that an objective is for.</summary>
/// <param name="Only">The one model; null for all but <paramref name="Except"/>.</param>
/// <param name="Except">The models that have an objective of their own, or none.</param>
public sealed record ModelScope(string? Only, params IReadOnlyList<string> Except)
{
    /// <summary>The label matchers that select the models, each with a comma before it; empty for all models.</summary>
    public string Matchers
        => Only is { } only ? $",model={PromQl.Quote(only)}" : string.Concat(Except.Select(model => $",model!={PromQl.Quote(model)}"));
}

/// <summary>What an objective counts as good and bad.</summary>
public abstract record Indicator;

/// <summary>
/// Requests, as the server judges each of them in <c>ryot_slo_requests_total</c>. That is exact, follows the limits in the server's
/// configuration, which may differ by model and need not be bounds of a histogram, and counts a failed request as not in time.
/// </summary>
/// <param name="Objective">The label <c>objective</c> of the counter.</param>
public sealed record RequestsIndicator(string Objective) : Indicator;

/// <summary>Observations of a histogram, good up to a bound; for limits that the server does not judge, such as a second one on latency.</summary>
/// <param name="Metric">The histogram.</param>
/// <param name="Threshold">One of its bounds.</param>
public sealed record HistogramIndicator(string Metric, double Threshold) : Indicator;

/// <summary>Time: each evaluation of a recording rule, good while it is beyond a limit. While the rule has no value, no time passes.</summary>
/// <param name="Rule">A recording rule by job and model.</param>
/// <param name="Limit">The limit, itself not good.</param>
/// <param name="GoodAbove">Whether more than the limit is good; otherwise less.</param>
public sealed record GaugeIndicator(string Rule, decimal Limit, bool GoodAbove) : Indicator;
