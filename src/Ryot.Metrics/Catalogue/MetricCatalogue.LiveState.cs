using Label = Ryot.Metrics.CatalogueLabels;

namespace Ryot.Metrics;

/// <content>Those metrics of the design that tell what a loaded model takes of its devices.</content>
public static partial class MetricCatalogue
{
    /// <summary><c>ryot_token_efficiency_ratio</c></summary>
    public static MetricDescriptor TokenEfficiency { get; } = new(
        "ryot_token_efficiency_ratio",
        MetricType.Gauge,
        "Tokens per second over one minute divided by the memory used, in percent, of the device that holds the model.",
        Label.Model,
        Label.BatchSize,
        Label.DataType with { IsOptional = true, Description = "the type of most of the model's weights" })
    {
        Remarks = """
            The series of `ryot_tokens_per_second{time_window="1m"}`, each divided by the memory of the device that holds most of the model's weights,
            in percent, that is in use by whomever. 0 when idle; absent while the model is not loaded or the device's memory is not known. `dtype` is
            empty where the engine cannot tell it.
            """,
    };

    /// <summary><c>ryot_gpu_memory_usage_bytes</c></summary>
    public static MetricDescriptor GpuMemoryUsage { get; } = new(
        "ryot_gpu_memory_usage_bytes",
        MetricType.Gauge,
        "Memory that the engine allocated for the model on a device, by what for.",
        Label.Model,
        Label.MemoryType,
        Label.DeviceId)
    {
        Unit = "bytes",
        Remarks = """
            What the engine really allocated, not an estimate; `device_id="cpu"` is host memory, so that a machine without GPU is observed too.
            `kv_cache` is what the cache was given, whether in use or not (`ryot_kv_cache_size_bytes` tells what is in use); `peak` is the most that the
            model had on the device at once, so never sum over `memory_type`. `activations`
            are the buffers for intermediate results and for outputs (logits). Absent while the model is not loaded.
            """,
    };

    /// <summary><c>ryot_gpu_memory_percentage</c></summary>
    public static MetricDescriptor GpuMemoryPercentage { get; } = new(
        "ryot_gpu_memory_percentage",
        MetricType.Gauge,
        "The model's share of the device's memory, from 0 to 100.",
        Label.Model,
        Label.DeviceId,
        Label.BatchSize)
    {
        Remarks = """
            Weights, KV cache and activations of this model in percent of the device's whole memory. Exactly one series for each model and device:
            `batch_size` tells the sequences that run at the scrape (`1` when none does), so select by `model` and `device_id`. Absent while the model is
            not loaded or the device's memory is not known.
            """,
    };

    /// <summary><c>ryot_gpu_utilization_percent</c></summary>
    public static MetricDescriptor GpuUtilization { get; } = new(
        "ryot_gpu_utilization_percent",
        MetricType.Gauge,
        "The device's utilization, from 0 to 100, split by the share of time that kinds of operations took.",
        Label.Model,
        Label.DeviceId,
        Label.KernelType)
    {
        Remarks = """
            The device's utilization times the share of each kind of operation in a sampled profile of the engine's graph, so that the sum over
            `kernel_type` is the utilization (`ryot_device_utilization_percent`). For `cpu`, and where a GPU does not tell its utilization, it is the share of the last
            10 whole seconds that the engine's thread spent in forward passes, the one under way included. 0 when idle; absent while the model is not loaded and before the first
            profile.
            """,
    };

    /// <summary><c>ryot_kv_cache_size_bytes</c></summary>
    public static MetricDescriptor KvCacheSize { get; } = new(
        "ryot_kv_cache_size_bytes",
        MetricType.Gauge,
        "Bytes of the KV cache that are in use now.",
        Label.Model,
        Label.ContextLength,
        Label.BatchSize)
    {
        Unit = "bytes",
        Remarks = """
            Cells of running sequences times the bytes of a cell, which follow from the model's KV heads and the cache's data type; cells that only the
            prefix cache keeps are free for use and not counted. Exactly one series for each model: `context_length` is the least that holds the longest
            running sequence (`131072` for longer ones too) and `batch_size` tells the running sequences; when idle they are `512` and `1`, and the value is 0.
            Absent while the model is not loaded.
            """,
    };
}
