namespace Ryot.Metrics.Tests;

public sealed class RequestRecorderTests : IDisposable
{
    private readonly Recording _recording = new();

    public void Dispose() => _recording.Dispose();

    [Fact]
    public async Task A_successful_request_is_recorded_with_all_its_intervals()
    {
        _recording.Succeed(promptTokens: 10, tokens: 5);
        var scrape = await _recording.ScrapeAsync();

        Assert.Equal(1, scrape.One("ryot_inference_requests_total", ("model", "tiny"), ("status", "success"), ("endpoint", "generate"), ("error_type", "")));
        Assert.Equal(1, scrape.Sum("ryot_inference_requests_total"));
        Assert.Equal(1, scrape.One("ryot_requests_finished_total", ("model", "tiny"), ("finish_reason", "stop")));
        Assert.Equal(0, scrape.Sum("ryot_inference_errors_total"));
        AssertObserved(scrape, "ryot_inference_latency_seconds", 0.053, ("batch_size", "2-4"), ("generation_mode", "standard"));
        AssertObserved(scrape, "ryot_ttft_latency_seconds", 0.031, ("prompt_size", "tiny"), ("device", "cpu"));
        AssertObserved(scrape, "ryot_request_queue_time_seconds", 0.01, ("priority_level", "normal"));
        AssertObserved(scrape, "ryot_request_prefill_time_seconds", 0.02);
        AssertObserved(scrape, "ryot_request_decode_time_seconds", 0.02);
        AssertObserved(scrape, "ryot_time_per_output_token_seconds", 0.005);
        AssertObserved(scrape, "ryot_request_tokens_per_second", 5 / 0.04, ("generation_mode", "standard"));
        AssertObserved(scrape, "ryot_request_prompt_tokens", 10);
        AssertObserved(scrape, "ryot_request_completion_tokens", 5);
        Assert.Equal(4, scrape.One("ryot_inter_token_latency_seconds_count"));
        Assert.Equal(0.02, scrape.One("ryot_inter_token_latency_seconds_sum"), 1e-12);
        Assert.Equal(1, scrape.One("ryot_sequences_total"));
        Assert.Equal(10, Tokens(scrape, "prompt"));
        Assert.Equal(5, Tokens(scrape, "completion"));
        Assert.Equal(15, Tokens(scrape, "total"));
        AssertNothingDropped(scrape);
        AssertAtRest(scrape);
    }

    [Fact]
    public async Task Live_state_follows_a_request_through_queue_and_engine()
    {
        var request = _recording.Start(InferenceEndpoint.Stream, GenerationMode.Streaming, PriorityLevel.High);
        await AssertLoadAsync(waiting: 0, running: 0);
        request.Queued(_recording.After(1), 10);
        await AssertLoadAsync(waiting: 1, running: 0);
        Assert.Equal(1, (await _recording.ScrapeAsync()).One("ryot_queue_depth", ("priority_level", "high")));
        request.Admitted(_recording.After(1));
        await AssertLoadAsync(waiting: 0, running: 1);
        Assert.Equal(1, (await _recording.ScrapeAsync()).One("ryot_active_inference_requests", ("request_type", "streaming"), ("endpoint", "stream")));
        request.Token(0, _recording.After(1));
        request.Token(0, _recording.After(1));
        Assert.Equal(0, Tokens(await _recording.ScrapeAsync(), "completion"));
        request.Flush();
        Assert.Equal(2, Tokens(await _recording.ScrapeAsync(), "completion"));
        request.Finish(_recording.After(1), RequestStatus.Success, FinishReason.Length);
        await AssertLoadAsync(waiting: 0, running: 0);
        AssertAtRest(await _recording.ScrapeAsync());
    }

