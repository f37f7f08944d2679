namespace Ryot.Metrics;

/// <summary>The closed labels' values on the wire, indexed by the enums' numbers.</summary>
internal static class Wire
{
    internal static readonly string[] Endpoints = ["generate", "stream", "batch"];
    internal static readonly string[] Modes = ["standard", "streaming", "batch"];
    internal static readonly string[] Priorities = ["high", "normal", "low"];
    internal static readonly string[] Statuses = ["success", "error", "timeout", "partial"];
    internal static readonly string[] FinishReasons = ["stop", "length", "cancelled", "timeout", "rejected", "error"];
    internal static readonly string[] Devices = ["gpu", "cpu"];
    internal static readonly string[] WasteCauses = ["cancelled", "timeout", "preempted", "error"];
    internal static readonly string[] LoadTimeKinds = ["cold_start", "warm_start", "cache_hit"];
    internal static readonly string[] LoadAttemptKinds = ["cold", "warm", "from_cache"];
    internal static readonly string[] LoadResults = ["success", "failed", "partial"];
    internal static readonly string[] StartupPhases = ["model_load", "cache_init", "warmup", "ready"];
    internal static readonly string[] TokenTypes = ["prompt", "completion", "total"];
    internal static readonly string[] StepPhases = ["prefill", "decode"];
    internal static readonly string[] TimeWindows = ["1m", "5m", "15m"];
    internal static readonly string[] BatchSizes = ["1", "2-4", "5-8", "9-16", "17-32", "33+"];
    internal static readonly string[] PromptSizes = ["tiny", "small", "medium", "large", "xlarge"];
    internal static readonly string[] Severities = ["critical", "warning", "info"];
    internal static readonly string[] Operations = ["text_completion", "chat"];
    internal static readonly string[] DataTypes = ["float32", "float16", "bfloat16", "int8", "int4", "ternary"];
    internal static readonly string[] CostTokenTypes = ["prompt", "completion"];
    internal static readonly string[] CostModels = ["fixed_rate", "tiered", "dynamic"];
    internal static readonly string[] MemoryTypes = ["model_weights", "kv_cache", "activations", "peak"];
    internal static readonly string[] KernelTypes = ["matmul", "attention", "other"];
    internal static readonly string[] ContextTypes = ["conversation", "batch", "streaming", "standard"];
    internal static readonly string[] EvictionReasons = ["memory_pressure", "timeout", "manual"];
    internal static readonly string[] ReuseWindows = ["1h", "24h", "7d"];
    internal static readonly string[] PromptSources = ["computed", "reused"];
    internal static readonly string[] Objectives = ["latency", "ttft", "tpot", "availability"];
    internal static readonly string[] ObjectiveResults = ["met", "missed"];
    internal static readonly string[] Directions = ["rx", "tx"];

    internal static readonly string[] ContextLengths =
        ["512", "1024", "2048", "4096", "8192", "16384", "32768", "65536", "131072"];

    internal static readonly string[] Causes =
    [
        "oom", "timeout", "cuda_error", "invalid_prompt", "model_not_found", "inference_error", "tokenization_error", "overloaded",
    ];

    internal static readonly string[] CoarseErrors = ["timeout", "oom", "invalid_request", "model_error", "overloaded"];

    internal static readonly string[] DropReasons =
    [
        "not_a_number", "infinite", "negative", "time_backwards", "out_of_order", "finished_twice", "unknown_sequence", "unknown_model",
        "inconsistent", "read_failed", "tenant_limit",
    ];

    /// <summary>How grave a cause is; fixed for each.</summary>
    internal static string Severity(ErrorCause cause) => cause switch
    {
        ErrorCause.OutOfMemory or ErrorCause.CudaError => "critical",
        ErrorCause.InvalidPrompt or ErrorCause.TokenizationError => "info",
        _ => "warning",
    };

    /// <summary>The index in <see cref="CoarseErrors"/> that a cause falls into.</summary>
    internal static int CoarseError(ErrorCause cause) => cause switch
    {
        ErrorCause.Timeout => 0,
        ErrorCause.OutOfMemory => 1,
        ErrorCause.InvalidPrompt or ErrorCause.TokenizationError => 2,
        ErrorCause.Overloaded => 4,
        _ => 3,
    };

    /// <summary>The index in <see cref="BatchSizes"/> of a number of sequences from 1 up.</summary>
    internal static int BatchSize(long sequences) => sequences switch
    {
        <= 1 => 0,
        <= 4 => 1,
        <= 8 => 2,
        <= 16 => 3,
        <= 32 => 4,
        _ => 5,
    };

    /// <summary>The index in <see cref="PromptSizes"/> of a number of tokens.</summary>
    internal static int PromptSize(long tokens) => tokens switch
    {
        < 50 => 0,
        < 500 => 1,
        < 2000 => 2,
        < 10000 => 3,
        _ => 4,
    };

    /// <summary>The index in <see cref="ContextLengths"/> of the least that holds a number of tokens; the last holds all that are longer.</summary>
    internal static int ContextLength(int tokens)
    {
        var index = 0;
        for (var holds = 512; tokens > holds && index < ContextLengths.Length - 1; holds *= 2)
            index++;
        return index;
    }

    /// <summary>The index in <see cref="ReuseWindows"/> of the narrowest that holds an age; -1 when it is older than all.</summary>
    internal static int ReuseWindow(TimeSpan age)
        => age <= TimeSpan.FromHours(1) ? 0 : age <= TimeSpan.FromHours(24) ? 1 : age <= TimeSpan.FromDays(7) ? 2 : -1;
}
