using Label = Ryot.Metrics.CatalogueLabels;

namespace Ryot.Metrics;

public static partial class MetricCatalogue
{
    /// <summary><c>ryot_inter_token_latency_seconds</c></summary>
    public static MetricDescriptor InterTokenLatency { get; } = new(
        "ryot_inter_token_latency_seconds",
        MetricType.Histogram,
        "Each gap between two tokens of one sequence.",
        Label.Model)
    {
        Unit = "seconds",
        Bounds = BucketBounds.PerToken,
        Remarks = "Observed as the tokens are sampled. A pause by preemption is such a gap too: the client feels it.",
    };

    /// <summary><c>ryot_time_per_output_token_seconds</c></summary>
    public static MetricDescriptor TimePerOutputToken { get; } = new(
        "ryot_time_per_output_token_seconds",
        MetricType.Histogram,
        "A request's mean time per token after the first.",
        Label.Model)
    {
        Unit = "seconds",
        Bounds = BucketBounds.PerToken,
        KeepsExemplars = true,
        Remarks = """
            The decode time divided by the completion tokens less one; with several sequences, the sum of their own decode times divided by the
            sum of their tokens less one each. Observed for every request in which a sequence got two tokens or more, whatever its end.
            """,
    };

    /// <summary><c>ryot_request_queue_time_seconds</c></summary>
    public static MetricDescriptor QueueTime { get; } = new(
        "ryot_request_queue_time_seconds",
        MetricType.Histogram,
        "Time from a request entering the queue to its first prompt chunk being scheduled.",
        Label.Model,
        Label.Priority)
    {
        Unit = "seconds",
        Bounds = BucketBounds.Interval,
        KeepsExemplars = true,
        Remarks = "Observed for every request that was admitted, whatever its end.",
    };

    /// <summary><c>ryot_request_prefill_time_seconds</c></summary>
    public static MetricDescriptor PrefillTime { get; } = new(
        "ryot_request_prefill_time_seconds",
        MetricType.Histogram,
        "Time from a request's admission to its first token.",
        Label.Model)
    {
        Unit = "seconds",
        Bounds = BucketBounds.Interval,
        KeepsExemplars = true,
        Remarks = "Observed for every request that got a first token, whatever its end.",
    };

    /// <summary><c>ryot_request_decode_time_seconds</c></summary>
    public static MetricDescriptor DecodeTime { get; } = new(
        "ryot_request_decode_time_seconds",
        MetricType.Histogram,
        "Time from a request's first token to its last.",
        Label.Model)
    {
        Unit = "seconds",
        Bounds = BucketBounds.Interval,
        KeepsExemplars = true,
        Remarks = "Observed for every request that got a first token, whatever its end; 0 when that was the only one.",
    };

    /// <summary><c>ryot_request_prompt_tokens</c></summary>
    public static MetricDescriptor PromptTokens { get; } = new(
        "ryot_request_prompt_tokens",
        MetricType.Histogram,
        "Prompt tokens of a request.",
        Label.Model)
    {
        Bounds = BucketBounds.Lengths,
        Remarks = "Observed at its end for every request that was admitted, whatever its end, so that at rest its `_sum` equals the token counter.",
    };

    /// <summary><c>ryot_request_completion_tokens</c></summary>
    public static MetricDescriptor CompletionTokens { get; } = new(
        "ryot_request_completion_tokens",
        MetricType.Histogram,
        "Completion tokens of a request, all its sequences together.",
        Label.Model)
    {
        Bounds = BucketBounds.Lengths,
        Remarks = "Observed at its end for every request that was admitted, whatever its end, so that at rest its `_sum` equals the token counter.",
    };

    /// <summary><c>ryot_requests_finished_total</c></summary>
    public static MetricDescriptor RequestsFinished { get; } = new(
        "ryot_requests_finished_total",
        MetricType.Counter,
        "Requests that reached the server, by why they ended. Each is counted once.",
        Label.Model,
        Label.FinishReason);

    /// <summary><c>ryot_sequences_total</c></summary>
    public static MetricDescriptor Sequences { get; } = new(
        "ryot_sequences_total",
        MetricType.Counter,
        "Sequences of the requests that entered the queue: prompts times n.",
        Label.Model);

    /// <summary><c>ryot_prompt_cache_tokens_total</c></summary>
    public static MetricDescriptor PromptCacheTokens { get; } = new(
        "ryot_prompt_cache_tokens_total",
        MetricType.Counter,
        "Prompt tokens by whether they were computed or reused; what is computed again after a preemption is neither.",
        Label.Model,
        Label.PromptSource)
    {
        Remarks = """
            `reused` counts when a prompt's first chunk is scheduled, `computed` when the pass that computed the tokens has ended.
            """,
    };

    /// <summary><c>ryot_preemptions_total</c></summary>
    public static MetricDescriptor Preemptions { get; } = new(
        "ryot_preemptions_total",
        MetricType.Counter,
        "Times that a running sequence was put back into the queue to make room for others.",
        Label.Model)
    {
        Remarks = "What is computed again for it counts as wasted (`ryot_wasted_tokens_total`) when it is computed.",
    };

