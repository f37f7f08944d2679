namespace Ryot.Metrics.Tests;

public sealed class ModelMetricsTests : IDisposable
{
    private readonly Recording _recording = new();

    public void Dispose() => _recording.Dispose();

    [Fact]
    public async Task All_series_that_requests_and_steps_can_hit_exist_at_zero_before_the_first_event()
    {
        var before = (await _recording.ScrapeAsync()).ByIdentity();
        foreach (var (mode, endpoint) in (GenerationMode.Standard, InferenceEndpoint.Generate).Cross())
        {
            foreach (var status in Enum.GetValues<RequestStatus>())
            {
                foreach (var cause in Enum.GetValues<ErrorCause>().Cast<ErrorCause?>().Append(null))
                {
                    var request = _recording.Start(endpoint, mode);
                    request.Queued(_recording.Now, 100);
                    request.Admitted(_recording.After(1));
                    request.Token(0, _recording.After(1));
                    request.Token(0, _recording.After(1));
                    request.SequencePasses(1, (int)status * 9);
                    request.Finish(_recording.After(1), status, FinishReason.Stop, cause);
                }
            }
        }

        _recording.RecordEverything();
        foreach (var (identity, value) in (await _recording.ScrapeAsync()).ByIdentity())
        {
            if (before.TryGetValue(identity, out var old))
                Assert.True(old == 0 || identity.StartsWith("ryot_metrics_", StringComparison.Ordinal), $"{identity} was {old}, is {value}");
            else
                Assert.Contains(identity[..identity.IndexOf('{', StringComparison.Ordinal)], _appearLater);
        }
    }

    /// <summary>What is absent until there is something to tell: gauges, and what nobody knows to exist before a device was sampled.</summary>
    private static readonly string[] _appearLater =
    [
        "ryot_model_info", "ryot_build_info", "ryot_kv_cache_capacity_tokens", "ryot_kv_cache_usage_ratio",
        "ryot_scheduler_last_step_timestamp_seconds", "ryot_metrics_scrape_duration_seconds", "ryot_gpu_memory_usage_bytes",
        "ryot_gpu_memory_percentage", "ryot_gpu_utilization_percent", "ryot_kv_cache_size_bytes", "ryot_token_efficiency_ratio",
        "ryot_device_up", "ryot_device_utilization_percent", "ryot_device_memory_used_bytes", "ryot_device_memory_total_bytes",
        "ryot_device_temperature_celsius", "ryot_device_power_watts", "ryot_device_sm_clock_hertz", "ryot_device_ecc_errors_total",
        "ryot_device_throttle_seconds_total", "ryot_energy_joules_total", "ryot_request_energy_joules_total",
        "ryot_device_pcie_bytes_per_second", "ryot_device_pcie_replays_total", "ryot_device_nvlink_bytes_total", "ryot_device_nvlink_errors_total",
        "ryot_device_xid_errors_total",
        "ryot_kv_cache_hit_ratio", "ryot_token_cost_estimate_usd",
    ];

    [Fact]
    public async Task A_model_costs_a_bounded_number_of_series()
    {
        var one = (await _recording.ScrapeAsync()).Samples.Count;
        _recording.Metrics.AddModel("second", default);
        Assert.InRange((await _recording.ScrapeAsync()).Samples.Count - one, 100, 800);
    }

    [Fact]
    public async Task The_series_count_is_what_a_scraper_counts()
    {
        _recording.RecordEverything();
        var scrape = await _recording.ScrapeAsync();
        Assert.Equal(scrape.Samples.Count, scrape.One("ryot_metrics_series"));
    }

    [Fact]
    public async Task A_scrape_changes_nothing()
    {
        _recording.RecordEverything();
        var request = _recording.Start();
        request.Queued(_recording.After(1), 10);
        // The first scrape makes the time of the last scrape known; that is all it may change.
        await _recording.ScrapeAsync();
        var first = await _recording.Metrics.Registry.TextAsync();
        await _recording.Metrics.Registry.BytesAsync(ExpositionFormat.Protobuf);
        await _recording.Metrics.Registry.BytesAsync(ExpositionFormat.OpenMetrics);
        Assert.Equal(first, await _recording.Metrics.Registry.TextAsync());
    }

