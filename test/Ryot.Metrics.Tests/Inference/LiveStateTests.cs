namespace Ryot.Metrics.Tests;

public sealed class LiveStateTests : IDisposable
{
    private readonly Recording _recording = new();
    private ModelStateSnapshot _state = Recording.Loaded;

    public LiveStateTests() => _recording.Model.Attach(new ReadState(() => _state));

    public void Dispose() => _recording.Dispose();

    [Fact]
    public async Task Memory_is_told_by_device_and_kind_and_devices_come_and_go()
    {
        var gpu = new DeviceMemory("0") { WeightsBytes = 5, KvCacheBytes = 6, ActivationsBytes = 7, PeakBytes = 20, DeviceTotalBytes = 100 };
        _state = _state with { Memory = [gpu, .. _state.Memory] };
        var scrape = await _recording.ScrapeAsync();
        Assert.Equal(
            [("model_weights", 5d), ("kv_cache", 6), ("activations", 7), ("peak", 20)],
            scrape.Matching("ryot_gpu_memory_usage_bytes", ("device_id", "0")).Select(sample => (sample.Labels["memory_type"], sample.Value)));
        Assert.Equal(
            [("model_weights", 1000d), ("kv_cache", 6400), ("activations", 600), ("peak", 9000)],
            scrape.Matching("ryot_gpu_memory_usage_bytes", ("device_id", "cpu")).Select(sample => (sample.Labels["memory_type"], sample.Value)));
        Assert.Equal(18, scrape.One("ryot_gpu_memory_percentage", ("device_id", "0")));
        Assert.Equal(10, scrape.One("ryot_gpu_memory_percentage", ("device_id", "cpu")));

        _state = _state with { Memory = [gpu] };
        scrape = await _recording.ScrapeAsync();
        Assert.Equal(4, scrape.Matching("ryot_gpu_memory_usage_bytes").Count());
        Assert.Single(scrape.Matching("ryot_gpu_memory_percentage"));
    }

    /// <summary>A gauge that is set by label leaves the series of the bucket before behind, and sums are wrong for ever.</summary>
    [Fact]
    public async Task No_gauge_leaves_the_bucket_behind_that_it_was_in()
    {
        foreach (var (running, longest, batchSize, contextLength) in ((int, int, string, string)[])
        [
            (1, 512, "1", "512"), (2, 513, "2-4", "1024"), (8, 1024, "5-8", "1024"), (9, 5000, "9-16", "8192"), (32, 16384, "17-32", "16384"),
            (33, 131072, "33+", "131072"), (500, 1_000_000, "33+", "131072"), (0, 0, "1", "512"),
        ])
        {
            _state = _state with { RunningSequences = running, LongestContextTokens = longest, KvUsedTokens = running * 10 };
            var scrape = await _recording.ScrapeAsync();
            var cache = Assert.Single(scrape.Matching("ryot_kv_cache_size_bytes"));
            Assert.Equal((contextLength, batchSize, running * 640), (cache.Labels["context_length"], cache.Labels["batch_size"], cache.Value));
            Assert.Equal(batchSize, Assert.Single(scrape.Matching("ryot_gpu_memory_percentage")).Labels["batch_size"]);
        }
    }

    [Fact]
    public async Task Efficiency_is_the_rate_by_the_memory_in_use_of_the_device_that_holds_the_model()
    {
        _state = _state with
        {
            Memory =
            [
                new DeviceMemory("0") { WeightsBytes = 10, DeviceUsedBytes = 90, DeviceTotalBytes = 100 },
                new DeviceMemory("1") { WeightsBytes = 30, DeviceUsedBytes = 40, DeviceTotalBytes = 100 },
            ],
            DataType = "int4",
        };
        _recording.Model.RecordStep(new StepObservation { BatchSize = 4, Timestamp = _recording.After(1000) });
        _recording.Model.RecordStep(new StepObservation { BatchSize = 6, Timestamp = _recording.After(1000) });
        var scrape = await _recording.ScrapeAsync();
        Assert.Equal(
            scrape.Matching("ryot_tokens_per_second", ("time_window", "1m")).Select(sample => (sample.Labels["batch_size"], "int4", sample.Value / 40)),
            scrape.Matching("ryot_token_efficiency_ratio").Select(sample => (sample.Labels["batch_size"], sample.Labels["dtype"], sample.Value)));
        Assert.Equal(2 / 40d, scrape.One("ryot_token_efficiency_ratio", ("batch_size", "2-4")));

        _recording.After(61_000);
        Assert.All((await _recording.ScrapeAsync()).Matching("ryot_token_efficiency_ratio"), sample => Assert.Equal(0, sample.Value));
        _state = _state with { DataType = "something new" };
        Assert.All((await _recording.ScrapeAsync()).Matching("ryot_token_efficiency_ratio"), sample => Assert.DoesNotContain("dtype", sample.Labels));
    }

    [Fact]
    public async Task What_is_not_known_is_absent()
    {
        _state = default;
        var scrape = await _recording.ScrapeAsync();
        foreach (var name in (string[])
        [
            "ryot_kv_cache_usage_ratio", "ryot_scheduler_last_step_timestamp_seconds", "ryot_kv_cache_size_bytes", "ryot_gpu_memory_usage_bytes",
            "ryot_gpu_memory_percentage", "ryot_gpu_utilization_percent", "ryot_token_efficiency_ratio",
        ])
            Assert.Empty(scrape.Matching(name));

        _state = Recording.Loaded with { Kernels = new KernelShares(double.NaN, double.NaN, double.NaN), Memory = [new DeviceMemory("0") { WeightsBytes = 1 }] };
        scrape = await _recording.ScrapeAsync();
        Assert.Equal(1, scrape.One("ryot_gpu_memory_usage_bytes", ("memory_type", "model_weights")));
        Assert.Empty(scrape.Matching("ryot_gpu_memory_percentage"));
        Assert.Empty(scrape.Matching("ryot_gpu_utilization_percent"));
        Assert.Empty(scrape.Matching("ryot_token_efficiency_ratio"));
        Assert.Equal(0, scrape.Sum("ryot_metrics_dropped_observations_total"));
    }

    [Fact]
    public async Task All_live_gauges_go_when_the_model_is_unloaded()
    {
        string[] live =
        [
            "ryot_kv_cache_usage_ratio", "ryot_kv_cache_capacity_tokens", "ryot_scheduler_last_step_timestamp_seconds", "ryot_kv_cache_size_bytes",
            "ryot_gpu_memory_usage_bytes", "ryot_gpu_memory_percentage", "ryot_gpu_utilization_percent", "ryot_token_efficiency_ratio",
        ];
        var loaded = await _recording.ScrapeAsync();
        Assert.All(live, name => Assert.NotEmpty(loaded.Matching(name)));
        _recording.Model.Attach(null);
        var unloaded = await _recording.ScrapeAsync();
        Assert.All(live, name => Assert.Empty(unloaded.Matching(name)));
    }

    [Fact]
    public async Task A_device_that_is_told_twice_is_shown_once()
    {
        _state = _state with { Memory = [_state.Memory[0], _state.Memory[0]] };
        var scrape = await _recording.ScrapeAsync();
        Assert.Equal(4, scrape.Matching("ryot_gpu_memory_usage_bytes").Count());
        Assert.True(scrape.One("ryot_metrics_dropped_observations_total", ("reason", "inconsistent")) > 0);
    }

    private sealed class ReadState(Func<ModelStateSnapshot> read) : IModelState
    {
        public ModelStateSnapshot Read() => read();
    }
}
