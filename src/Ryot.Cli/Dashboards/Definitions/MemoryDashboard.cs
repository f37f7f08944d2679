using static Ryot.Cli.Dashboards.Panels;

namespace Ryot.Cli.Dashboards.Definitions;

/// <summary>What fills the memory, and what the caches save.</summary>
internal static class MemoryDashboard
{
    public static Dashboard Create() => new(
        "memory",
        "Ryot / Caches and memory",
        "What fills the devices' memory, how full the KV cache is, and how much work the prefix cache saves.",
        [
            new Section("KV cache",
                new Line(8,
                    TimeSeries("KV cache in use",
                        "Share of the cells that running sequences hold. When it reaches 100 %, sequences are preempted.", Unit.Ratio,
                        Query("ryot_kv_cache_usage_ratio{@both}", "{{model}} {{instance}}")) with { Max = 1, Thresholds = Thresholds.Below(0.9) },
                    TimeSeries("KV cache in bytes", "What is in use now, and what the cache was given.", Unit.Bytes,
                        Query("sum by (model, instance) (ryot_kv_cache_size_bytes{@both})", "{{model}} {{instance}} in use"),
                        Query("""sum by (model, instance) (ryot_gpu_memory_usage_bytes{memory_type="kv_cache",@both})""", "{{model}} {{instance}} given")),
                    TimeSeries("KV cache capacity", "Tokens that the cache can hold, all sequences together.", Unit.Tokens,
                        Query("ryot_kv_cache_capacity_tokens{@both}", "{{model}} {{instance}}")))),
            new Section("Prefix cache",
                new Line(8,
                    TimeSeries("Prompt tokens reused",
                        "Share of the prompt tokens of 5 minutes that came from the cache, on all instances.", Unit.Ratio,
                        Query("model:ryot_prompt_cache_hit:ratio_rate5m{@model}", "{{model}}")) with { Max = 1 },
                    TimeSeries("Reused by kind of context",
                        "Share of the prompt tokens of 5 minutes that came from the cache. A conversation repeats its earlier turns.", Unit.Ratio,
                        Query("avg by (model, context_type) (ryot_kv_cache_hit_ratio{@both})", "{{model}} {{context_type}}")) with { Max = 1 },
                    Stacked("Prompt tokens by source", "What had to be computed, and what was saved.", Unit.TokensPerSecond,
                        Query("sum by (source) (instance_model:ryot_prompt_tokens:rate5m{@both})", "{{source}}"))),
                new Line(8,
                    HeatMap("Share of a prompt that was reused",
                        "Prompts whose beginning was seen before, by how much of it was still there. In the lowest row nothing was.",
                        Unit.Ratio, "ryot_prompt_cache_effectiveness"),
                    TimeSeries("Prompts by when their beginning was last seen", "How long prefixes must be kept to be of use.", Unit.PerSecond,
                        Query("sum by (context_reuse_window) (rate(ryot_prompt_cache_effectiveness_count{@both}[$__rate_interval]))", "within {{context_reuse_window}}")),
                    TimeSeries("Preemptions", "Sequences that were put back into the queue, since the KV cache was full.", Unit.PerSecond,
                        Query("instance_model:ryot_preemptions:rate5m{@both}", "{{model}} {{instance}}")))),
            new Section("Memory",
                new Line(8,
                    Stacked("Memory by use", "What the engine allocated. Device `cpu` is the host's memory.", Unit.Bytes,
                        Query("""sum by (model, memory_type, device_id) (ryot_gpu_memory_usage_bytes{memory_type!="peak",@both})""", "{{memory_type}}: {{model}} ({{device_id}})")),
                    TimeSeries("Memory of the devices in use",
                        "By whomever, where the device tells; else by Ryot's models. The line is the objective for headroom.", Unit.Percent,
                        Query("instance_device:ryot_memory_used:percent{@instance}", "{{instance}} {{device_id}}")) with { Max = 100, Thresholds = SloTargets.MemoryPercent },
                    TimeSeries("Peak", "The most that a model had on a device at once.", Unit.Bytes,
                        Query("""sum by (model, instance, device_id) (ryot_gpu_memory_usage_bytes{memory_type="peak",@both})""", "{{model}} {{instance}} ({{device_id}})"))),
                new Line(8,
                    TimeSeries("Share of the device by model",
                        "Each model's weights, KV cache and activations in percent of the device's memory.", Unit.Percent,
                        Query("max by (model, instance, device_id) (ryot_gpu_memory_percentage{@both})", "{{model}} {{instance}} ({{device_id}})")),
                    TimeSeries("Models unloaded", "Within an hour. `memory_pressure` again and again: models evict each other.", Unit.Count,
                        Query("sum by (model, eviction_reason) (instance_model:ryot_model_evictions:increase1h{@both})", "{{model}} {{eviction_reason}}")))),
        ]);
}
