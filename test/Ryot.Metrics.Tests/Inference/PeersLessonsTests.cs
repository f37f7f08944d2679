namespace Ryot.Metrics.Tests;

/// <summary>
/// What operators complained about in the public trackers of other inference servers (named with each test), as far as this
/// library decides it.
/// </summary>
public sealed class PeersLessonsTests : IDisposable
{
    private readonly Recording _recording = new();

    public void Dispose() => _recording.Dispose();

    /// <summary>vllm#55634: billing disagreed, since aborted requests were in the token counter and in no per-request metric.</summary>
    [Fact]
    public async Task Aborted_requests_are_in_the_token_counters_and_in_the_metrics_per_request_alike()
    {
        var request = _recording.Start();
        request.Queued(_recording.Now, 123);
        request.Admitted(_recording.Now);
        request.Token(0, _recording.After(1));
        request.Finish(_recording.After(1), RequestStatus.Partial, FinishReason.Cancelled);
        var scrape = await _recording.ScrapeAsync();
        Assert.Equal(123, scrape.Sum("ryot_tokens_generated_total", ("token_type", "prompt")));
        Assert.Equal(123, scrape.One("ryot_request_prompt_tokens_sum"));
        Assert.Equal(1, scrape.One("ryot_request_completion_tokens_sum"));
    }

    /// <summary>vllm#31503: the finish reason of aborted requests was always 0.</summary>
    [Fact]
    public async Task Every_finish_reason_is_counted()
    {
        foreach (var reason in Enum.GetValues<FinishReason>())
            _recording.Start().Finish(_recording.Now, RequestStatus.Partial, reason);
        Assert.All((await _recording.ScrapeAsync()).Matching("ryot_requests_finished_total", ("model", "tiny")), sample => Assert.Equal(1, sample.Value));
    }

    /// <summary>vllm#5250: n&gt;1 was counted as several requests.</summary>
    [Fact]
    public async Task Several_answers_to_one_prompt_are_one_request()
    {
        var request = _recording.Start();
        request.Queued(_recording.Now, 10, sequences: 8);
        request.Admitted(_recording.Now);
        Assert.Equal(1, (await _recording.ScrapeAsync()).One("ryot_requests_running"));
        request.Finish(_recording.Now, RequestStatus.Success, FinishReason.Stop);
        var scrape = await _recording.ScrapeAsync();
        Assert.Equal(1, scrape.Sum("ryot_inference_requests_total"));
        Assert.Equal(1, scrape.Sum("ryot_inference_latency_seconds_count"));
        Assert.Equal(10, scrape.Sum("ryot_tokens_generated_total", ("token_type", "prompt")));
        Assert.Equal(8, scrape.One("ryot_sequences_total"));
    }

    /// <summary>vllm#9346, tensorrtllm_backend#582: no failure counter, or one that stayed 0, so no success rate.</summary>
    [Fact]
    public async Task A_success_rate_can_be_computed_from_the_request_counter()
    {
        for (var request = 0; request < 3; request++)
            _recording.Succeed();
        _recording.Start().Finish(_recording.Now, RequestStatus.Error, FinishReason.Error, ErrorCause.InferenceError);
        var scrape = await _recording.ScrapeAsync();
        Assert.Equal(
            0.75,
            scrape.Sum("ryot_inference_requests_total", ("model", "tiny"), ("status", "success")) / scrape.Sum("ryot_inference_requests_total", ("model", "tiny")));
        Assert.Equal(1, scrape.Sum("ryot_inference_errors_total", ("model", "tiny")));
    }

