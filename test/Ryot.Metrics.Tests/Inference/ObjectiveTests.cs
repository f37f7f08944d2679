namespace Ryot.Metrics.Tests;

public sealed class ObjectiveTests : IDisposable
{
    private readonly Recording _recording = new();

    public void Dispose() => _recording.Dispose();

    [Fact]
    public async Task Every_objective_starts_at_zero()
    {
        var scrape = await _recording.ScrapeAsync();
        Assert.Equal(8, scrape.Matching("ryot_slo_requests_total").Count());
        Assert.Equal(0, scrape.Sum("ryot_slo_requests_total"));
    }

    /// <summary>Latency, first token and time per token are each exactly at the default limit, then a hair beyond it.</summary>
    [Theory]
    [InlineData(0, "met")]
    [InlineData(0.0001, "missed")]
    public async Task A_success_is_judged_by_each_of_its_times_and_exactly_the_limit_is_met(double more, string result)
    {
        var request = _recording.Admit();
        request.Token(0, _recording.After(50 + more));
        for (var token = 0; token < 7; token++)
            request.Token(0, _recording.After(50 + more));
        request.Finish(_recording.After(100 + more), RequestStatus.Success, FinishReason.Stop);
        await AssertAsync(("latency", result), ("ttft", result), ("tpot", result), ("availability", "met"));
    }

    [Fact]
    public async Task A_mean_that_is_over_the_limit_by_less_than_a_tick_is_missed()
    {
        var request = _recording.Admit();
        request.Token(0, _recording.Now);
        request.Token(0, _recording.After(50));
        request.Token(0, _recording.After(50.0001));
        request.Finish(_recording.Now, RequestStatus.Success, FinishReason.Stop);
        await AssertAsync(("latency", "met"), ("ttft", "met"), ("tpot", "missed"), ("availability", "met"));
    }

    [Fact]
    public async Task Times_that_a_request_does_not_have_are_not_judged()
    {
        _recording.Admit().Finish(_recording.After(1), RequestStatus.Success, FinishReason.Length);
        await AssertAsync(("latency", "met"), ("availability", "met"));
        var request = _recording.Admit();
        request.Token(0, _recording.After(1));
        request.Finish(_recording.After(1), RequestStatus.Success, FinishReason.Length);
        await AssertAsync(("latency", "met"), ("latency", "met"), ("ttft", "met"), ("availability", "met"), ("availability", "met"));
    }

    [Theory]
    [InlineData(RequestStatus.Error, ErrorCause.OutOfMemory)]
    [InlineData(RequestStatus.Error, ErrorCause.CudaError)]
    [InlineData(RequestStatus.Error, ErrorCause.InferenceError)]
    [InlineData(RequestStatus.Error, ErrorCause.Overloaded)]
    [InlineData(RequestStatus.Error, null)] // Taken for a failure of the engine.
    [InlineData(RequestStatus.Timeout, ErrorCause.Timeout)]
    [InlineData(RequestStatus.Timeout, null)]
    [InlineData(RequestStatus.Partial, ErrorCause.InferenceError)]
    [InlineData(RequestStatus.Partial, ErrorCause.Timeout)]
    public async Task What_fails_by_the_service_s_fault_misses_availability_and_delivered_nothing_in_time(RequestStatus status, ErrorCause? cause)
    {
        var request = _recording.Admit();
        request.Token(0, _recording.After(1));
        request.Token(0, _recording.After(1));
        request.Finish(_recording.After(1), status, FinishReason.Error, cause);
        await AssertAsync(("latency", "missed"), ("ttft", "missed"), ("availability", "missed"));
    }

    [Theory]
    [InlineData(RequestStatus.Error, ErrorCause.InvalidPrompt)]
    [InlineData(RequestStatus.Error, ErrorCause.TokenizationError)]
    [InlineData(RequestStatus.Error, ErrorCause.ModelNotFound)]
    [InlineData(RequestStatus.Partial, ErrorCause.InvalidPrompt)]
    [InlineData(RequestStatus.Partial, null)] // The client cancelled.
    public async Task What_is_the_client_s_doing_counts_in_no_objective(RequestStatus status, ErrorCause? cause)
    {
        _recording.Start().Finish(_recording.After(9_000), status, FinishReason.Rejected, cause);
        await AssertAsync();
    }

