namespace Ryot.Metrics.Tests;

/// <summary>
/// The catalogue against what was promised: names, kinds, labels, values and bounds, written down here once more by hand, so
/// that no change to them goes unnoticed.
/// </summary>
public sealed class ContractTests
{
    private const MetricType C = MetricType.Counter;
    private const MetricType G = MetricType.Gauge;
    private const MetricType H = MetricType.Histogram;

    private static readonly (string Name, MetricType Type, string Labels)[] _design =
    [
        ("ryot_inference_requests_total", C, "model status endpoint error_type"),
        ("ryot_inference_errors_total", C, "model error_type severity"),
        ("ryot_inference_latency_seconds", H, "model batch_size generation_mode"),
        ("ryot_ttft_latency_seconds", H, "model prompt_size device"),
        ("ryot_model_loading_time_seconds", H, "model load_type device_type"),
        ("ryot_tokens_generated_total", C, "model token_type generation_mode"),
        ("ryot_tokens_per_second", G, "model time_window batch_size"),
        ("ryot_token_efficiency_ratio", G, "model batch_size dtype"),
        ("ryot_token_cost_estimate_usd", C, "model token_type cost_model"),
        ("ryot_gpu_memory_usage_bytes", G, "model memory_type device_id"),
        ("ryot_gpu_memory_percentage", G, "model device_id batch_size"),
        ("ryot_gpu_utilization_percent", G, "model device_id kernel_type"),
        ("ryot_kv_cache_size_bytes", G, "model context_length batch_size"),
        ("ryot_active_inference_requests", G, "model request_type endpoint"),
        ("ryot_batch_size_distribution", H, "model request_type"),
        ("ryot_queue_depth", G, "model priority_level"),
        ("ryot_kv_cache_hit_ratio", G, "model context_type"),
        ("ryot_model_cache_evictions_total", C, "model eviction_reason"),
        ("ryot_prompt_cache_effectiveness", H, "model context_reuse_window"),
        ("ryot_model_load_attempts_total", C, "model result load_type"),
        ("ryot_initialization_startup_time_seconds", H, "startup_phase"),
        ("ryot_request_tokens_per_second", H, "model generation_mode"),
    ];

    private static readonly (string Name, MetricType Type, string Labels)[] _additions =
    [
        ("ryot_inter_token_latency_seconds", H, "model"),
        ("ryot_time_per_output_token_seconds", H, "model"),
        ("ryot_request_queue_time_seconds", H, "model priority_level"),
        ("ryot_request_prefill_time_seconds", H, "model"),
        ("ryot_request_decode_time_seconds", H, "model"),
        ("ryot_request_prompt_tokens", H, "model"),
        ("ryot_request_completion_tokens", H, "model"),
        ("ryot_requests_finished_total", C, "model finish_reason"),
        ("ryot_sequences_total", C, "model"),
        ("ryot_prompt_cache_tokens_total", C, "model source"),
        ("ryot_preemptions_total", C, "model"),
        ("ryot_wasted_tokens_total", C, "model cause"),
        ("ryot_scheduler_step_tokens", H, "model phase"),
        ("ryot_scheduler_last_step_timestamp_seconds", G, "model"),
        ("ryot_requests_running", G, "model"),
        ("ryot_requests_waiting", G, "model"),
        ("ryot_kv_cache_usage_ratio", G, "model"),
        ("ryot_kv_cache_capacity_tokens", G, "model"),
        ("ryot_slo_requests_total", C, "model objective result"),
        ("ryot_model_info", G, "model architecture quantization parameters context_length device"),
        ("ryot_build_info", G, "version commit engine_version"),
        ("ryot_device_up", G, "device_id"),
        ("ryot_device_utilization_percent", G, "device_id"),
        ("ryot_device_memory_used_bytes", G, "device_id"),
        ("ryot_device_memory_total_bytes", G, "device_id"),
        ("ryot_device_temperature_celsius", G, "device_id"),
        ("ryot_device_power_watts", G, "device_id"),
        ("ryot_device_sm_clock_hertz", G, "device_id"),
        ("ryot_device_ecc_errors_total", C, "device_id"),
        ("ryot_device_throttle_seconds_total", C, "device_id"),
        ("ryot_device_pcie_bytes_per_second", G, "device_id direction"),
        ("ryot_device_pcie_replays_total", C, "device_id"),
        ("ryot_device_nvlink_bytes_total", C, "device_id direction"),
        ("ryot_device_nvlink_errors_total", C, "device_id"),
        ("ryot_device_xid_errors_total", C, "device_id"),
        ("ryot_energy_joules_total", C, "device_id"),
        ("ryot_request_energy_joules_total", C, "model"),
        ("ryot_metrics_series", G, ""),
        ("ryot_metrics_scrape_duration_seconds", G, ""),
        ("ryot_metrics_dropped_observations_total", C, "reason"),
    ];