    [Fact]
    public async Task A_request_turned_away_counts_once_and_has_no_latency()
    {
        _recording.Start().Finish(_recording.After(1), RequestStatus.Error, FinishReason.Rejected, ErrorCause.Overloaded);
        _recording.Start().Finish(_recording.After(1), RequestStatus.Error, FinishReason.Rejected, ErrorCause.InvalidPrompt);
        var scrape = await _recording.ScrapeAsync();

        Assert.Equal(1, scrape.One("ryot_inference_requests_total", ("model", "tiny"), ("status", "error"), ("endpoint", "generate"), ("error_type", "overloaded")));
        Assert.Equal(1, scrape.One("ryot_inference_requests_total", ("model", "tiny"), ("status", "error"), ("endpoint", "generate"), ("error_type", "invalid_request")));
        Assert.Equal(2, scrape.Sum("ryot_inference_requests_total"));
        Assert.Equal(1, scrape.One("ryot_inference_errors_total", ("model", "tiny"), ("error_type", "overloaded"), ("severity", "warning")));
        Assert.Equal(1, scrape.One("ryot_inference_errors_total", ("model", "tiny"), ("error_type", "invalid_prompt"), ("severity", "info")));
        Assert.Equal(2, scrape.One("ryot_requests_finished_total", ("model", "tiny"), ("finish_reason", "rejected")));
        Assert.Equal(0, scrape.Sum("ryot_inference_latency_seconds_count"));
        Assert.Equal(0, scrape.Sum("ryot_sequences_total"));
        AssertNothingDropped(scrape);
    }

    [Fact]
    public async Task A_request_that_times_out_in_the_queue_has_latency_without_a_batch_size_and_nothing_else()
    {
        var request = _recording.Start(priority: PriorityLevel.Low);
        request.Queued(_recording.After(5), 100);
        request.Finish(_recording.After(95), RequestStatus.Timeout, FinishReason.Timeout);
        var scrape = await _recording.ScrapeAsync();

        Assert.Equal(1, scrape.One("ryot_inference_requests_total", ("model", "tiny"), ("status", "timeout"), ("endpoint", "generate"), ("error_type", "timeout")));
        Assert.Equal(1, scrape.One("ryot_inference_errors_total", ("model", "tiny"), ("error_type", "timeout")));
        AssertObserved(scrape, "ryot_inference_latency_seconds", 0.1, ("batch_size", ""), ("generation_mode", "standard"));
        Assert.Equal(0, scrape.Sum("ryot_request_queue_time_seconds_count"));
        Assert.Equal(0, scrape.Sum("ryot_request_prompt_tokens_count"));
        Assert.Equal(0, Tokens(scrape, "total"));
        AssertNothingDropped(scrape);
        AssertAtRest(scrape);
    }

    [Fact]
    public async Task A_cancelled_request_is_partial_without_an_error_and_its_tokens_count()
    {
        var request = _recording.Start(InferenceEndpoint.Stream, GenerationMode.Streaming);
        request.Queued(_recording.After(1), 10);
        request.Admitted(_recording.After(1));
        request.Token(0, _recording.After(1));
        request.Finish(_recording.After(1), RequestStatus.Partial, FinishReason.Cancelled);
        var scrape = await _recording.ScrapeAsync();

        Assert.Equal(1, scrape.One("ryot_inference_requests_total", ("model", "tiny"), ("status", "partial"), ("endpoint", "stream"), ("error_type", "")));
        Assert.Equal(1, scrape.One("ryot_requests_finished_total", ("model", "tiny"), ("finish_reason", "cancelled")));
        Assert.Equal(0, scrape.Sum("ryot_inference_errors_total"));
        Assert.Equal(1, scrape.Sum("ryot_ttft_latency_seconds_count"));
        Assert.Equal(0, scrape.Sum("ryot_time_per_output_token_seconds_count"));
        AssertObserved(scrape, "ryot_request_decode_time_seconds", 0);
        AssertObserved(scrape, "ryot_request_prompt_tokens", 10);
        AssertObserved(scrape, "ryot_request_completion_tokens", 1);
        AssertNothingDropped(scrape);
        AssertAtRest(scrape);
    }

