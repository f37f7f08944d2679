namespace Ryot.Metrics;

/// <summary>Label <c>endpoint</c>: the kind of route that a request came by; the OpenAI-compatible routes map to these.</summary>
public enum InferenceEndpoint
{
    /// <summary><c>generate</c></summary>
    Generate,

    /// <summary><c>stream</c></summary>
    Stream,

    /// <summary><c>batch</c></summary>
    Batch,
}

/// <summary>Labels <c>generation_mode</c> and <c>request_type</c>: how the output is delivered.</summary>
public enum GenerationMode
{
    /// <summary><c>standard</c>: at once, when it is complete.</summary>
    Standard,

    /// <summary><c>streaming</c>: as it comes.</summary>
    Streaming,

    /// <summary><c>batch</c>: for many prompts in one request.</summary>
    Batch,
}

/// <summary>Label <c>priority_level</c>.</summary>
public enum PriorityLevel
{
    /// <summary><c>high</c></summary>
    High,

    /// <summary><c>normal</c></summary>
    Normal,

    /// <summary><c>low</c></summary>
    Low,
}

/// <summary>Label <c>status</c>: how a request ended.</summary>
public enum RequestStatus
{
    /// <summary><c>success</c>: all that was asked for was delivered.</summary>
    Success,

    /// <summary><c>error</c>: it failed or was turned away.</summary>
    Error,

    /// <summary><c>timeout</c>: its deadline passed.</summary>
    Timeout,

    /// <summary><c>partial</c>: not all was delivered: the client cancelled, or some prompts of a batch failed.</summary>
    Partial,
}

/// <summary>Label <c>error_type</c> of <c>ryot_inference_errors_total</c>: the cause; severity and the coarse error type follow from it.</summary>
public enum ErrorCause
{
    /// <summary><c>oom</c> (critical)</summary>
    OutOfMemory,

    /// <summary><c>timeout</c> (warning)</summary>
    Timeout,

    /// <summary><c>cuda_error</c> (critical)</summary>
    CudaError,

    /// <summary><c>invalid_prompt</c> (info): the request itself was wrong.</summary>
    InvalidPrompt,

    /// <summary><c>model_not_found</c> (warning)</summary>
    ModelNotFound,

    /// <summary><c>inference_error</c> (warning): the engine failed.</summary>
    InferenceError,

    /// <summary><c>tokenization_error</c> (info)</summary>
    TokenizationError,

    /// <summary><c>overloaded</c> (warning): turned away because the queue was full.</summary>
    Overloaded,
}

/// <summary>Label <c>finish_reason</c>: why generation ended.</summary>
public enum FinishReason
{
    /// <summary><c>stop</c>: the model or a stop string ended it.</summary>
    Stop,

    /// <summary><c>length</c>: the token limit ended it.</summary>
    Length,

    /// <summary><c>cancelled</c>: the client ended it.</summary>
    Cancelled,

    /// <summary><c>timeout</c>: the deadline ended it.</summary>
    Timeout,

    /// <summary><c>rejected</c>: it never entered the queue.</summary>
    Rejected,

    /// <summary><c>error</c>: a failure ended it.</summary>
    Error,
}

/// <summary>Labels <c>device</c> and <c>device_type</c>.</summary>
public enum DeviceKind
{
    /// <summary><c>gpu</c></summary>
    Gpu,

    /// <summary><c>cpu</c></summary>
    Cpu,
}

/// <summary>Label <c>cause</c> of <c>ryot_wasted_tokens_total</c>: why computed tokens were for nothing.</summary>
public enum WasteCause
{
    /// <summary><c>cancelled</c></summary>
    Cancelled,

    /// <summary><c>timeout</c></summary>
    Timeout,

    /// <summary><c>preempted</c>: dropped to make room, to be computed again.</summary>
    Preempted,

    /// <summary><c>error</c></summary>
    Error,
}

/// <summary>Label <c>load_type</c> of both load metrics.</summary>
public enum LoadKind
{
    /// <summary><c>cold_start</c> / <c>cold</c>: the model's first load in this process.</summary>
    Cold,

    /// <summary><c>warm_start</c> / <c>warm</c>: loaded before, evicted, loaded again.</summary>
    Warm,

    /// <summary><c>cache_hit</c> / <c>from_cache</c>: already resident when asked for.</summary>
    FromCache,
}

/// <summary>Label <c>result</c> of <c>ryot_model_load_attempts_total</c>.</summary>
public enum LoadResult
{
    /// <summary><c>success</c></summary>
    Success,

    /// <summary><c>failed</c></summary>
    Failed,

    /// <summary><c>partial</c>: loaded, but not as asked: fewer layers on the GPU, a smaller context.</summary>
    Partial,
}

/// <summary>Label <c>startup_phase</c>.</summary>
public enum StartupPhase
{
    /// <summary><c>model_load</c></summary>
    ModelLoad,

    /// <summary><c>cache_init</c></summary>
    CacheInit,

    /// <summary><c>warmup</c></summary>
    Warmup,

    /// <summary><c>ready</c>: from the start of the process until it is ready.</summary>
    Ready,
}

/// <summary>What the client asked for, in the terms of the OpenTelemetry GenAI conventions.</summary>
public enum InferenceOperation
{
    /// <summary><c>text_completion</c></summary>
    TextCompletion,

    /// <summary><c>chat</c></summary>
    Chat,
}

/// <summary>Label <c>eviction_reason</c>: why a model was unloaded.</summary>
public enum EvictionReason
{
    /// <summary><c>memory_pressure</c>: another model needed its memory.</summary>
    MemoryPressure,

    /// <summary><c>timeout</c>: it was idle for too long.</summary>
    Timeout,

    /// <summary><c>manual</c>: an operator asked for it.</summary>
    Manual,
}

/// <summary>Label <c>cost_model</c>: how the cost of a request is estimated.</summary>
public enum CostModelKind
{
    /// <summary><c>fixed_rate</c>: US dollars for each 1000 tokens.</summary>
    FixedRate,

    /// <summary><c>tiered</c>: rates by the volume of the calendar month.</summary>
    Tiered,

    /// <summary><c>dynamic</c>: the machine's price per hour times the engine time that the request used.</summary>
    Dynamic,
}

/// <summary>Label <c>context_type</c>: what kind of prompt a request has.</summary>
public enum ContextType
{
    /// <summary><c>conversation</c>: it holds an earlier turn of the assistant.</summary>
    Conversation,

    /// <summary><c>batch</c>: one of many prompts in one request.</summary>
    Batch,

    /// <summary><c>streaming</c>: a single turn whose output is streamed.</summary>
    Streaming,

    /// <summary><c>standard</c>: any other.</summary>
    Standard,
}
