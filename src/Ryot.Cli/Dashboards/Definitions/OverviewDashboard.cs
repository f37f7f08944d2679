using static Ryot.Cli.Dashboards.Panels;

namespace Ryot.Cli.Dashboards.Definitions;

/// <summary>Whether all is well, and where to look if it is not.</summary>
internal static class OverviewDashboard
{
    public static Dashboard Create() => new(
        "overview",
        "Ryot / Overview and SLOs",
        "Whether the service does what it promises, and where to look when it does not.",
        [
            new Section("Now", new Line(4,
                Stat("Instances up", "Ryots that Prometheus can scrape.", Unit.Count, Query("""sum(up{job="ryot",@instance})""", "up")),
                Stat("Requests", "Requests that ended, of any outcome, over 5 minutes.", Unit.RequestsPerSecond,
                    Query("sum(instance_model:ryot_inference_requests:rate5m{@both})", "requests")) with { MoreIn = "throughput" },
                Stat("Success, 1 h",
                    "Share of the valid requests of the last hour that were answered, on all instances. What clients cancelled is left out. The least of the models.",
                    Unit.Ratio,
                    Query("""min(1 - model:ryot_slo_errors:ratio_rate1h{objective="availability",@model})""", "success")) with { Thresholds = SloTargets.SuccessRatio },
                Stat("P95 latency", "95 of 100 requests took less, over 5 minutes, on all instances. The slowest of the models.", Unit.Seconds,
                    Query("max(ryot:inference_latency:p95:5m{@model})", "p95")) with { Thresholds = SloTargets.LatencyP95, MoreIn = "latency" },
                Stat("P95 TTFT",
                    "95 of 100 requests had their first token sooner, over 5 minutes, on all instances. The slowest of the models.", Unit.Seconds,
                    Query("max(model:ryot_ttft_latency_seconds:p95_5m{@model})", "p95")) with { Thresholds = SloTargets.TtftP95, MoreIn = "latency" },
                Stat("Generated", "Completion tokens per second over a minute.", Unit.TokensPerSecond,
                    Query("""sum(instance_model:ryot_tokens:rate1m{token_type="completion",@both})""", "tokens")) with { MoreIn = "throughput" },
                Stat("Longest queue", "Requests that wait at the instance and model where most do.", Unit.Count,
                    Query("max(ryot_requests_waiting{@both})", "waiting")) with { Thresholds = SloTargets.Waiting, MoreIn = "throughput" },
                Stat("Fullest device", "Memory in use on the fullest device of the instances.", Unit.Percent,
                    Query("max(instance_device:ryot_memory_used:percent{@instance})", "memory")) with { Thresholds = SloTargets.MemoryPercent, MoreIn = "memory" })),
            new Section("Service level objectives (all instances)",
                new Line(8,
                    Bars("Error budget left",
                        "What is left of the misses that 30 days allow. At 0 the objective is missed for these 30 days.", Unit.Ratio,
                        Query("model:ryot_slo_error_budget_remaining:ratio{@model}", "{{model}} {{objective}}")) with { Thresholds = Thresholds.AtLeast(0.1), Max = 1 },
                    TimeSeries("Burn rate, 1 h",
                        "How many times faster than allowed the budget is used. At 1 it lasts just 30 days; at 14.4 two days: then somebody is called.", Unit.Count,
                        Query("model:ryot_slo_errors:ratio_rate1h{@model} / (1 - model:ryot_slo_objective:ratio{@model})", "{{model}} {{objective}}"))
                        with { Thresholds = Thresholds.Below(14.4), HidesIdle = true },
                    Table("Alerts", "Alerts of Ryot that fire or are about to. Each has a page in monitoring/runbooks.",
                        """ALERTS{alertname=~"Ryot.*",model=~"$model|",instance=~"$instance|"}""",
                        "alertname", "alertstate", "severity", "model", "instance", "objective")),
                new Line(8,
                    TimeSeries("Objectives met", "Share of the requests of 5 minutes that met each objective of their own (goodput).", Unit.Ratio,
                        Query("model:ryot_slo_met:ratio_rate5m{@model}", "{{model}} {{objective}}")) with { Thresholds = Thresholds.AtLeast(0.95), Max = 1 },
                    TimeSeries("Error rate",
                        "Failed requests among the valid ones, over 5 minutes. Invalid requests are the client's and count in neither.", Unit.Ratio,
                        Query("ryot:error_rate:rate5m{@model}", "{{model}}")) with { Thresholds = SloTargets.ErrorRatio })),
            new Section("Traffic",
                new Line(8,
                    Stacked("Requests by outcome",
                        "Requests that ended. `partial`: not all was delivered, mostly since the client went away.", Unit.RequestsPerSecond,
                        Query("sum by (status, error_type) (instance_model:ryot_inference_requests:rate5m{@both})", "{{status}} {{error_type}}")) with { MoreIn = "throughput", HidesIdle = true },
                    TimeSeries("Errors by cause",
                        "Requests that failed wholly or in part. Severity `info` is the client's own mistake.", Unit.RequestsPerSecond,
                        Query("sum by (error_type, severity) (instance_model:ryot_inference_errors:rate5m{@both})", "{{error_type}} ({{severity}})")) with { HidesIdle = true },
                    TimeSeries("Running and waiting", "Requests that are being answered, and those that wait for admission.", Unit.Count,
                        Query("sum by (model) (ryot_requests_running{@both})", "{{model}} running"),
                        Query("sum by (model) (ryot_requests_waiting{@both})", "{{model}} waiting")) with { Thresholds = SloTargets.Waiting }),
                new Line(8,
                    TimeSeries("Latency",
                        "From the request's body being read to the last byte being handed over.", Unit.Seconds, Quantiles("ryot_inference_latency_seconds")) with
                    {
                        Thresholds = SloTargets.LatencyP95,
                        MoreIn = "latency",
                    },
                    TimeSeries("Time to first token",
                        "From the request's body being read to its first token being sampled.", Unit.Seconds, Quantiles("ryot_ttft_latency_seconds")) with
                    {
                        Thresholds = SloTargets.TtftP95,
                        MoreIn = "latency",
                    },
                    TimeSeries("Completion tokens",
                        "Tokens generated per second. The objective holds only while there is work.", Unit.TokensPerSecond,
                        Query("""sum by (model) (instance_model:ryot_tokens:rate1m{token_type="completion",@both})""", "{{model}}")) with
                    {
                        Thresholds = SloTargets.TokensPerSecond,
                        MoreIn = "throughput",
                    })),
        ]);
}