    [Theory]
    [InlineData(ErrorCause.OutOfMemory, "oom", "critical", "oom")]
    [InlineData(ErrorCause.CudaError, "cuda_error", "critical", "model_error")]
    [InlineData(ErrorCause.InvalidPrompt, "invalid_prompt", "info", "invalid_request")]
    [InlineData(ErrorCause.ModelNotFound, "model_not_found", "warning", "model_error")]
    [InlineData(ErrorCause.InferenceError, "inference_error", "warning", "model_error")]
    [InlineData(ErrorCause.TokenizationError, "tokenization_error", "info", "invalid_request")]
    [InlineData(ErrorCause.Overloaded, "overloaded", "warning", "overloaded")]
    public async Task A_cause_gives_its_severity_and_its_coarse_type(ErrorCause cause, string wire, string severity, string coarse)
    {
        _recording.Start().Finish(_recording.Now, RequestStatus.Error, FinishReason.Error, cause);
        _recording.Start(InferenceEndpoint.Batch).Finish(_recording.Now, RequestStatus.Partial, FinishReason.Error, cause);
        var scrape = await _recording.ScrapeAsync();
        Assert.Equal(2, scrape.One("ryot_inference_errors_total", ("model", "tiny"), ("error_type", wire), ("severity", severity)));
        Assert.Equal(1, scrape.One("ryot_inference_requests_total", ("model", "tiny"), ("status", "error"), ("endpoint", "generate"), ("error_type", coarse)));
        Assert.Equal(1, scrape.One("ryot_inference_requests_total", ("model", "tiny"), ("status", "partial"), ("endpoint", "batch"), ("error_type", coarse)));
        Assert.Equal(2, scrape.Sum("ryot_inference_errors_total"));
    }

    [Fact]
    public async Task Several_sequences_are_one_request_and_each_keeps_its_own_gaps()
    {
        var request = _recording.Start();
        request.Queued(_recording.Now, 100, sequences: 3);
        request.Admitted(_recording.Now);
        request.Token(0, _recording.After(10));
        request.Token(1, _recording.Now);
        request.Token(0, _recording.After(10));
        request.Token(1, _recording.After(20));
        request.Token(1, _recording.After(30));
        request.Token(2, _recording.Now);
        request.SequencePasses(2, 6);
        request.SequencePasses(3, 9);
        request.SequencePasses(1, 33);
        request.Finish(_recording.Now, RequestStatus.Success, FinishReason.Length);
        var scrape = await _recording.ScrapeAsync();

        Assert.Equal(1, scrape.Sum("ryot_inference_requests_total"));
        Assert.Equal(3, scrape.One("ryot_sequences_total"));
        Assert.Equal(100, Tokens(scrape, "prompt"));
        Assert.Equal(6, Tokens(scrape, "completion"));
        // Sequence 0: one gap of 10 ms. Sequence 1: gaps of 30 and 30 ms. Sequence 2: none.
        Assert.Equal(3, scrape.One("ryot_inter_token_latency_seconds_count"));
        Assert.Equal(0.07, scrape.One("ryot_inter_token_latency_seconds_sum"), 1e-12);
        AssertObserved(scrape, "ryot_time_per_output_token_seconds", 0.07 / 3);
        AssertObserved(scrape, "ryot_ttft_latency_seconds", 0.01, ("prompt_size", "small"));
        AssertObserved(scrape, "ryot_request_decode_time_seconds", 0.06);
        // 48 sequences in 6 passes: 8.
        AssertObserved(scrape, "ryot_inference_latency_seconds", 0.07, ("batch_size", "5-8"));
        AssertNothingDropped(scrape);
    }

    [Theory]
    [InlineData(1, 1, "1")]
    [InlineData(2, 3, "2-4")] // 1.5 rounds away from zero.
    [InlineData(10, 44, "2-4")]
    [InlineData(10, 45, "5-8")]
    [InlineData(1, 8, "5-8")]
    [InlineData(1, 9, "9-16")]
    [InlineData(1, 17, "17-32")]
    [InlineData(1, 33, "33+")]
    [InlineData(0, 0, "")]
    public async Task Latency_is_labelled_with_the_rounded_mean_batch_size(int passes, long sum, string expected)
    {
        var request = _recording.Start();
        request.Queued(_recording.Now, 1);
        request.Admitted(_recording.Now);
        request.SequencePasses(passes, sum);
        request.Finish(_recording.After(1), RequestStatus.Success, FinishReason.Stop);
        var sample = Assert.Single((await _recording.ScrapeAsync()).Matching("ryot_inference_latency_seconds_count"), one => one.Value > 0);
        Assert.Equal(expected, sample.Labels.GetValueOrDefault("batch_size", ""));
    }