    private static readonly Dictionary<string, double[]> _bounds = new()
    {
        ["ryot_inference_latency_seconds"] = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
        ["ryot_ttft_latency_seconds"] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5],
        ["ryot_model_loading_time_seconds"] = [0.5, 1, 2.5, 5, 10, 30, 60, 120],
        ["ryot_batch_size_distribution"] = [1, 4, 8, 16, 32],
        ["ryot_prompt_cache_effectiveness"] = [0, 0.1, 0.25, 0.5, 0.75, 0.9, 1],
        ["ryot_initialization_startup_time_seconds"] = [1, 5, 10, 30, 60],
        ["ryot_request_tokens_per_second"] = [10, 25, 50, 100, 150, 250, 400, 600],
        ["ryot_inter_token_latency_seconds"] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5],
        ["ryot_time_per_output_token_seconds"] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5],
        ["ryot_request_queue_time_seconds"] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
        ["ryot_request_prefill_time_seconds"] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
        ["ryot_request_decode_time_seconds"] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
        ["ryot_request_prompt_tokens"] =
            [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000, 20000, 50000, 100000],
        ["ryot_request_completion_tokens"] =
            [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000, 20000, 50000, 100000],
        ["ryot_scheduler_step_tokens"] = [1, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192, 16384],
    };

    private static readonly Dictionary<string, string> _values = new()
    {
        ["status"] = "success error timeout partial",
        ["endpoint"] = "generate stream batch",
        ["severity"] = "critical warning info",
        ["batch_size"] = "1 2-4 5-8 9-16 17-32 33+",
        ["prompt_size"] = "tiny small medium large xlarge",
        ["context_length"] = "512 1024 2048 4096 8192 16384 32768 65536 131072",
        ["generation_mode"] = "standard streaming batch",
        ["request_type"] = "standard streaming batch",
        ["priority_level"] = "high normal low",
        ["device"] = "gpu cpu",
        ["device_type"] = "gpu cpu",
        ["dtype"] = "float32 float16 bfloat16 int8 int4 ternary",
        ["token_type"] = "prompt completion total",
        ["time_window"] = "1m 5m 15m",
        ["cost_model"] = "fixed_rate tiered dynamic",
        ["memory_type"] = "model_weights kv_cache activations peak",
        ["kernel_type"] = "matmul attention other",
        ["context_type"] = "conversation batch streaming standard",
        ["eviction_reason"] = "memory_pressure timeout manual",
        ["context_reuse_window"] = "1h 24h 7d",
        ["startup_phase"] = "model_load cache_init warmup ready",
        ["finish_reason"] = "stop length cancelled timeout rejected error",
        ["source"] = "computed reused",
        ["cause"] = "cancelled timeout preempted error",
        ["phase"] = "prefill decode",
        ["direction"] = "rx tx",
        ["objective"] = "latency ttft tpot availability",
        ["ryot_inference_requests_total error_type"] = "timeout oom invalid_request model_error overloaded",
        ["ryot_inference_errors_total error_type"] =
            "oom timeout cuda_error invalid_prompt model_not_found inference_error tokenization_error overloaded",
        ["ryot_model_loading_time_seconds load_type"] = "cold_start warm_start cache_hit",
        ["ryot_model_load_attempts_total load_type"] = "cold warm from_cache",
        ["ryot_model_load_attempts_total result"] = "success failed partial",
        ["ryot_slo_requests_total result"] = "met missed",
        ["ryot_token_cost_estimate_usd token_type"] = "prompt completion",
    };

    private static readonly string[] _live =
    [
        "ryot_inference_requests_total", "ryot_inference_errors_total", "ryot_inference_latency_seconds", "ryot_ttft_latency_seconds",
        "ryot_inter_token_latency_seconds", "ryot_time_per_output_token_seconds", "ryot_request_queue_time_seconds",
        "ryot_request_prefill_time_seconds", "ryot_request_decode_time_seconds", "ryot_tokens_generated_total", "ryot_tokens_per_second",
        "ryot_request_tokens_per_second", "ryot_request_prompt_tokens", "ryot_request_completion_tokens", "ryot_requests_finished_total",
        "ryot_sequences_total", "ryot_active_inference_requests", "ryot_queue_depth", "ryot_batch_size_distribution",
        "ryot_scheduler_step_tokens", "ryot_scheduler_last_step_timestamp_seconds", "ryot_preemptions_total", "ryot_wasted_tokens_total",
        "ryot_requests_running", "ryot_requests_waiting", "ryot_kv_cache_usage_ratio", "ryot_kv_cache_capacity_tokens",
        "ryot_model_loading_time_seconds", "ryot_model_load_attempts_total", "ryot_initialization_startup_time_seconds", "ryot_model_info",
        "ryot_build_info", "ryot_metrics_series", "ryot_metrics_scrape_duration_seconds", "ryot_metrics_dropped_observations_total",
        "ryot_token_efficiency_ratio", "ryot_token_cost_estimate_usd", "ryot_gpu_memory_usage_bytes", "ryot_gpu_memory_percentage",
        "ryot_gpu_utilization_percent", "ryot_kv_cache_size_bytes", "ryot_kv_cache_hit_ratio", "ryot_model_cache_evictions_total",
        "ryot_prompt_cache_effectiveness", "ryot_prompt_cache_tokens_total", "ryot_slo_requests_total",
        "ryot_device_up", "ryot_device_utilization_percent", "ryot_device_memory_used_bytes", "ryot_device_memory_total_bytes",
        "ryot_device_temperature_celsius", "ryot_device_power_watts", "ryot_device_sm_clock_hertz", "ryot_device_ecc_errors_total",
        "ryot_device_throttle_seconds_total", "ryot_energy_joules_total", "ryot_request_energy_joules_total",
        "ryot_device_pcie_bytes_per_second", "ryot_device_pcie_replays_total", "ryot_device_nvlink_bytes_total", "ryot_device_nvlink_errors_total",
        "ryot_device_xid_errors_total",
    ];

    [Fact]
    public void Every_promised_metric_is_in_the_catalogue_with_its_kind_and_labels_and_no_other()
    {
        Assert.Equal(22, _design.Length);
        Assert.Equal(Ordered(_design), Ordered(MetricCatalogue.Design.Select(Row)));
        Assert.Equal(Ordered(_additions), Ordered(MetricCatalogue.Additions.Select(Row)));

        static (string, MetricType, string) Row(MetricDescriptor metric)
            => (metric.Name, metric.Type, string.Join(' ', metric.Labels.Select(label => label.Name)));
        static IEnumerable<(string, MetricType, string)> Ordered(IEnumerable<(string Name, MetricType, string)> rows)
            => rows.OrderBy(row => row.Name, StringComparer.Ordinal);
    }

    [Fact]
    public void Every_histogram_has_the_promised_bounds_and_nothing_else_has_bounds()
    {
        foreach (var metric in MetricCatalogue.All)
            Assert.Equal(_bounds.GetValueOrDefault(metric.Name), metric.Bounds);
        Assert.Equal(_bounds.Count, MetricCatalogue.All.Count(metric => metric.Type == H));
    }

    [Fact]
    public void Every_closed_label_has_the_promised_values()
    {
        string[] open = ["model", "device_id", "architecture", "quantization", "parameters", "version", "commit", "engine_version"];
        foreach (var metric in MetricCatalogue.All)
        {
            foreach (var label in metric.Labels)
            {
                if (open.Contains(label.Name) || (metric.Name == "ryot_model_info" && label.Name == "context_length"))
                {
                    Assert.Empty(label.Values);
                }
                else if (label.Name != "reason")
                {
                    var expected = _values.GetValueOrDefault($"{metric.Name} {label.Name}") ?? _values[label.Name];
                    Assert.Equal(expected, string.Join(' ', label.Values));
                }
            }
        }
    }

    [Fact]
    public void No_metric_has_more_than_six_labels()
        => Assert.All(MetricCatalogue.All, metric => Assert.True(metric.Labels.Count <= 6, metric.Name));

    [Fact]
    public void What_is_live_is_what_should_be_live()
        => Assert.Equal(
            _live.Order(StringComparer.Ordinal),
            MetricCatalogue.All.Where(metric => metric.IsLive).Select(metric => metric.Name).Order(StringComparer.Ordinal));

    [Fact]
    public void Every_name_is_once_in_the_catalogue_and_can_be_found()
    {
        Assert.Equal(MetricCatalogue.All.Count, MetricCatalogue.All.Select(metric => metric.Name).Distinct().Count());
        Assert.All(MetricCatalogue.All, metric => Assert.Same(metric, MetricCatalogue.Find(metric.Name)));
        Assert.Null(MetricCatalogue.Find("ryot_nothing"));
    }

    [Fact]
    public async Task What_is_exposed_is_exactly_what_is_live_with_labels_and_values_of_the_catalogue()
    {
        using var recording = new Recording();
        recording.RecordEverything();
        await recording.Metrics.Registry.ScrapeAsync();
        var snapshot = await recording.Metrics.Registry.ScrapeAsync();

        var exposed = snapshot.Samples.Select(sample => BaseName(sample.Name)).Distinct();
        Assert.Equal(_live.Order(StringComparer.Ordinal), exposed.Order(StringComparer.Ordinal));
        foreach (var sample in snapshot.Samples)
        {
            var metric = MetricCatalogue.Find(BaseName(sample.Name))!;
            foreach (var (label, value) in sample.Labels.Where(pair => pair.Key != "le"))
            {
                var descriptor = Assert.Single(metric.Labels, one => one.Name == label);
                Assert.True(descriptor.Values.Count == 0 || descriptor.Values.Contains(value), $"{sample.Name} {label}={value}");
            }

            foreach (var missing in metric.Labels.Where(label => !sample.Labels.ContainsKey(label.Name)))
                Assert.True(missing.IsOptional, $"{sample.Name} lacks {missing.Name}");
        }

        static string BaseName(string name)
        {
            if (MetricCatalogue.Find(name) is not null)
                return name;
            return name[..name.LastIndexOf('_')];
        }
    }
}