    [Fact]
    public async Task Removing_a_model_removes_its_series_and_leaves_the_others()
    {
        var second = _recording.Metrics.AddModel("second", new ModelDescription { Architecture = "gpt2" });
        second.Attach(new Recording.FixedState(Recording.Loaded));
        _recording.RecordEverything();
        var late = second.StartRequest(InferenceEndpoint.Generate, GenerationMode.Standard, PriorityLevel.Normal, _recording.Now);
        late.Queued(_recording.Now, 5);
        Assert.NotEmpty(OfModel(await _recording.ScrapeAsync(), "second"));

        _recording.Metrics.RemoveModel("second");
        _recording.Metrics.RemoveModel("never there");
        late.Admitted(_recording.Now);
        late.Finish(_recording.Now, RequestStatus.Success, FinishReason.Stop);
        second.SetDescription(new ModelDescription { Architecture = "gpt2", Device = DeviceKind.Cpu });
        var scrape = await _recording.ScrapeAsync();
        Assert.Empty(OfModel(scrape, "second"));
        Assert.NotEmpty(OfModel(scrape, "tiny"));
        Assert.NotEmpty(OfModel(scrape, "unknown"));

        _recording.Metrics.AddModel("second", default);
        Assert.Equal(0, (await _recording.ScrapeAsync()).Sum("ryot_inference_requests_total", ("model", "second")));
    }

    [Fact]
    public async Task Live_state_is_read_once_at_each_scrape_and_absent_when_detached()
    {
        var state = new Recording.FixedState(new ModelStateSnapshot { KvCapacityTokens = 200, KvUsedTokens = 50, LastStepUnixSeconds = double.NaN });
        _recording.Model.Attach(state);
        var scrape = await _recording.ScrapeAsync();
        Assert.Equal(1, state.Reads);
        Assert.Equal(200, scrape.One("ryot_kv_cache_capacity_tokens"));
        Assert.Equal(0.25, scrape.One("ryot_kv_cache_usage_ratio"));
        Assert.Empty(scrape.Matching("ryot_scheduler_last_step_timestamp_seconds"));

        _recording.Model.Attach(new Recording.FixedState(new ModelStateSnapshot { KvCapacityTokens = 200, LastStepUnixSeconds = 1772600767.25 }));
        Assert.Equal(1772600767.25, (await _recording.ScrapeAsync()).One("ryot_scheduler_last_step_timestamp_seconds"));

        _recording.Model.Attach(null);
        scrape = await _recording.ScrapeAsync();
        Assert.Empty(scrape.Matching("ryot_kv_cache_capacity_tokens"));
        Assert.Empty(scrape.Matching("ryot_kv_cache_usage_ratio"));
        Assert.Empty(scrape.Matching("ryot_scheduler_last_step_timestamp_seconds"));
    }

    [Fact]
    public async Task A_state_that_cannot_be_read_leaves_the_rest_of_the_scrape_whole()
    {
        _recording.Model.Attach(new BrokenState());
        var scrape = await _recording.ScrapeAsync();
        Assert.Empty(scrape.Matching("ryot_kv_cache_capacity_tokens"));
        Assert.Equal(1, scrape.One("ryot_metrics_dropped_observations_total", ("reason", "read_failed")));
        Assert.NotEmpty(scrape.Matching("ryot_inference_requests_total"));
    }

