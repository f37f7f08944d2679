namespace Ryot.Metrics;

/// <summary>The labels of the catalogue. All are closed but the model, the device index and the tenant.</summary>
internal static class CatalogueLabels
{
    internal static readonly LabelDescriptor Model = new("model")
    {
        Description = "a configured model's id; a request for any other model counts under `unknown`",
    };

    internal static readonly LabelDescriptor DeviceId = new("device_id")
    {
        Description = "the device's index (`0`, `1`, ...), or `cpu` for what lives in host memory",
    };

    internal static readonly LabelDescriptor Status = new("status", Wire.Statuses);
    internal static readonly LabelDescriptor Endpoint = new("endpoint", Wire.Endpoints);
    internal static readonly LabelDescriptor CoarseError = new("error_type", Wire.CoarseErrors) { IsOptional = true };
    internal static readonly LabelDescriptor Cause = new("error_type", Wire.Causes);
    internal static readonly LabelDescriptor Severity = new("severity", Wire.Severities);
    internal static readonly LabelDescriptor BatchSize = new("batch_size", Wire.BatchSizes);
    internal static readonly LabelDescriptor Mode = new("generation_mode", Wire.Modes);
    internal static readonly LabelDescriptor RequestType = new("request_type", Wire.Modes);
    internal static readonly LabelDescriptor PromptSize = new("prompt_size", Wire.PromptSizes);
    internal static readonly LabelDescriptor Device = new("device", Wire.Devices);
    internal static readonly LabelDescriptor DeviceType = new("device_type", Wire.Devices);
    internal static readonly LabelDescriptor LoadTimeKind = new("load_type", Wire.LoadTimeKinds);
    internal static readonly LabelDescriptor LoadAttemptKind = new("load_type", Wire.LoadAttemptKinds);
    internal static readonly LabelDescriptor LoadResult = new("result", Wire.LoadResults);
    internal static readonly LabelDescriptor TokenType = new("token_type", Wire.TokenTypes);
    internal static readonly LabelDescriptor CostTokenType = new("token_type", Wire.CostTokenTypes);
    internal static readonly LabelDescriptor TimeWindow = new("time_window", Wire.TimeWindows);
    internal static readonly LabelDescriptor Priority = new("priority_level", Wire.Priorities);
    internal static readonly LabelDescriptor FinishReason = new("finish_reason", Wire.FinishReasons);
    internal static readonly LabelDescriptor WasteCause = new("cause", Wire.WasteCauses);
    internal static readonly LabelDescriptor StepPhase = new("phase", Wire.StepPhases);
    internal static readonly LabelDescriptor StartupPhase = new("startup_phase", Wire.StartupPhases);
    internal static readonly LabelDescriptor DropReason = new("reason", Wire.DropReasons);

    internal static readonly LabelDescriptor DataType = new("dtype", Wire.DataTypes);
    internal static readonly LabelDescriptor ContextLength = new("context_length", Wire.ContextLengths);
    internal static readonly LabelDescriptor CostModel = new("cost_model", Wire.CostModels);
    internal static readonly LabelDescriptor MemoryType = new("memory_type", Wire.MemoryTypes);
    internal static readonly LabelDescriptor KernelType = new("kernel_type", Wire.KernelTypes);
    internal static readonly LabelDescriptor ContextType = new("context_type", Wire.ContextTypes);
    internal static readonly LabelDescriptor EvictionReason = new("eviction_reason", Wire.EvictionReasons);
    internal static readonly LabelDescriptor ReuseWindow = new("context_reuse_window", Wire.ReuseWindows);
    internal static readonly LabelDescriptor PromptSource = new("source", Wire.PromptSources);
    internal static readonly LabelDescriptor Objective = new("objective", Wire.Objectives);
    internal static readonly LabelDescriptor ObjectiveResult = new("result", Wire.ObjectiveResults);
    internal static readonly LabelDescriptor Direction = new("direction", Wire.Directions) { Description = "as the device sees it" };

    /// <summary>Only on the metrics that <see cref="TenantOptions"/> names, and only when it is chosen.</summary>
    internal static readonly LabelDescriptor Tenant = new("tenant") { IsOptional = true, Description = "whose request it is" };
}
