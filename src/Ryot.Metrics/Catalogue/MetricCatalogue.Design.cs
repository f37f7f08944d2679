using Label = Ryot.Metrics.CatalogueLabels;

namespace Ryot.Metrics;

public static partial class MetricCatalogue
{
    /// <summary><c>ryot_inference_requests_total</c></summary>
    public static MetricDescriptor InferenceRequests { get; } = new(
        "ryot_inference_requests_total",
        MetricType.Counter,
        "Requests that reached the server, by how they ended. Each is counted once, when it ends.",
        Label.Model,
        Label.Status,
        Label.Endpoint,
        Label.CoarseError)
    {
        KeepsExemplars = true,
        Remarks = """
            One HTTP request is one request, whatever `n` or the number of prompts in it. `success` has no `error_type`. `timeout` always
            goes with `error_type="timeout"`. `partial` means that not all that was asked for was delivered: the client cancelled (then without
            `error_type`, even when nothing had been delivered yet), or some prompts of a batch failed (then with the `error_type` of the
            cause). A request turned away because the queue is full is `error` with `error_type="overloaded"`. One for a model that is not
            configured is counted under `model="unknown"`.
            """,
    };

    /// <summary><c>ryot_inference_errors_total</c></summary>
    public static MetricDescriptor InferenceErrors { get; } = new(
        "ryot_inference_errors_total",
        MetricType.Counter,
        "Requests that failed wholly or in part, by cause. Severity is fixed per cause.",
        Label.Model,
        Label.Cause,
        Label.Severity)
    {
        KeepsExemplars = true,
        Remarks = """
            Severity `critical`: oom, cuda_error; `warning`: timeout, model_not_found, inference_error, overloaded; `info`: invalid_prompt,
            tokenization_error. In `ryot_inference_requests_total` the causes invalid_prompt and tokenization_error are
            `invalid_request`; cuda_error, model_not_found and inference_error are `model_error`; the others keep their names. A
            cancellation by the client is no error.
            """,
    };

    /// <summary><c>ryot_inference_latency_seconds</c></summary>
    public static MetricDescriptor InferenceLatency { get; } = new(
        "ryot_inference_latency_seconds",
        MetricType.Histogram,
        "Time from a request's body being read to its last byte being handed to the transport.",
        Label.Model,
        Label.BatchSize with { IsOptional = true, Description = "the rounded mean over the forward passes that the request took part in" },
        Label.Mode)
    {
        Unit = "seconds",
        Bounds = BucketBounds.Latency,
        KeepsExemplars = true,
        Remarks = """
            Observed for every request that entered the queue, whatever its end. Those turned away (invalid, unknown model,
            overloaded) did no inference and would flatter it. `batch_size` is empty when the request never took part in a forward pass.
            """,
    };

    /// <summary><c>ryot_ttft_latency_seconds</c></summary>
    public static MetricDescriptor FirstTokenLatency { get; } = new(
        "ryot_ttft_latency_seconds",
        MetricType.Histogram,
        "Time from a request's body being read to its first token being sampled, streamed or not.",
        Label.Model,
        Label.PromptSize,
        Label.Device)
    {
        Unit = "seconds",
        Bounds = BucketBounds.FirstToken,
        KeepsExemplars = true,
        Remarks = "Observed for every request that got a first token, whatever its end. `prompt_size`: `tiny` below 50 tokens, `small` below 500, "
            + "`medium` below 2000, `large` below 10000, `xlarge` from there.",
    };

    /// <summary><c>ryot_model_loading_time_seconds</c></summary>
    public static MetricDescriptor ModelLoadingTime { get; } = new(
        "ryot_model_loading_time_seconds",
        MetricType.Histogram,
        "Time to load a model.",
        Label.Model,
        Label.LoadTimeKind,
        Label.DeviceType)
    {
        Unit = "seconds",
        Bounds = BucketBounds.Loading,
        Remarks = "Observed for loads that succeeded, wholly or partially. `cold_start`: the first load in this process; `warm_start`: loaded before, "
            + "evicted, loaded again; `cache_hit`: already resident when asked for.",
    };

    /// <summary><c>ryot_tokens_generated_total</c></summary>
    public static MetricDescriptor TokensGenerated { get; } = new(
        "ryot_tokens_generated_total",
        MetricType.Counter,
        "Tokens processed. Type total is the sum of the other two, so never sum over token_type.",
        Label.Model,
        Label.TokenType,
        Label.Mode)
    {
        Remarks = "Completion tokens count as they are sampled. Prompt tokens count when the request is admitted, once per request, whatever `n`.",
    };

    /// <summary><c>ryot_tokens_per_second</c></summary>
    public static MetricDescriptor TokensPerSecond { get; } = new(
        "ryot_tokens_per_second",
        MetricType.Gauge,
        "Completion tokens per second over the time window, by the batch size that they were decoded in.",
        Label.Model,
        Label.TimeWindow,
        Label.BatchSize with { Description = "sequences that sampled a token in the same forward pass" })
    {
        Remarks = """
            The sum over `batch_size` is the model's rate. A full window covers the last 60, 300 or 900 whole seconds; one that is not
            yet full covers the time since the model was added, and divides by it. Exactly 0 once a window holds no token.
            """,
    };