    [Fact]
    public async Task Steps_are_observed_by_batch_size_and_tokens_of_each_phase()
    {
        _recording.Model.RecordStep(new StepObservation { BatchSize = 0, PrefillTokens = 512, Timestamp = _recording.Now });
        _recording.Model.RecordStep(new StepObservation { BatchSize = 3, DecodeTokens = 2, PrefillTokens = 7, Majority = GenerationMode.Streaming, Timestamp = _recording.Now });
        _recording.Model.RecordStep(new StepObservation { BatchSize = -1, Timestamp = _recording.Now });
        var scrape = await _recording.ScrapeAsync();
        Assert.Equal(1, scrape.Sum("ryot_batch_size_distribution_count"));
        Assert.Equal(3, scrape.One("ryot_batch_size_distribution_sum", ("request_type", "streaming")));
        Assert.Equal(2, scrape.One("ryot_scheduler_step_tokens_count", ("phase", "prefill")));
        Assert.Equal(519, scrape.One("ryot_scheduler_step_tokens_sum", ("phase", "prefill")));
        Assert.Equal(1, scrape.One("ryot_scheduler_step_tokens_count", ("phase", "decode")));
        Assert.Equal(1, scrape.One("ryot_metrics_dropped_observations_total", ("reason", "negative")));
    }

    [Fact]
    public async Task Preemptions_and_wasted_tokens_are_counted()
    {
        _recording.Model.RecordPreemption();
        _recording.Model.RecordPreemption();
        _recording.Model.RecordWasted(WasteCause.Preempted, 40);
        _recording.Model.RecordWasted(WasteCause.Preempted, 2);
        _recording.Model.RecordWasted(WasteCause.Cancelled, 5);
        var scrape = await _recording.ScrapeAsync();
        Assert.Equal(2, scrape.One("ryot_preemptions_total"));
        Assert.Equal(42, scrape.One("ryot_wasted_tokens_total", ("cause", "preempted")));
        Assert.Equal(5, scrape.One("ryot_wasted_tokens_total", ("cause", "cancelled")));
    }

    [Fact]
    public async Task Evictions_are_counted_by_reason()
    {
        foreach (var reason in Enum.GetValues<EvictionReason>())
        {
            for (var times = 0; times <= (int)reason; times++)
                _recording.Model.RecordEviction(reason);
        }

        Assert.Equal(
            [("memory_pressure", 1), ("timeout", 2), ("manual", 3)],
            (await _recording.ScrapeAsync()).Matching("ryot_model_cache_evictions_total").Select(sample => (sample.Labels["eviction_reason"], sample.Value)));
    }

    [Fact]
    public async Task Loads_are_counted_and_timed_unless_they_failed()
    {
        _recording.Model.RecordLoad(LoadKind.Cold, LoadResult.Success, TimeSpan.FromSeconds(3));
        _recording.Model.RecordLoad(LoadKind.Warm, LoadResult.Partial, TimeSpan.FromSeconds(1));
        _recording.Model.RecordLoad(LoadKind.FromCache, LoadResult.Failed, TimeSpan.FromSeconds(9));
        var scrape = await _recording.ScrapeAsync();
        Assert.Equal(1, scrape.One("ryot_model_load_attempts_total", ("result", "success"), ("load_type", "cold")));
        Assert.Equal(1, scrape.One("ryot_model_load_attempts_total", ("result", "partial"), ("load_type", "warm")));
        Assert.Equal(1, scrape.One("ryot_model_load_attempts_total", ("result", "failed"), ("load_type", "from_cache")));
        Assert.Equal(3, scrape.Sum("ryot_model_load_attempts_total"));
        Assert.Equal(3, scrape.One("ryot_model_loading_time_seconds_sum", ("load_type", "cold_start"), ("device_type", "cpu")));
        Assert.Equal(1, scrape.One("ryot_model_loading_time_seconds_sum", ("load_type", "warm_start")));
        Assert.Equal(0, scrape.One("ryot_model_loading_time_seconds_count", ("load_type", "cache_hit")));
    }