    /// <summary>litellm#25598: the time to first token equalled the whole duration on one route.</summary>
    [Theory]
    [InlineData(InferenceEndpoint.Generate, GenerationMode.Standard)]
    [InlineData(InferenceEndpoint.Stream, GenerationMode.Streaming)]
    [InlineData(InferenceEndpoint.Batch, GenerationMode.Batch)]
    public async Task The_time_to_first_token_is_that_of_the_first_token_streamed_or_not(InferenceEndpoint endpoint, GenerationMode mode)
    {
        _recording.Succeed(endpoint: endpoint, mode: mode);
        var scrape = await _recording.ScrapeAsync();
        Assert.Equal(0.031, scrape.Sum("ryot_ttft_latency_seconds_sum"), 1e-9);
        Assert.Equal(0.053, scrape.Sum("ryot_inference_latency_seconds_sum", ("generation_mode", mode.ToString().ToLowerInvariant())), 1e-9);
    }

    /// <summary>vllm#43736, vllm#25780: prompt tokens were counted again when a request was scheduled again after a preemption.</summary>
    [Fact]
    public async Task A_preemption_counts_no_prompt_token_twice()
    {
        var request = _recording.Start();
        request.Queued(_recording.Now, 50);
        request.Admitted(_recording.Now);
        request.Token(0, _recording.After(1));
        _recording.Model.RecordPreemption();
        _recording.Model.RecordWasted(WasteCause.Preempted, 51);
        request.Admitted(_recording.After(5));
        request.Token(0, _recording.After(1));
        request.Finish(_recording.Now, RequestStatus.Success, FinishReason.Stop);
        var scrape = await _recording.ScrapeAsync();
        Assert.Equal(50, scrape.Sum("ryot_tokens_generated_total", ("token_type", "prompt")));
        Assert.Equal(51, scrape.One("ryot_wasted_tokens_total", ("cause", "preempted")));
        Assert.Equal(1, scrape.Sum("ryot_request_queue_time_seconds_count"));
    }

    /// <summary>vllm#29928, vllm#22545: gauges froze after a mass abort, and routers starved the replica.</summary>
    [Fact]
    public async Task After_a_mass_abort_all_gauges_of_load_are_zero()
    {
        var requests = Enumerable.Range(0, 100).Select(number =>
        {
            var request = _recording.Start(priority: (PriorityLevel)(number % 3));
            request.Queued(_recording.Now, 10);
            if (number % 2 == 0)
                request.Admitted(_recording.Now);
            return request;
        }).ToList();
        var busy = await _recording.ScrapeAsync();
        Assert.Equal((50, 50), (busy.One("ryot_requests_waiting"), busy.One("ryot_requests_running")));

        requests.ForEach(request => request.Finish(_recording.Now, RequestStatus.Partial, FinishReason.Cancelled));
        var idle = await _recording.ScrapeAsync();
        Assert.Equal((0, 0), (idle.One("ryot_requests_waiting"), idle.One("ryot_requests_running")));
        Assert.Equal((0, 0), (idle.Sum("ryot_queue_depth"), idle.Sum("ryot_active_inference_requests")));
    }

    /// <summary>sglang#4244: the throughput stayed above 0 when idle.</summary>
    [Fact]
    public async Task An_idle_model_has_no_throughput()
    {
        _recording.Model.RecordStep(new StepObservation { BatchSize = 8, DecodeTokens = 8, Timestamp = _recording.After(1000) });
        Assert.True((await _recording.ScrapeAsync()).Sum("ryot_tokens_per_second", ("time_window", "1m")) > 0);
        _recording.After(15 * 60_000 + 1000);
        Assert.Equal(0, (await _recording.ScrapeAsync()).Sum("ryot_tokens_per_second"));
    }

    /// <summary>llama.cpp#27436, llama.cpp#25128, dynamo#10804: a scrape reset the throughput, or gauges were 0 between ticks.</summary>
    [Fact]
    public async Task Two_scrapers_see_the_same_throughput()
    {
        for (var second = 0; second < 10; second++)
            _recording.Model.RecordStep(new StepObservation { BatchSize = 8, DecodeTokens = 8, Timestamp = _recording.After(1000) });
        for (var scraper = 0; scraper < 3; scraper++)
            Assert.Equal(8, (await _recording.ScrapeAsync()).Sum("ryot_tokens_per_second", ("time_window", "1m")));
    }

