using static Ryot.Cli.Dashboards.Panels;

namespace Ryot.Cli.Dashboards.Definitions;

/// <summary>Which models there are, and how they come and go.</summary>
internal static class LifecycleDashboard
{
    public static Dashboard Create() => new(
        "lifecycle",
        "Ryot / Model lifecycle",
        "Which models there are, when and how long they are loaded, and why they go.",
        [
            new Section("Models",
                new Line(5, Table("Models", "What is served. A model is listed once it was loaded for the first time.", "ryot_model_info{@both}",
                    "model", "instance", "architecture", "quantization", "parameters", "context_length", "device")),
                new Line(8,
                    TimeSeries("Loaded", "1 while the model is loaded.", Unit.Count,
                        Query("0 * ryot_kv_cache_capacity_tokens{@both} + 1 or 0 * ryot_requests_running{@both}", "{{model}} {{instance}}")) with { Max = 1 },
                    TimeSeries("Asked for but not loaded",
                        "Requests that wait while their model is not loaded: it is being loaded, or cannot be.", Unit.Count,
                        Query("ryot_requests_waiting{@both} unless ryot_kv_cache_capacity_tokens{@both} or 0 * ryot_requests_waiting{@both}", "{{model}} {{instance}}")) with
                    {
                        Thresholds = Thresholds.Below(1),
                    })),
            new Section("Loading",
                new Line(8,
                    TimeSeries("Load attempts",
                        "Within 10 minutes, those left out that found the model loaded. `partial`: loaded, but not as asked, e.g. with fewer layers on the GPU.",
                        Unit.Count,
                        Query("""sum by (model, result, load_type) (increase(ryot_model_load_attempts_total{load_type!="from_cache",@both}[10m]))""", "{{model}} {{load_type}}: {{result}}")),
                    Bars("Mean time to load",
                        "Since the start of each process, by kind. `cold_start`: its first load; `warm_start`: loaded again; `cache_hit`: it was there already.",
                        Unit.Seconds,
                        Query("""
                            sum by (model, load_type) (ryot_model_loading_time_seconds_sum{@both})
                            / (sum by (model, load_type) (ryot_model_loading_time_seconds_count{@both}) > 0)
                            """, "{{model}} {{load_type}}")),
                    Bars("Starting, by phase",
                        "Mean over the instances of the time that each phase of the process's start took. `ready` is the whole of it.", Unit.Seconds,
                        Query("""
                            sum by (startup_phase) (ryot_initialization_startup_time_seconds_sum{@instance})
                            / (sum by (startup_phase) (ryot_initialization_startup_time_seconds_count{@instance}) > 0)
                            """, "{{startup_phase}}")))),
            new Section("Unloading",
                new Line(8,
                    TimeSeries("Models unloaded",
                        "Within an hour, by why. `memory_pressure`: another model needed the memory; `timeout`: it was idle.", Unit.Count,
                        Query("sum by (model, eviction_reason) (instance_model:ryot_model_evictions:increase1h{@both})", "{{model}} {{eviction_reason}}")),
                    TimeSeries("Requests for models that do not exist", "Clients ask for a model that is not configured.", Unit.RequestsPerSecond,
                        Query("""sum by (instance) (rate(ryot_inference_errors_total{error_type="model_not_found",@instance}[$__rate_interval]))""", "{{instance}}")))),
        ]);
}