    [Fact]
    public async Task A_model_that_turns_out_to_be_on_the_gpu_moves_its_series_and_keeps_what_was_recorded()
    {
        _recording.Succeed();
        _recording.Model.SetDescription(new ModelDescription { Architecture = "llama", Device = DeviceKind.Gpu });
        _recording.Succeed();
        var scrape = await _recording.ScrapeAsync();
        Assert.Equal(1, scrape.Sum("ryot_ttft_latency_seconds_count", ("device", "gpu")));
        Assert.Equal(1, scrape.Sum("ryot_ttft_latency_seconds_count", ("device", "cpu")));
        Assert.Single(scrape.Matching("ryot_ttft_latency_seconds_count", ("device", "cpu")));
        Assert.Empty(scrape.Matching("ryot_model_loading_time_seconds_count", ("device_type", "cpu")));
    }

    [Fact]
    public async Task Information_is_shown_once_and_replaced_when_it_changes()
    {
        Assert.Empty((await _recording.ScrapeAsync()).Matching("ryot_model_info"));
        _recording.Model.SetDescription(new ModelDescription { Architecture = "llama", Quantization = "F16", Parameters = 7, ContextLength = 512, Device = DeviceKind.Cpu });
        _recording.Model.SetDescription(new ModelDescription { Architecture = "llama", Parameters = 7, Device = DeviceKind.Cpu });
        _recording.Metrics.SetBuildInfo("1", "a", "b1");
        _recording.Metrics.SetBuildInfo("2", "b", "b2");
        var scrape = await _recording.ScrapeAsync();
        Assert.Equal(1, scrape.One("ryot_model_info", ("model", "tiny"), ("architecture", "llama"), ("quantization", ""), ("parameters", "7"), ("context_length", ""), ("device", "cpu")));
        Assert.Equal(1, scrape.One("ryot_build_info", ("version", "2"), ("commit", "b"), ("engine_version", "b2")));
    }

    [Fact]
    public void Adding_a_model_again_gives_the_same_and_bad_names_are_refused()
    {
        Assert.Same(_recording.Model, _recording.Metrics.AddModel("tiny", default));
        Assert.Throws<ArgumentException>(() => _recording.Metrics.AddModel("", default));
        Assert.Contains("unknown", Assert.Throws<ArgumentException>(() => _recording.Metrics.AddModel("unknown", default)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Work_of_the_unknown_model_is_dropped()
    {
        var unknown = _recording.Metrics.Unknown;
        unknown.RecordStep(new StepObservation { BatchSize = 1 });
        unknown.RecordPreemption();
        unknown.RecordEviction(EvictionReason.Manual);
        unknown.SetCostModel(CostModelKind.Tiered);
        unknown.SetObjectives(new ServiceObjectives());
        unknown.Attach(new Recording.FixedState(Recording.Loaded));
        unknown.RecordWasted(WasteCause.Error, 1);
        unknown.RecordLoad(LoadKind.Cold, LoadResult.Failed, TimeSpan.Zero);
        unknown.SetDescription(default);
        var scrape = await _recording.ScrapeAsync();
        Assert.Equal(8, scrape.One("ryot_metrics_dropped_observations_total", ("reason", "unknown_model")));
        Assert.Empty(scrape.Matching("ryot_preemptions_total", ("model", "unknown")));
    }

    [Fact]
    public void Steps_allocate_nothing()
    {
        var step = new StepObservation { BatchSize = 4, PrefillTokens = 10, DecodeTokens = 3, Timestamp = _recording.Now };
        _recording.Model.RecordStep(step);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var steps = 0; steps < 100; steps++)
            _recording.Model.RecordStep(step);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private static IEnumerable<Sample> OfModel(Snapshot scrape, string model)
        => scrape.Samples.Where(sample => sample.Labels.GetValueOrDefault("model") == model);

    private sealed class BrokenState : IModelState
    {
        public ModelStateSnapshot Read() => throw new InvalidOperationException("The engine is gone.");
    }
}

internal static class Combinations
{
    /// <summary>All pairs of two enums' values.</summary>
    internal static IEnumerable<(TFirst First, TSecond Second)> Cross<TFirst, TSecond>(this (TFirst, TSecond) _)
        where TFirst : struct, Enum
        where TSecond : struct, Enum
        => Enum.GetValues<TFirst>().SelectMany(first => Enum.GetValues<TSecond>().Select(second => (first, second)));
}
