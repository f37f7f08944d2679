using static Ryot.Cli.Dashboards.Panels;

namespace Ryot.Cli.Dashboards.Definitions;

/// <summary>How long what takes, and for whom.</summary>
internal static class LatencyDashboard
{
    public static Dashboard Create() => new(
        "latency",
        "Ryot / Latency",
        "How long requests take, which part of it is slow, and which kinds of requests it hits.",
        [
            new Section("Percentiles over 5 minutes",
                new Line(8,
                    TimeSeries("Latency",
                        "From the request's body being read to the last byte being handed over. The line is the objective for the P95.", Unit.Seconds,
                        Quantiles("ryot_inference_latency_seconds")) with { Thresholds = SloTargets.LatencyP95 },
                    TimeSeries("Time to first token",
                        "From the request's body being read to its first token being sampled, streamed or not. The line is the objective for the P95.", Unit.Seconds,
                        Quantiles("ryot_ttft_latency_seconds")) with { Thresholds = SloTargets.TtftP95 }),
                new Line(8,
                    TimeSeries("Inter-token latency",
                        "Each gap between two tokens of a sequence: what a reader of a stream sees as stutter.",
                        Unit.Seconds, Quantiles("ryot_inter_token_latency_seconds")),
                    TimeSeries("Time per output token",
                        "A request's mean time per token after the first. The line is the server's limit for the objective `tpot`.", Unit.Seconds,
                        Quantiles("ryot_time_per_output_token_seconds")) with { Thresholds = SloTargets.TimePerOutputToken })),
            new Section("Where the time goes",
                new Line(8,
                    Stacked("Mean time by part",
                        "A request waits in the queue, its prompt is computed (prefill), then its tokens are generated (decode).", Unit.Seconds,
                        Mean("queue"), Mean("prefill"), Mean("decode")),
                    TimeSeries("P95 by part", "The parts at their slowest; they belong to different requests, so do not add them up.", Unit.Seconds,
                        P95("queue"), P95("prefill"), P95("decode")),
                    TimeSeries("P95 queue time by priority", "How long requests of each priority wait for admission.", Unit.Seconds,
                        Query("histogram_quantile(0.95, sum by (priority_level, le) (rate(ryot_request_queue_time_seconds_bucket{@both}[$__rate_interval])))", "{{priority_level}}")))),
            new Section("Heat maps (points are exemplars: they name the request)",
                new Line(9,
                    HeatMap("Latency",
                        "Requests by how long they took. Two bands are two kinds of requests, which a percentile hides.",
                        Unit.Seconds, "ryot_inference_latency_seconds"),
                    HeatMap("Time to first token", "Requests by how soon they had their first token.", Unit.Seconds, "ryot_ttft_latency_seconds")),
                new Line(9,
                    HeatMap("Inter-token latency",
                        "Gaps between tokens. A far band above the others is preemption, or long prompts computed in between.",
                        Unit.Seconds, "ryot_inter_token_latency_seconds"),
                    HeatMap("Queue time", "Requests by how long they waited for admission.", Unit.Seconds, "ryot_request_queue_time_seconds"))),
            new Section("By kind of request",
                new Line(8,
                    TimeSeries("P95 latency by mode", "Streamed, batch and other requests.", Unit.Seconds,
                        Query("histogram_quantile(0.95, sum by (generation_mode, le) (rate(ryot_inference_latency_seconds_bucket{@both}[$__rate_interval])))", "{{generation_mode}}"))
                        with { Thresholds = SloTargets.LatencyP95 },
                    TimeSeries("P95 latency by batch size",
                        "By the number of sequences that were decoded together with the request's own.", Unit.Seconds,
                        Query("histogram_quantile(0.95, sum by (batch_size, le) (rate(ryot_inference_latency_seconds_bucket{@both}[$__rate_interval])))", "{{batch_size}}"))
                        with { Thresholds = SloTargets.LatencyP95 },
                    TimeSeries("P95 time to first token by prompt size",
                        "tiny: below 50 tokens, small: below 500, medium: below 2000, large: below 10000.", Unit.Seconds,
                        Query("histogram_quantile(0.95, sum by (prompt_size, le) (rate(ryot_ttft_latency_seconds_bucket{@both}[$__rate_interval])))", "{{prompt_size}}"))
                        with { Thresholds = SloTargets.TtftP95 })),
        ]);

    private static Query Mean(string part) => Query(
        $"sum(rate(ryot_request_{part}_time_seconds_sum{{@both}}[$__rate_interval])) / sum(rate(ryot_request_{part}_time_seconds_count{{@both}}[$__rate_interval]))", part);

    private static Query P95(string part) => Query(
        $"histogram_quantile(0.95, sum by (model, le) (instance_model:ryot_request_{part}_time_seconds_bucket:rate5m{{@both}}))", $"{{{{model}}}} {part}");
}
