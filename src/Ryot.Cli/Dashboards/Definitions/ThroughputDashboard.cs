using static Ryot.Cli.Dashboards.Panels;

namespace Ryot.Cli.Dashboards.Definitions;

/// <summary>How much is done, and how well the forward passes are filled.</summary>
internal static class ThroughputDashboard
{
    public static Dashboard Create() => new(
        "throughput",
        "Ryot / Throughput and batching",
        "How much work comes in and gets done, and how well forward passes are filled with it.",
        [
            new Section("Tokens",
                new Line(8,
                    TimeSeries("Completion tokens",
                        "Generated per second, over a minute. The objective holds only while there is work.", Unit.TokensPerSecond,
                        Query("""sum by (model) (instance_model:ryot_tokens:rate1m{token_type="completion",@both})""", "{{model}}")) with { Thresholds = SloTargets.TokensPerSecond },
                    TimeSeries("Prompt tokens",
                        "Taken in per second, over a minute: when the request is admitted, whether computed or reused.", Unit.TokensPerSecond,
                        Query("""sum by (model) (instance_model:ryot_tokens:rate1m{token_type="prompt",@both})""", "{{model}}")),
                    Stacked("Completion tokens by batch size",
                        "By the number of sequences that got a token in the same pass. Larger batches make more of a device.", Unit.TokensPerSecond,
                        Query("""sum by (batch_size) (ryot_tokens_per_second{time_window="1m",@both})""", "{{batch_size}}")) with { HidesIdle = true }),
                new Line(8,
                    TimeSeries("Tokens per second of a request",
                        "What one client gets, from admission to its last token. The histogram ends at 600: that means 600 or more.",
                        Unit.TokensPerSecond, RawQuantiles("ryot_request_tokens_per_second")),
                    TimeSeries("Prompt length", "Prompt tokens of the requests that ended.", Unit.Tokens, RawQuantiles("ryot_request_prompt_tokens")),
                    TimeSeries("Completion length",
                        "Completion tokens of the requests that ended, all sequences together.", Unit.Tokens, RawQuantiles("ryot_request_completion_tokens")))),
            new Section("Requests",
                new Line(8,
                    TimeSeries("Running", "Requests that are being answered, by type and endpoint.", Unit.Count,
                        Query("sum by (request_type, endpoint) (ryot_active_inference_requests{@both})", "{{request_type}}, {{endpoint}}")) with { HidesIdle = true },
                    Stacked("Waiting by priority", "Requests that wait for admission. The line is the objective for one instance.", Unit.Count,
                        Query("sum by (priority_level) (ryot_queue_depth{@both})", "{{priority_level}}")) with { Thresholds = SloTargets.Waiting },
                    Stacked("Requests by why they ended",
                        "`stop` and `length` are answers. `rejected` never ran: invalid, unknown model, or the queue was full.", Unit.RequestsPerSecond,
                        Query("sum by (finish_reason) (rate(ryot_requests_finished_total{@both}[$__rate_interval]))", "{{finish_reason}}")) with { HidesIdle = true }),
                new Line(8,
                    Stacked("Requests by endpoint", "Requests that ended, by route.", Unit.RequestsPerSecond,
                        Query("sum by (endpoint) (rate(ryot_inference_requests_total{@both}[$__rate_interval]))", "{{endpoint}}")),
                    TimeSeries("Sequences", "Sequences that entered the queue: prompts times `n`.", Unit.PerSecond,
                        Query("sum by (model) (rate(ryot_sequences_total{@both}[$__rate_interval]))", "{{model}}")))),
            new Section("Forward passes",
                new Line(8,
                    TimeSeries("Mean batch size", "Sequences that got a token in one forward pass, on all instances.", Unit.Count,
                        Query("ryot:batch_size:avg:5m{@model}", "{{model}}")),
                    HeatMap("Batch size",
                        "Forward passes by the number of sequences that got a token in them.", Unit.Count, "ryot_batch_size_distribution"),
                    TimeSeries("Tokens per pass", "Prompt tokens (prefill) and generated ones (decode) in a pass, on average.", Unit.Tokens,
                        Query("instance_model:ryot_scheduler_step_tokens:avg_5m{@both}", "{{model}} {{instance}} {{phase}}"))),
                new Line(8,
                    TimeSeries("Preemptions", "Sequences that were put back into the queue, since the KV cache was full.", Unit.PerSecond,
                        Query("instance_model:ryot_preemptions:rate5m{@both}", "{{model}} {{instance}}")),
                    Stacked("Tokens computed for nothing",
                        "By cause. `preempted` is computed twice; the others have no reader any more.", Unit.TokensPerSecond,
                        Query("sum by (cause) (rate(ryot_wasted_tokens_total{@both}[$__rate_interval]))", "{{cause}}")) with { HidesIdle = true },
                    TimeSeries("Age of the last pass", "While requests run. An engine with work and an old pass is stuck.", Unit.Seconds,
                        Query("(time() - ryot_scheduler_last_step_timestamp_seconds{@both}) and ryot_requests_running{@both} > 0", "{{model}} {{instance}}"))
                        with { Thresholds = Thresholds.Below(60) })),
        ]);
}