    [Theory]
    [InlineData(0, "tiny")]
    [InlineData(49, "tiny")]
    [InlineData(50, "small")]
    [InlineData(499, "small")]
    [InlineData(500, "medium")]
    [InlineData(1999, "medium")]
    [InlineData(2000, "large")]
    [InlineData(9999, "large")]
    [InlineData(10000, "xlarge")]
    public async Task Time_to_first_token_is_labelled_with_the_prompt_size(int tokens, string expected)
    {
        _recording.Succeed(promptTokens: tokens);
        var sample = Assert.Single((await _recording.ScrapeAsync()).Matching("ryot_ttft_latency_seconds_count"), one => one.Value > 0);
        Assert.Equal(expected, sample.Labels["prompt_size"]);
    }

    [Fact]
    public async Task The_unknown_model_takes_failures_and_nothing_else()
    {
        var request = _recording.Metrics.Unknown.StartRequest(InferenceEndpoint.Stream, GenerationMode.Streaming, PriorityLevel.Normal, _recording.Now);
        request.Queued(_recording.Now, 10);
        request.Finish(_recording.After(1), RequestStatus.Error, FinishReason.Rejected, ErrorCause.ModelNotFound);
        var scrape = await _recording.ScrapeAsync();

        Assert.Equal(1, scrape.One("ryot_inference_requests_total", ("model", "unknown"), ("status", "error"), ("endpoint", "stream"), ("error_type", "model_error")));
        Assert.Equal(1, scrape.One("ryot_inference_errors_total", ("model", "unknown"), ("error_type", "model_not_found"), ("severity", "warning")));
        Assert.Empty(scrape.Matching("ryot_inference_latency_seconds_count", ("model", "unknown")));
        Assert.Equal(1, scrape.One("ryot_metrics_dropped_observations_total", ("reason", "unknown_model")));
    }

    [Fact]
    public async Task Events_in_impossible_order_are_ignored_and_counted()
    {
        var request = _recording.Start();
        request.Token(0, _recording.Now);
        request.Admitted(_recording.Now);
        request.SequencePasses(1, 1);
        request.Queued(_recording.Now, 10);
        request.Queued(_recording.Now, 10);
        request.Token(0, _recording.Now);
        request.Admitted(_recording.Now);
        request.Admitted(_recording.Now);
        request.Token(1, _recording.Now);
        request.Token(-1, _recording.Now);
        request.Finish(_recording.Now, RequestStatus.Success, FinishReason.Stop);
        request.Finish(_recording.Now, RequestStatus.Error, FinishReason.Error, ErrorCause.OutOfMemory);
        request.Token(0, _recording.Now);
        request.Queued(_recording.Now, 10);
        var scrape = await _recording.ScrapeAsync();

        Assert.Equal(8, Dropped(scrape, "out_of_order"));
        Assert.Equal(2, Dropped(scrape, "unknown_sequence"));
        Assert.Equal(1, Dropped(scrape, "finished_twice"));
        Assert.Equal(1, scrape.Sum("ryot_inference_requests_total"));
        Assert.Equal(1, scrape.Sum("ryot_requests_finished_total"));
        Assert.Equal(0, scrape.Sum("ryot_inference_errors_total"));
        Assert.Equal(10, Tokens(scrape, "total"));
        AssertAtRest(scrape);
    }