    /// <summary><c>ryot_wasted_tokens_total</c></summary>
    public static MetricDescriptor WastedTokens { get; } = new(
        "ryot_wasted_tokens_total",
        MetricType.Counter,
        "Tokens that were computed for nothing, by cause.",
        Label.Model,
        Label.WasteCause);

    /// <summary><c>ryot_scheduler_step_tokens</c></summary>
    public static MetricDescriptor StepTokens { get; } = new(
        "ryot_scheduler_step_tokens",
        MetricType.Histogram,
        "Tokens of one phase in one forward pass.",
        Label.Model,
        Label.StepPhase)
    {
        Bounds = BucketBounds.StepTokens,
        Remarks = "Observed for each pass that holds at least one token of the phase.",
    };

    /// <summary><c>ryot_scheduler_last_step_timestamp_seconds</c></summary>
    public static MetricDescriptor LastStepTimestamp { get; } = new(
        "ryot_scheduler_last_step_timestamp_seconds",
        MetricType.Gauge,
        "Unix time of the engine's last forward pass; an engine that has work and an old time is stuck.",
        Label.Model)
    {
        Unit = "seconds",
        Remarks = "Absent before the first pass.",
    };

    /// <summary><c>ryot_requests_running</c></summary>
    public static MetricDescriptor RequestsRunning { get; } = new(
        "ryot_requests_running",
        MetricType.Gauge,
        "Requests that are admitted and have not ended.",
        Label.Model)
    {
        Remarks = "The sum of `ryot_active_inference_requests`, for endpoint pickers that want a single gauge.",
    };

    /// <summary><c>ryot_requests_waiting</c></summary>
    public static MetricDescriptor RequestsWaiting { get; } = new(
        "ryot_requests_waiting",
        MetricType.Gauge,
        "Requests that wait for admission.",
        Label.Model)
    {
        Remarks = "The sum of `ryot_queue_depth`, for endpoint pickers that want a single gauge.",
    };

    /// <summary><c>ryot_kv_cache_usage_ratio</c></summary>
    public static MetricDescriptor KvCacheUsage { get; } = new(
        "ryot_kv_cache_usage_ratio",
        MetricType.Gauge,
        "Share of the KV cache's cells that are in use, from 0 to 1.",
        Label.Model)
    {
        Unit = "ratio",
        Remarks = "Absent while the model is not loaded.",
    };

    /// <summary><c>ryot_kv_cache_capacity_tokens</c></summary>
    public static MetricDescriptor KvCacheCapacity { get; } = new(
        "ryot_kv_cache_capacity_tokens",
        MetricType.Gauge,
        "Tokens that the KV cache can hold.",
        Label.Model)
    {
        Remarks = "Absent while the model is not loaded.",
    };

    /// <summary><c>ryot_slo_requests_total</c></summary>
    public static MetricDescriptor SloRequests { get; } = new(
        "ryot_slo_requests_total",
        MetricType.Counter,
        "Requests by whether they met an objective.",
        Label.Model,
        Label.Objective,
        Label.ObjectiveResult)
    {
        Remarks = """
            `latency`, `ttft` and `tpot` (time per output token) are judged for requests that ended as `success`, `ttft` and `tpot` only where there is such
            a time; exactly the limit is met. `availability`: a success is met; an error or a timeout is missed, and so is a batch of which some prompts
            failed, when the cause is the service's. Such a request is missed for `latency` and `ttft` too: it delivered nothing in time. A
            cancellation by the client, an invalid request (invalid_prompt, tokenization_error) and one for an unknown model count in no objective. The limits
            are configuration, per model (0.5 s, 50 ms and 50 ms by default); an objective without one stays at 0.
            """,
    };

    /// <summary><c>ryot_model_info</c></summary>
    public static MetricDescriptor ModelInfo { get; } = new(
        "ryot_model_info",
        MetricType.Gauge,
        "What the model is; the value is always 1.",
        Label.Model,
        new LabelDescriptor("architecture") { Description = "as the model file names it", IsOptional = true },
        new LabelDescriptor("quantization") { Description = "as the model file names it", IsOptional = true },
        new LabelDescriptor("parameters") { Description = "number of weights", IsOptional = true },
        new LabelDescriptor("context_length") { Description = "tokens that a sequence may have", IsOptional = true },
        Label.Device)
    {
        Remarks = "Absent until the model was loaded for the first time.",
    };

    /// <summary><c>ryot_build_info</c></summary>
    public static MetricDescriptor BuildInfo { get; } = new(
        "ryot_build_info",
        MetricType.Gauge,
        "Which build is running; the value is always 1.",
        new LabelDescriptor("version") { Description = "Ryot's version" },
        new LabelDescriptor("commit") { Description = "the commit that it was built from", IsOptional = true },
        new LabelDescriptor("engine_version") { Description = "the inference engine's version", IsOptional = true });
}
