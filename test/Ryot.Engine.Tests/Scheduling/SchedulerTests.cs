using Ryot.Engine.Scheduling;
using Ryot.Metrics;
using Xunit;

namespace Ryot.Engine.Tests.Scheduling;

public sealed class SchedulerTests
{
    [Fact]
    public void A_sequence_is_prefilled_then_decoded_a_token_a_step_until_its_limit()
    {
        var harness = new SchedulerHarness(capacity: 100, maxSequences: 4, batchTokens: 32);
        var job = harness.Submit(promptLength: 10, maxTokens: 3);

        var first = harness.Step();
        Assert.Equal((10, 0, 1), (first.PrefillTokens, first.DecodeTokens, first.BatchSize));
        var second = harness.Step();
        Assert.Equal((0, 1, 1), (second.PrefillTokens, second.DecodeTokens, second.BatchSize));
        harness.RunUntilIdle();

        Assert.Equal([SchedulerHarness.TokenAt(10), SchedulerHarness.TokenAt(11), SchedulerHarness.TokenAt(12)], harness.TokensOf(job));
        Assert.Equal(FinishReason.Length, harness.EndOf(job).FinishReason);
        Assert.Equal(3, harness.EndOf(job).Usage!.Passes);
    }

    [Fact]
    public void A_long_prompt_does_not_stall_a_stream()
    {
        var harness = new SchedulerHarness(capacity: 1000, maxSequences: 4, batchTokens: 16);
        var stream = harness.Submit(promptLength: 4, maxTokens: 50);
        harness.Step();
        harness.Submit(promptLength: 300, maxTokens: 1);
        for (var step = 0; step < 15; step++)
        {
            var before = harness.TokensOf(stream).Count;
            var plan = harness.Step();
            Assert.Equal(before + 1, harness.TokensOf(stream).Count);
            Assert.Equal(15, plan.PrefillTokens);
        }
        harness.RunUntilIdle();
    }

    [Fact]
    public void Sequences_join_and_leave_between_steps()
    {
        var harness = new SchedulerHarness(capacity: 100, maxSequences: 2, batchTokens: 16);
        var first = harness.Submit(promptLength: 2, maxTokens: 2);
        harness.Submit(promptLength: 2, maxTokens: 6);
        var third = harness.Submit(promptLength: 2, maxTokens: 2);
        harness.Step();
        Assert.Equal(1, harness.Scheduler.WaitingSequences);
        harness.Step();
        Assert.Equal(FinishReason.Length, harness.EndOf(first).FinishReason);
        harness.Step();
        Assert.NotEmpty(harness.TokensOf(third));
        harness.RunUntilIdle();
    }

    [Fact]
    public void The_youngest_of_the_lowest_priority_is_preempted_and_nobody_notices_in_its_tokens()
    {
        var harness = new SchedulerHarness(capacity: 40, maxSequences: 4, batchTokens: 40);
        var high = harness.Submit(promptLength: 8, maxTokens: 20, PriorityLevel.High);
        var low = harness.Submit(promptLength: 8, maxTokens: 20, PriorityLevel.Low);
        var normal = harness.Submit(promptLength: 8, maxTokens: 20);
        while (harness.Preemptions == 0)
            harness.Step();

        Assert.Equal(SequenceState.Waiting, low.Sequences[0].State);
        Assert.Equal(SequenceState.Running, normal.Sequences[0].State);
        harness.RunUntilIdle();
        foreach (var job in new[] { high, low, normal })
            Assert.Equal([.. Enumerable.Range(8, 20).Select(SchedulerHarness.TokenAt)], harness.TokensOf(job));
    }

    [Fact]
    public void Higher_priorities_are_admitted_first()
    {
        var harness = new SchedulerHarness(capacity: 100, maxSequences: 1, batchTokens: 16);
        var running = harness.Submit(promptLength: 2, maxTokens: 3);
        harness.Step();
        var low = harness.Submit(promptLength: 2, maxTokens: 1, PriorityLevel.Low);
        var normal = harness.Submit(promptLength: 2, maxTokens: 1);
        var high = harness.Submit(promptLength: 2, maxTokens: 1, PriorityLevel.High);
        harness.RunUntilIdle();
        Assert.Equal([running, high, normal, low], harness.AdmissionOrder);
    }

    [Fact]
    public void Nobody_starves_behind_a_flood_of_higher_priority()
    {
        const long Aging = 20;
        var harness = new SchedulerHarness(capacity: 100, maxSequences: 1, batchTokens: 16, Aging);
        var low = harness.Submit(promptLength: 2, maxTokens: 1, PriorityLevel.Low);
        harness.Submit(promptLength: 2, maxTokens: 5, PriorityLevel.High);
        for (var step = 0; step < 200 && !low.Admitted; step++)
        {
            harness.Submit(promptLength: 2, maxTokens: 2, PriorityLevel.High);
            harness.Step();
        }
        Assert.True(low.Admitted);
        // Its turn comes when those queued within two ageing intervals of it are through: two steps each.
        Assert.InRange(harness.Now, 2 * Aging, 2 * (2 * Aging + 5));
    }