    [Fact]
    public async Task Time_that_goes_backwards_is_taken_to_stand_still_and_counted()
    {
        var received = _recording.After(1000);
        var request = _recording.Start();
        request.Queued(received - 1, 10);
        request.Admitted(received - 2);
        request.Token(0, received - 3);
        request.Token(0, received - 4);
        request.Finish(received - 5, RequestStatus.Success, FinishReason.Stop);
        var scrape = await _recording.ScrapeAsync();

        Assert.Equal(5, Dropped(scrape, "time_backwards"));
        Assert.Equal(2, Tokens(scrape, "completion"));
        Assert.Equal(1, scrape.Sum("ryot_inference_latency_seconds_count"));
        Assert.Equal(0, scrape.Sum("ryot_inference_latency_seconds_sum"));
        Assert.Equal(1, scrape.One("ryot_inter_token_latency_seconds_count"));
        AssertAtRest(scrape);
    }

    [Theory]
    [InlineData(RequestStatus.Success, ErrorCause.OutOfMemory, "success", "", null)]
    [InlineData(RequestStatus.Error, null, "error", "model_error", "inference_error")]
    [InlineData(RequestStatus.Error, ErrorCause.Timeout, "timeout", "timeout", "timeout")]
    public async Task Status_and_cause_that_contradict_each_other_are_reconciled_and_counted(
        RequestStatus status, ErrorCause? cause, string wireStatus, string errorType, string? errorCause)
    {
        _recording.Start().Finish(_recording.Now, status, FinishReason.Error, cause);
        var scrape = await _recording.ScrapeAsync();
        Assert.Equal(1, scrape.One("ryot_inference_requests_total", ("model", "tiny"), ("endpoint", "generate"), ("status", wireStatus), ("error_type", errorType)));
        Assert.Equal(errorCause is null ? 0 : 1, scrape.Sum("ryot_inference_errors_total"));
        if (errorCause is not null)
            Assert.Equal(1, scrape.One("ryot_inference_errors_total", ("model", "tiny"), ("error_type", errorCause)));
        Assert.Equal(1, Dropped(scrape, "inconsistent"));
    }

    [Fact]
    public async Task A_timeout_with_another_cause_counts_as_timeout_and_keeps_its_cause()
    {
        _recording.Start().Finish(_recording.Now, RequestStatus.Timeout, FinishReason.Timeout, ErrorCause.InferenceError);
        var scrape = await _recording.ScrapeAsync();
        Assert.Equal(1, scrape.One("ryot_inference_requests_total", ("model", "tiny"), ("endpoint", "generate"), ("status", "timeout")));
        Assert.Equal(1, scrape.One("ryot_inference_errors_total", ("model", "tiny"), ("error_type", "inference_error")));
    }

    [Fact]
    public async Task Nonsense_numbers_do_not_reach_the_metrics()
    {
        var request = _recording.Start();
        request.Queued(_recording.Now, -5, sequences: 0);
        request.Admitted(_recording.Now);
        request.SequencePasses(-1, 5);
        request.Finish(_recording.Now, RequestStatus.Success, FinishReason.Stop);
        var scrape = await _recording.ScrapeAsync();
        Assert.Equal(2, Dropped(scrape, "negative"));
        Assert.Equal(1, scrape.One("ryot_sequences_total"));
        Assert.Equal(0, Tokens(scrape, "prompt"));
        AssertAtRest(scrape);
    }

    [Fact]
    public async Task The_priority_that_a_request_was_queued_with_counts()
    {
        var request = _recording.Start(priority: PriorityLevel.Normal);
        request.Queued(_recording.Now, 1, priority: PriorityLevel.Low);
        Assert.Equal(1, (await _recording.ScrapeAsync()).One("ryot_queue_depth", ("priority_level", "low")));
        request.Admitted(_recording.Now);
        request.Finish(_recording.Now, RequestStatus.Success, FinishReason.Stop);
        var scrape = await _recording.ScrapeAsync();
        Assert.Equal(1, scrape.One("ryot_request_queue_time_seconds_count", ("priority_level", "low")));
        AssertAtRest(scrape);
    }

