using static Ryot.Cli.Dashboards.Panels;

namespace Ryot.Cli.Dashboards.Definitions;

/// <summary>What the tokens cost, by whom and for what.</summary>
internal static class CostDashboard
{
    public static Dashboard Create() => new(
        "cost",
        "Ryot / Cost",
        "Estimated cost of the tokens processed, in US dollars, by the cost model that the server is configured with.",
        [
            new Section("Now", new Line(4,
                Stat("Per hour",
                    "At the rate of the last hour.", Unit.Dollars, Query("3600 * sum(instance_model:ryot_token_cost_usd:rate1h{@both})", "USD/h")),
                Stat("Per 30 days",
                    "If every hour were like the last.", Unit.Dollars, Query("3600 * 24 * 30 * sum(instance_model:ryot_token_cost_usd:rate1h{@both})", "USD")),
                Stat("Last 24 h", "What the last 24 hours cost, or the time since Prometheus began to look.", Unit.Dollars,
                    Query("sum(increase(ryot_token_cost_estimate_usd{@both}[24h]))", "USD")),
                Stat("Per 1000 requests", "Over the last hour, on all instances.", Unit.Dollars,
                    Query("1000 * avg(model:ryot_cost_per_request_usd:ratio_rate1h{@model})", "USD")))),
            new Section("Over time",
                new Line(8,
                    Stacked("Per hour by model", "Dollars per hour.", Unit.Dollars,
                        Query("3600 * sum by (model) (instance_model:ryot_token_cost_usd:rate1h{@both})", "{{model}}")),
                    Stacked("Per hour by kind of token",
                        "Dollars per hour. Where completions cost most, shorter answers save; where prompts do, a shared prefix does.", Unit.Dollars,
                        Query("3600 * sum by (token_type) (instance_model:ryot_token_cost_usd:rate1h{@both})", "{{token_type}}")),
                    Stacked("Per hour by cost model",
                        "Dollars per hour by how they are reckoned: a fixed rate, tiers by volume, or the machine's price by time used.", Unit.Dollars,
                        Query("3600 * sum by (cost_model) (instance_model:ryot_token_cost_usd:rate1h{@both})", "{{cost_model}}"))),
                new Line(8,
                    TimeSeries("Per 1000 requests", "What requests cost on average, over an hour, on all instances.", Unit.Dollars,
                        Query("1000 * model:ryot_cost_per_request_usd:ratio_rate1h{@model}", "{{model}}")),
                    TimeSeries("Per million completion tokens", "All costs, prompts included, for the tokens that were generated.", Unit.Dollars,
                        Query("""
                            1e6 * sum by (model) (rate(ryot_token_cost_estimate_usd{@both}[$__rate_interval]))
                            / (sum by (model) (rate(ryot_tokens_generated_total{token_type="completion",@both}[$__rate_interval])) > 0)
                            """, "{{model}}")),
                    TimeSeries("Compared with a week ago",
                        "The last hour's cost divided by that of the same hour a week before. From 2 on it is worth a look.", Unit.Ratio,
                        Query("model:ryot_token_cost_usd:rate1h{@model} / (model:ryot_token_cost_usd:rate1h{@model} offset 7d > 0)", "{{model}}"))
                        with { Thresholds = Thresholds.Below(2) })),
            new Section("By tenant (where the server tells tenants apart)",
                new Line(8,
                    Stacked("Cost by tenant", "Dollars per hour. One series without a name: tenants are not told apart.", Unit.Dollars,
                        Query("3600 * sum by (tenant) (rate(ryot_token_cost_estimate_usd{@both}[$__rate_interval]))", "tenant {{tenant}}")),
                    Stacked("Completion tokens by tenant", "Generated per second.", Unit.TokensPerSecond,
                        Query("""sum by (tenant) (rate(ryot_tokens_generated_total{token_type="completion",@both}[$__rate_interval]))""", "tenant {{tenant}}")),
                    Stacked("Requests by tenant", "Requests that ended, of any outcome.", Unit.RequestsPerSecond,
                        Query("sum by (tenant) (rate(ryot_inference_requests_total{@both}[$__rate_interval]))", "tenant {{tenant}}")))),
        ]);
}