    [Fact]
    public void A_deadline_ends_waiting_and_running_requests()
    {
        var harness = new SchedulerHarness(capacity: 100, maxSequences: 1, batchTokens: 16);
        var running = harness.Submit(promptLength: 2, maxTokens: 50, deadline: 5);
        var waiting = harness.Submit(promptLength: 2, maxTokens: 50, deadline: 4);
        harness.RunUntilIdle();
        Assert.Equal((FinishReason.Timeout, ErrorCause.Timeout), (harness.EndOf(running).FinishReason, harness.EndOf(running).Cause!.Value));
        Assert.Equal(FinishReason.Timeout, harness.EndOf(waiting).FinishReason);
        Assert.Equal(4, harness.TokensOf(running).Count);
        Assert.Empty(harness.TokensOf(waiting));
        Assert.Equal(1, harness.LeftQueueCount);
    }

    [Fact]
    public void Cancelling_ends_all_sequences_of_a_request_and_counts_their_work_as_wasted()
    {
        var harness = new SchedulerHarness(capacity: 100, maxSequences: 2, batchTokens: 16);
        var job = harness.Submit(promptLength: 3, maxTokens: 50, sequences: 3);
        harness.Step();
        harness.Step();
        harness.Scheduler.End(job, FinishReason.Cancelled, null, harness.Now);
        harness.RunUntilIdle();
        for (var sequence = 0; sequence < 3; sequence++)
            Assert.Equal(FinishReason.Cancelled, harness.EndOf(job, sequence).FinishReason);
        Assert.Equal(2 * 4, harness.WastedTokens);
    }

    [Fact]
    public void A_failed_pass_ends_the_sequences_in_it_and_no_other()
    {
        var harness = new SchedulerHarness(capacity: 100, maxSequences: 1, batchTokens: 16);
        var failing = harness.Submit(promptLength: 3, maxTokens: 5);
        var other = harness.Submit(promptLength: 3, maxTokens: 5);
        harness.Step();
        harness.Step(Models.StepStatus.Failed);
        harness.RunUntilIdle();
        Assert.Equal((FinishReason.Error, ErrorCause.InferenceError), (harness.EndOf(failing).FinishReason, harness.EndOf(failing).Cause!.Value));
        Assert.Equal(FinishReason.Length, harness.EndOf(other).FinishReason);
    }

    [Fact]
    public void A_cache_that_is_fuller_than_thought_preempts_and_goes_on()
    {
        var harness = new SchedulerHarness(capacity: 100, maxSequences: 4, batchTokens: 64);
        var first = harness.Submit(promptLength: 3, maxTokens: 5);
        var second = harness.Submit(promptLength: 3, maxTokens: 5);
        harness.Step();
        harness.Step(Models.StepStatus.OutOfCache);
        Assert.Equal(1, harness.Preemptions);
        harness.RunUntilIdle();
        Assert.Equal(5, harness.TokensOf(first).Count);
        Assert.Equal(5, harness.TokensOf(second).Count);
    }

    [Fact]
    public void A_single_sequence_that_does_not_fit_ends_as_out_of_memory()
    {
        var harness = new SchedulerHarness(capacity: 100, maxSequences: 4, batchTokens: 64);
        var job = harness.Submit(promptLength: 3, maxTokens: 5);
        harness.Step(Models.StepStatus.OutOfCache);
        harness.RunUntilIdle();
        Assert.Equal(ErrorCause.OutOfMemory, harness.EndOf(job).Cause);
    }

    [Fact]
    public void An_end_of_generation_token_stops_and_frees_everything()
    {
        var harness = new SchedulerHarness(capacity: 100, maxSequences: 4, batchTokens: 64);
        var job = harness.Submit(promptLength: 3, maxTokens: 50, endAfter: 2);
        harness.RunUntilIdle();
        Assert.Equal(FinishReason.Stop, harness.EndOf(job).FinishReason);
        Assert.Equal(3, harness.TokensOf(job).Count);
    }

    [Fact]
    public void A_request_at_the_end_of_the_context_ends_with_length()
    {
        var harness = new SchedulerHarness(capacity: 20, maxSequences: 4, batchTokens: 64);
        var job = harness.Submit(promptLength: 19, maxTokens: 500);
        harness.RunUntilIdle();
        Assert.Equal(FinishReason.Length, harness.EndOf(job).FinishReason);
        Assert.Single(harness.TokensOf(job));
    }

    [Fact]
    public void A_preempted_sequence_goes_before_those_that_were_waiting()
    {
        var harness = new SchedulerHarness(capacity: 32, maxSequences: 2, batchTokens: 40);
        harness.Submit(promptLength: 8, maxTokens: 20);
        var preempted = harness.Submit(promptLength: 8, maxTokens: 20).Sequences[0];
        var waiting = harness.Submit(promptLength: 2, maxTokens: 2);
        while (preempted.State != SequenceState.Waiting || harness.Preemptions == 0)
            harness.Step();
        while (preempted.State == SequenceState.Waiting)
        {
            harness.Step();
            Assert.False(waiting.Admitted && preempted.State == SequenceState.Waiting);
        }
        harness.RunUntilIdle();
    }

    [Fact]
    public void Nobody_is_admitted_into_cells_that_running_sequences_need_at_once()
    {
        var harness = new SchedulerHarness(capacity: 20, maxSequences: 4, batchTokens: 40);
        harness.Submit(promptLength: 8, maxTokens: 5);
        harness.Step();
        harness.Submit(promptLength: 10, maxTokens: 5);
        harness.Step();
        Assert.Equal(1, harness.Scheduler.RunningSequences);
        harness.RunUntilIdle();
        Assert.Equal(0, harness.Preemptions);
    }
}