    [Fact]
    public async Task Without_batched_updates_each_token_is_counted_as_it_is_told()
    {
        using var recording = new Recording(new MetricsOptions { BatchedUpdates = false });
        var request = recording.Admit();
        request.Token(0, recording.After(1));
        Assert.Equal(1, Tokens(await recording.ScrapeAsync(), "completion"));
        request.Flush();
        request.Token(0, recording.After(1));
        Assert.Equal(2, Tokens(await recording.ScrapeAsync(), "completion"));
        request.Finish(recording.Now, RequestStatus.Success, FinishReason.Stop);
        AssertAtRest(await recording.ScrapeAsync());
    }

    [Fact]
    public async Task Flushing_again_or_after_the_end_counts_nothing_twice()
    {
        var request = _recording.Admit();
        request.Flush();
        request.Token(0, _recording.After(1));
        request.Flush();
        request.Flush();
        request.Token(0, _recording.After(1));
        request.Finish(_recording.Now, RequestStatus.Success, FinishReason.Stop);
        request.Flush();
        var scrape = await _recording.ScrapeAsync();
        Assert.Equal(2, Tokens(scrape, "completion"));
        AssertNothingDropped(scrape);
        AssertAtRest(scrape);
    }

    [Fact]
    public void Recording_a_request_allocates_the_recorder_and_nothing_else()
    {
        var exemplar = new ExemplarId("request-1");
        _recording.Model.SetCostModel(CostModelKind.FixedRate);
        Whole();
        var recorderSize = Allocated(() => _recording.Start(exemplar: exemplar));
        Assert.InRange(recorderSize, 1, 176);
        Assert.Equal(recorderSize, Allocated(Whole));

        void Whole()
        {
            var request = _recording.Start(exemplar: exemplar);
            request.Queued(_recording.Now, 10);
            request.Admitted(_recording.Now);
            request.PromptAdmitted(10, 5, TimeSpan.FromMinutes(1));
            for (var token = 0; token < 20; token++)
            {
                request.Token(0, _recording.Now);
                request.Flush();
            }

            request.SequencePasses(20, 60);
            request.Cost(0.1, 0.2);
            request.Finish(_recording.Now, RequestStatus.Success, FinishReason.Stop);
        }

        static long Allocated(Action action)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            action();
            return GC.GetAllocatedBytesForCurrentThread() - before;
        }
    }

    private static double Tokens(Snapshot scrape, string type) => scrape.Sum("ryot_tokens_generated_total", ("token_type", type));

    private static double Dropped(Snapshot scrape, string reason) => scrape.One("ryot_metrics_dropped_observations_total", ("reason", reason));

    private static void AssertNothingDropped(Snapshot scrape) => Assert.Equal(0, scrape.Sum("ryot_metrics_dropped_observations_total"));

    /// <summary>A histogram has exactly one observation over all its series, in the series named, and it is this one.</summary>
    private static void AssertObserved(Snapshot scrape, string name, double value, params (string, string)[] labels)
    {
        Assert.Equal(1, scrape.Sum(name + "_count"));
        Assert.Equal(1, scrape.Sum(name + "_count", labels));
        Assert.Equal(value, scrape.Sum(name + "_sum", labels), 1e-12);
    }

    internal static void AssertAtRest(Snapshot scrape)
    {
        foreach (var gauge in (string[])["ryot_queue_depth", "ryot_active_inference_requests", "ryot_requests_waiting", "ryot_requests_running"])
            Assert.All(scrape.Matching(gauge), sample => Assert.Equal(0, sample.Value));
        Assert.Equal(scrape.Sum("ryot_tokens_generated_total", ("token_type", "prompt")), scrape.Sum("ryot_request_prompt_tokens_sum"));
        Assert.Equal(scrape.Sum("ryot_tokens_generated_total", ("token_type", "completion")), scrape.Sum("ryot_request_completion_tokens_sum"));
    }

    private async Task AssertLoadAsync(int waiting, int running)
    {
        var scrape = await _recording.ScrapeAsync();
        Assert.Equal(waiting, scrape.One("ryot_requests_waiting"));
        Assert.Equal(waiting, scrape.Sum("ryot_queue_depth"));
        Assert.Equal(running, scrape.One("ryot_requests_running"));
        Assert.Equal(running, scrape.Sum("ryot_active_inference_requests"));
    }
}