    [Fact]
    public async Task Objectives_change_while_requests_run_and_those_that_are_null_are_not_counted()
    {
        var request = _recording.Admit();
        request.Token(0, _recording.After(60));
        request.Token(0, _recording.After(60));
        _recording.Model.SetObjectives(new ServiceObjectives
        {
            Latency = TimeSpan.FromMilliseconds(119),
            FirstToken = TimeSpan.FromMilliseconds(60),
            TimePerOutputToken = null,
        });
        request.Finish(_recording.Now, RequestStatus.Success, FinishReason.Stop);
        await AssertAsync(("latency", "missed"), ("ttft", "met"), ("availability", "met"));

        _recording.Model.SetObjectives(new ServiceObjectives { Latency = null, FirstToken = null, TimePerOutputToken = null });
        _recording.Start().Finish(_recording.Now, RequestStatus.Error, FinishReason.Rejected, ErrorCause.Overloaded);
        await AssertAsync(("latency", "missed"), ("ttft", "met"), ("availability", "met"), ("availability", "missed"));
    }

    [Fact]
    public async Task The_mean_time_per_token_is_that_of_all_sequences()
    {
        var request = _recording.Start();
        request.Queued(_recording.Now, 1, sequences: 2);
        request.Admitted(_recording.Now);
        request.Token(0, _recording.Now);
        request.Token(1, _recording.Now);
        request.Token(0, _recording.After(80));
        request.Token(1, _recording.Now);
        request.Token(0, _recording.After(10));
        request.Token(1, _recording.Now);
        request.Finish(_recording.Now, RequestStatus.Success, FinishReason.Stop);
        await AssertAsync(("latency", "met"), ("ttft", "met"), ("tpot", "met"), ("availability", "met"));
    }

    [Fact]
    public async Task Sampling_of_the_details_does_not_thin_out_the_objectives()
    {
        using var recording = new Recording(new MetricsOptions { DetailSampling = 10 });
        for (var request = 0; request < 5; request++)
            recording.Succeed();
        Assert.Equal(5, (await recording.ScrapeAsync()).Sum("ryot_slo_requests_total", ("objective", "tpot")));
    }

    [Fact]
    public async Task Requests_for_models_that_do_not_exist_have_no_objectives()
    {
        _recording.Metrics.Unknown.StartRequest(InferenceEndpoint.Generate, GenerationMode.Standard, PriorityLevel.Normal, _recording.Now)
            .Finish(_recording.Now, RequestStatus.Error, FinishReason.Rejected, ErrorCause.Overloaded);
        Assert.Empty((await _recording.ScrapeAsync()).Matching("ryot_slo_requests_total", ("model", "unknown")));
    }

    [Fact]
    public void Objectives_that_cannot_be_met_are_refused_all_at_once()
    {
        var objectives = new ServiceObjectives { Latency = TimeSpan.Zero, FirstToken = TimeSpan.FromSeconds(-1), TimePerOutputToken = null };
        Assert.Equal(
            [
                "Latency: 00:00:00 cannot be met; an objective is longer than 0, or null for none.",
                "FirstToken: -00:00:01 cannot be met; an objective is longer than 0, or null for none.",
            ],
            objectives.Validate());
        var refused = Assert.Throws<ArgumentException>(() => _recording.Model.SetObjectives(objectives));
        Assert.All(objectives.Validate(), problem => Assert.Contains(problem, refused.Message, StringComparison.Ordinal));
        Assert.Empty(new ServiceObjectives().Validate());
    }

    private async Task AssertAsync(params (string Objective, string Result)[] expected)
    {
        var scrape = await _recording.ScrapeAsync();
        Assert.Equal(
            expected.Order(),
            scrape.Matching("ryot_slo_requests_total")
                .SelectMany(sample => Enumerable.Repeat((sample.Labels["objective"], sample.Labels["result"]), (int)sample.Value))
                .Order());
    }
}