    /// <summary><c>ryot_token_cost_estimate_usd</c></summary>
    public static MetricDescriptor TokenCost { get; } = new(
        "ryot_token_cost_estimate_usd",
        MetricType.Counter,
        "Estimated cost of the tokens processed, in US dollars.",
        Label.Model,
        Label.CostTokenType,
        Label.CostModel)
    {
        Remarks = """
            Added when a request ends, by the model's cost model: `fixed_rate` is a price for each 1000 tokens; `tiered` has such prices by the
            model's volume in the calendar month (UTC), prompt and completion tokens together; `dynamic` is the machine's price per hour times the
            engine time that the request really used. Both series of the configured cost model exist, at 0, before the first request; a model
            without one has none. A counter whose name lacks `_total`: typed `counter` in the text format and in protobuf, `unknown` in
            OpenMetrics, which would not accept it as a counter. It never carries an exemplar.
            """,
    };

    /// <summary><c>ryot_active_inference_requests</c></summary>
    public static MetricDescriptor ActiveRequests { get; } = new(
        "ryot_active_inference_requests",
        MetricType.Gauge,
        "Requests that are admitted and have not ended.",
        Label.Model,
        Label.RequestType,
        Label.Endpoint);

    /// <summary><c>ryot_batch_size_distribution</c></summary>
    public static MetricDescriptor BatchSizeDistribution { get; } = new(
        "ryot_batch_size_distribution",
        MetricType.Histogram,
        "Sequences that sampled a token in one forward pass.",
        Label.Model,
        Label.RequestType with { Description = "of the majority of the sequences in the pass" })
    {
        Bounds = BucketBounds.BatchSize,
        Remarks = "One observation per forward pass that sampled for at least one sequence; passes of prompt chunks only are left out.",
    };

    /// <summary><c>ryot_queue_depth</c></summary>
    public static MetricDescriptor QueueDepth { get; } = new(
        "ryot_queue_depth",
        MetricType.Gauge,
        "Requests that wait for admission.",
        Label.Model,
        Label.Priority)
    {
        Remarks = "Those that wait for the model to be loaded are among them.",
    };

    /// <summary><c>ryot_kv_cache_hit_ratio</c></summary>
    public static MetricDescriptor KvCacheHitRatio { get; } = new(
        "ryot_kv_cache_hit_ratio",
        MetricType.Gauge,
        "Reused prompt tokens divided by prompt tokens, over the last 5 minutes; absent without traffic.",
        Label.Model,
        Label.ContextType)
    {
        Remarks = """
            By tokens, not by requests: the second that has begun and the 299 before it. A prompt counts when its first chunk is scheduled; computing
            it again after a preemption counts as nothing. `conversation`: the prompt holds an earlier turn of the assistant; `batch`: many prompts in one request;
            `streaming`: a streamed single turn; `standard`: any other.
            """,
    };

    /// <summary><c>ryot_model_cache_evictions_total</c></summary>
    public static MetricDescriptor ModelCacheEvictions { get; } = new(
        "ryot_model_cache_evictions_total",
        MetricType.Counter,
        "Times that the model was unloaded.",
        Label.Model,
        Label.EvictionReason)
    {
        Remarks = """
            `memory_pressure`: another model needed its memory; `timeout`: it was idle for too long; `manual`: an operator asked for it. The end of the
            process counts as none.
            """,
    };

    /// <summary><c>ryot_prompt_cache_effectiveness</c></summary>
    public static MetricDescriptor PromptCacheEffectiveness { get; } = new(
        "ryot_prompt_cache_effectiveness",
        MetricType.Histogram,
        "Share of a request's prompt tokens that were reused, by how long ago its prefix was last seen.",
        Label.Model,
        Label.ReuseWindow)
    {
        Bounds = BucketBounds.ReusedShare,
        Remarks = """
            Observed for each prompt whose prefix was seen before, at most 7 days ago, in the narrowest window that holds that time: also with 0, when
            nothing of it was left to reuse, which is what the bucket `le="0.0"` counts. Prompts whose prefix was never seen are left out.
            """,
    };

    /// <summary><c>ryot_model_load_attempts_total</c></summary>
    public static MetricDescriptor ModelLoadAttempts { get; } = new(
        "ryot_model_load_attempts_total",
        MetricType.Counter,
        "Attempts to load a model.",
        Label.Model,
        Label.LoadResult,
        Label.LoadAttemptKind)
    {
        Remarks = """
            `partial`: loaded, but not as asked, e.g. with fewer layers on the GPU or a smaller context. `failed`: could not be loaded, or is larger than
            the memory budget allows. `from_cache`: a request found the model in memory. A load that was given up before it ended, because nobody
            waited for it any more or by an administrator, did not fail and is not counted.
            """,
    };

    /// <summary><c>ryot_initialization_startup_time_seconds</c></summary>
    public static MetricDescriptor StartupTime { get; } = new(
        "ryot_initialization_startup_time_seconds",
        MetricType.Histogram,
        "Time that the phases of starting took.",
        Label.StartupPhase)
    {
        Unit = "seconds",
        Bounds = BucketBounds.Startup,
        Remarks = "`ready` is the whole time from the start of the process until it is ready.",
    };

    /// <summary><c>ryot_request_tokens_per_second</c></summary>
    public static MetricDescriptor RequestTokensPerSecond { get; } = new(
        "ryot_request_tokens_per_second",
        MetricType.Histogram,
        "A request's completion tokens divided by the time from its admission to its last token.",
        Label.Model,
        Label.Mode)
    {
        Bounds = BucketBounds.TokenRate,
        Remarks = """
            Observed for every request with at least one completion token, whatever its end; with several sequences their tokens count
            together. The time includes the prompt's processing, but neither the queue, which has its own metric, nor the sending of
            the last bytes, so that a slow client does not make the engine look slow.
            """,
    };
}