    /// <summary>llama.cpp#19346, llama.cpp#20227: a scrape loaded a model or kept one awake.</summary>
    [Fact]
    public async Task A_scrape_of_a_model_that_is_not_loaded_shows_it_without_its_live_state()
    {
        var scrape = await _recording.ScrapeAsync();
        Assert.Empty(scrape.Matching("ryot_kv_cache_usage_ratio"));
        Assert.NotEmpty(scrape.Matching("ryot_inference_requests_total", ("model", "tiny")));
        Assert.Equal(0, scrape.Sum("ryot_model_load_attempts_total"));
    }

    /// <summary>LMCache#4216: the same series was exposed twice.</summary>
    [Theory]
    [InlineData(ExpositionFormat.PrometheusText)]
    [InlineData(ExpositionFormat.OpenMetrics)]
    public async Task No_series_is_exposed_twice(ExpositionFormat format)
    {
        _recording.Metrics.AddModel("second", default);
        _recording.RecordEverything();
        var samples = TextParser.Parse((await _recording.Metrics.Registry.TextAsync(format)).Replace("# EOF\n", "", StringComparison.Ordinal));
        Assert.Equal(samples.Count, samples.Select(sample => sample.Identity).Distinct().Count());
    }

    /// <summary>litellm#12159: labels without bounds leaked memory.</summary>
    [Fact]
    public async Task Requests_make_no_series_however_many_there_are()
    {
        _recording.Succeed();
        await _recording.ScrapeAsync();
        var before = (await _recording.ScrapeAsync()).Samples.Count;
        for (var number = 0; number < 500; number++)
            _recording.Metrics.Unknown.StartRequest(InferenceEndpoint.Generate, GenerationMode.Standard, PriorityLevel.Normal, _recording.Now, new ExemplarId($"r{number}"))
                .Finish(_recording.Now, RequestStatus.Error, FinishReason.Rejected, ErrorCause.ModelNotFound);
        Assert.Equal(before, (await _recording.ScrapeAsync()).Samples.Count);
    }

    /// <summary>vllm#58077: waiting requests could not be told apart by priority.</summary>
    [Fact]
    public async Task Waiting_requests_are_told_by_priority()
    {
        foreach (var priority in Enum.GetValues<PriorityLevel>())
        {
            for (var number = 0; number <= (int)priority; number++)
                _recording.Start(priority: priority).Queued(_recording.Now, 1);
        }

        var scrape = await _recording.ScrapeAsync();
        Assert.Equal(
            [("high", 1), ("normal", 2), ("low", 3)],
            scrape.Matching("ryot_queue_depth").Select(sample => (sample.Labels["priority_level"], sample.Value)));
    }

    /// <summary>gateway-api-inference-extension#354: several values were joined by commas into one label.</summary>
    [Fact]
    public void No_label_value_joins_several()
        => Assert.All(MetricCatalogue.All.SelectMany(metric => metric.Labels).SelectMany(label => label.Values), value => Assert.DoesNotContain(',', value));

    /// <summary>vllm#15167, dynamo#14839, vllm#48175: p99 was capped at the last bucket, or floored at the first.</summary>
    [Fact]
    public async Task Native_histograms_tell_what_lies_beyond_the_classic_bounds()
    {
        var fast = _recording.Start();
        fast.Queued(_recording.Now, 1);
        fast.Finish(_recording.After(0.5), RequestStatus.Timeout, FinishReason.Timeout);
        var slow = _recording.Start();
        slow.Queued(_recording.Now, 1);
        slow.Finish(_recording.After(600_000), RequestStatus.Timeout, FinishReason.Timeout);

        var family = (await _recording.Metrics.Registry.ProtobufAsync()).Single(one => one.Name == "ryot_inference_latency_seconds");
        var histogram = family.Metric.Select(metric => metric.Histogram).Single(one => one.SampleCount > 0);
        var buckets = Native.Buckets(histogram);
        Assert.Equal([Index(0.0005), Index(600)], buckets.Keys);

        static int Index(double value) => (int)Math.Ceiling(Math.Log2(value) * 8);
    }
}
