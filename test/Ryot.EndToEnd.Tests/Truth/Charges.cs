using Ryot.Server.Tests.Support;
using Xunit;

namespace Ryot.EndToEnd.Tests.Truth;

/// <summary>What requests cost at fixed rates, and whose they were, as clients know it and as metrics tell it.</summary>
/// <param name="promptPer1000">US dollars for each 1000 tokens of prompts.</param>
/// <param name="completionPer1000">US dollars for each 1000 tokens of completions.</param>
internal sealed class Charges(double promptPer1000, double completionPer1000)
{
    private const string Cost = "ryot_token_cost_estimate_usd";
    private const string Tokens = "ryot_tokens_generated_total";
    private const string Requests = "ryot_inference_requests_total";

    /// <summary>Only the order of additions may make a difference.</summary>
    private const double Rounding = 1e-9;

    /// <summary>The counter of costs is the tokens at their rates, and the sum of what clients were told.</summary>
    public void AssertCostsEqual(IReadOnlyCollection<Ending> endings, MetricsText metrics)
    {
        foreach (var ending in endings.Where(ending => ending.CostUsd is not null))
            AssertAlmost(Of(ending), ending.CostUsd!.Value, "a client's cost");
        AssertAlmost(OfPrompts(endings), metrics.Sum(Cost, ("cost_model", "fixed_rate"), ("token_type", "prompt")), "prompts' cost");
        AssertAlmost(OfCompletions(endings), metrics.Sum(Cost, ("cost_model", "fixed_rate"), ("token_type", "completion")), "completions' cost");
        AssertAlmost(endings.Sum(ending => ending.CostUsd ?? Of(ending)), metrics.Sum(Cost), "cost");
    }

    /// <summary>Each tenant's series hold what its clients saw.</summary>
    /// <param name="endings">What clients saw.</param>
    /// <param name="metrics">The metrics.</param>
    /// <param name="known">Tenants that have series of their own; the empty name is that of requests without a tenant.</param>
    public void AssertTenantsEqual(IReadOnlyCollection<Ending> endings, MetricsText metrics, IReadOnlyCollection<string> known)
    {
        foreach (var name in (string[])[Cost, Tokens, Requests])
        {
            var tenants = metrics.Samples.Where(sample => sample.Name == name).Select(sample => sample.Labels.GetValueOrDefault("tenant", ""));
            Assert.Equal([.. known.Append("other").Order(StringComparer.Ordinal)], tenants.Distinct().Order(StringComparer.Ordinal));
        }
        foreach (var tenant in known.Append("other"))
        {
            var own = endings.Where(ending => (known.Contains(ending.Tenant) ? ending.Tenant : "other") == tenant).ToList();
            Assert.Contains(own, ending => ending.Status == "success");
            (string, string) label = ("tenant", tenant);
            foreach (var group in own.GroupBy(ending => (ending.Model, ending.Status, ending.Endpoint, ending.ErrorType)))
            {
                var (model, status, endpoint, error) = group.Key;
                var counted = metrics.Sum(Requests, label, ("model", model), ("status", status), ("endpoint", endpoint), ("error_type", error));
                Assert.True(group.Count() == counted, $"{tenant} {group.Key}: clients {group.Count()}, metrics {counted}");
            }
            Assert.Equal(own.Count, metrics.Sum(Requests, label));
            var ran = own.Where(ending => ending.Admitted).ToList();
            Assert.Equal(ran.Sum(ending => ending.PromptTokens), metrics.Sum(Tokens, label, ("token_type", "prompt")));
            Assert.Equal(ran.Sum(ending => ending.CompletionTokens), metrics.Sum(Tokens, label, ("token_type", "completion")));
            AssertAlmost(OfPrompts(own), metrics.Sum(Cost, label, ("token_type", "prompt")), $"{tenant}'s prompts");
            AssertAlmost(OfCompletions(own), metrics.Sum(Cost, label, ("token_type", "completion")), $"{tenant}'s completions");
        }
    }

    private double Of(Ending ending) => OfPrompts([ending]) + OfCompletions([ending]);

    private double OfPrompts(IEnumerable<Ending> endings) =>
        endings.Where(ending => ending.Admitted).Sum(ending => (long)ending.PromptTokens) * promptPer1000 / 1000;

    private double OfCompletions(IEnumerable<Ending> endings) =>
        endings.Where(ending => ending.Admitted).Sum(ending => (long)ending.CompletionTokens) * completionPer1000 / 1000;

    private static void AssertAlmost(double clients, double metrics, string what) =>
        Assert.True(Math.Abs(clients - metrics) <= Rounding * clients, $"{what}: clients {clients:R}, metrics {metrics:R}");
}
