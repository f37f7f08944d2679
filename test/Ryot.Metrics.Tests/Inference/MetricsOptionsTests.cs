namespace Ryot.Metrics.Tests;

public sealed class MetricsOptionsTests
{
    [Fact]
    public async Task Bounds_can_be_replaced()
    {
        var options = new MetricsOptions();
        options.Bounds["ryot_inference_latency_seconds"] = [1, 60, 600];
        using var recording = new Recording(options);
        var scrape = await recording.ScrapeAsync();
        Assert.Equal(
            ["1.0", "60.0", "600.0", "+Inf"],
            scrape.Matching("ryot_inference_latency_seconds_bucket", ("model", "tiny"), ("batch_size", "1"), ("generation_mode", "batch"))
                .Select(sample => sample.Labels["le"]));
        Assert.Equal(11, MetricCatalogue.InferenceLatency.Bounds!.Length);
    }

    [Fact]
    public async Task With_recording_off_nothing_is_recorded_and_nothing_dropped()
    {
        using var recording = new Recording(new MetricsOptions { Recording = false });
        recording.Succeed();
        recording.Start().Finish(recording.After(1), RequestStatus.Error, FinishReason.Rejected, ErrorCause.Overloaded);
        recording.Model.RecordStep(new StepObservation { BatchSize = 2, PrefillTokens = 8, DecodeTokens = 1, Timestamp = recording.Now });
        recording.Model.RecordPreemption();
        recording.Model.RecordWasted(WasteCause.Preempted, 3);
        recording.Model.RecordEviction(EvictionReason.Manual);
        recording.Model.SetCostModel(CostModelKind.FixedRate);
        var request = recording.Admit();
        request.PromptAdmitted(10, 5, TimeSpan.Zero);
        request.Flush();
        request.Cost(1, 1);
        var scrape = await recording.ScrapeAsync();
        foreach (var name in new[]
        {
            "ryot_inference_requests_total", "ryot_inference_latency_seconds_count", "ryot_tokens_generated_total", "ryot_sequences_total",
            "ryot_batch_size_distribution_count", "ryot_preemptions_total", "ryot_wasted_tokens_total", "ryot_requests_running",
            "ryot_metrics_dropped_observations_total", "ryot_slo_requests_total", "ryot_model_cache_evictions_total",
            "ryot_prompt_cache_tokens_total", "ryot_prompt_cache_effectiveness_count", "ryot_token_cost_estimate_usd",
        })
            Assert.Equal(0, scrape.Sum(name));
    }

    [Fact]
    public void Everything_that_is_wrong_is_told_at_once()
    {
        var options = new MetricsOptions { DetailSampling = 0 };
        options.Bounds["ryot_nothing"] = [1];
        options.Bounds["ryot_queue_depth"] = [1];
        options.Bounds["ryot_ttft_latency_seconds"] = [];
        options.Bounds["ryot_inference_latency_seconds"] = [1, 1];
        options.Bounds["ryot_request_prompt_tokens"] = [-1, 1];
        options.Bounds["ryot_request_decode_time_seconds"] = [1, double.PositiveInfinity];
        options.Bounds["ryot_request_prefill_time_seconds"] = [0];
        options.Bounds["ryot_inter_token_latency_seconds"] = [1e-13, 1];
        options.Bounds["ryot_request_completion_tokens"] = [.. Enumerable.Range(1, 101).Select(bound => (double)bound)];

        Assert.Equal(
            [
                "Bounds: there is no metric named 'ryot_nothing'.",
                "Bounds: ryot_queue_depth is a gauge, not a histogram, and has no buckets.",
                "Bounds: ryot_ttft_latency_seconds: a histogram needs at least one bucket bound.",
                "Bounds: ryot_inference_latency_seconds: bucket bounds must rise, but 1 comes after 1.",
                "Bounds: ryot_request_prompt_tokens: bucket bounds must not be negative.",
                "Bounds: ryot_request_decode_time_seconds: bucket bounds must be finite numbers; +Inf is added by itself.",
                "Bounds: ryot_request_prefill_time_seconds: at least one bucket bound must be greater than 0.",
                "Bounds: ryot_inter_token_latency_seconds: bucket bounds other than 0 must be between 1e-12 and 1e15.",
                "Bounds: ryot_request_completion_tokens: 101 bucket bounds are too many; 100 are allowed.",
                "DetailSampling: one request in 0 cannot be; 1 is every request.",
            ],
            options.Validate());
        var refused = Assert.Throws<ArgumentException>(() => new RyotMetrics(TimeProvider.System, options));
        Assert.All(options.Validate(), problem => Assert.Contains(problem, refused.Message, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Sampling_thins_out_the_details_and_never_the_counters()
    {
        using var recording = new Recording(new MetricsOptions { DetailSampling = 4 });
        for (var request = 0; request < 20; request++)
            recording.Succeed(tokens: 3);
        var scrape = await recording.ScrapeAsync();
        Assert.Equal(20, scrape.Sum("ryot_inference_requests_total"));
        Assert.Equal(20, scrape.Sum("ryot_inference_latency_seconds_count"));
        Assert.Equal(20, scrape.Sum("ryot_ttft_latency_seconds_count"));
        Assert.Equal(60, scrape.Sum("ryot_request_completion_tokens_sum"));
        Assert.Equal(10, scrape.Sum("ryot_inter_token_latency_seconds_count"));
        foreach (var name in (string[])["time_per_output_token", "request_queue_time", "request_prefill_time", "request_decode_time"])
            Assert.Equal(5, scrape.Sum($"ryot_{name}_seconds_count"));
    }

    [Fact]
    public async Task Exemplars_can_be_switched_off()
    {
        using var recording = new Recording(new MetricsOptions { Exemplars = false });
        recording.Succeed(exemplar: new ExemplarId("r"));
        Assert.DoesNotContain("request_id", await recording.Metrics.Registry.TextAsync(ExpositionFormat.OpenMetrics), StringComparison.Ordinal);
    }
}
