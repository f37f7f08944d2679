using CsCheck;
using Ryot.Engine.Models;
using Ryot.Engine.Requests;
using Ryot.Engine.Scheduling;
using Ryot.Metrics;
using Xunit;

namespace Ryot.Engine.Tests.Scheduling;

/// <summary>Whatever arrives, is cancelled, expires or fails: no sequence is lost or doubled, and no cell leaks.</summary>
public sealed class SchedulerPropertyTests
{
    private const int Capacity = 64;

    private static readonly Gen<Action<SchedulerHarness>> _submit =
        from prompt in Gen.Int[1, Capacity - 1]
        from tokens in Gen.Int[1, 40]
        from priority in Gen.Enum<PriorityLevel>()
        from sequences in Gen.Int[1, 4]
        from deadline in Gen.Int[1, 60].Nullable(0.3)
        from endAfter in Gen.Int[0, 20].Nullable(0.5)
        from branch in Gen.Int[0, prompt]
        from kind in Gen.Int[0, 2]
        select (Action<SchedulerHarness>)(harness =>
            harness.Submit(Prompt(prompt, branch, kind), tokens, priority, sequences, harness.Now + deadline, endAfter));

    private static readonly Gen<Action<SchedulerHarness>> _cancel =
        from choice in Gen.Int[0, 1000]
        select (Action<SchedulerHarness>)(harness =>
        {
            if (harness.Jobs.Count > 0)
                harness.Scheduler.End(harness.Jobs[choice % harness.Jobs.Count], FinishReason.Cancelled, null, harness.Now);
        });

    private static readonly Gen<Action<SchedulerHarness>> _step =
        from steps in Gen.Int[1, 10]
        select (Action<SchedulerHarness>)(harness =>
        {
            for (var i = 0; i < steps; i++)
                harness.Step();
        });

    private static readonly Gen<Action<SchedulerHarness>> _badStep =
        from status in Gen.OneOf(StepStatus.OutOfCache, StepStatus.Failed, StepStatus.OutOfMemory, StepStatus.Completed)
        from failingSlot in Gen.Int[0, 3]
        select (Action<SchedulerHarness>)(harness => harness.Step(status, slot => slot == failingSlot));

    private static readonly Gen<Action<SchedulerHarness>> _anything =
        Gen.Frequency((4, _submit), (1, _cancel), (6, _step), (1, _badStep));

    [Fact]
    public void Every_sequence_ends_exactly_once_and_every_cell_comes_back() =>
        Gen.Select(_anything.Array[1, 60], Gen.Int[1, 6], Gen.Int[6, 80], Gen.Int[0, 4], Gen.Int[0, Capacity], Gen.Int[1, 300]).Sample(
            (actions, maxSequences, batchTokens, cachedSequences, cachedTokens, keepTokens) =>
        {
            var harness = new SchedulerHarness(
                Capacity, maxSequences, batchTokens, cachedSequences: cachedSequences, cachedTokens: cachedTokens, keepTokens: keepTokens);
            foreach (var action in actions)
                action(harness);
            harness.RunUntilIdle();
            foreach (var job in harness.Jobs)
            {
                Assert.Equal(0, job.Unfinished);
                for (var sequence = 0; sequence < job.Sequences.Length; sequence++)
                    CheckSequence(harness, job, sequence);
            }
            // A request leaves the queue once: by being admitted, or by ending before that.
            Assert.Equal(harness.Jobs.Count, harness.AdmissionOrder.Count + harness.LeftQueueCount);
        });

    [Fact]
    public void Every_prompt_token_is_computed_or_reused_once() =>
        Gen.Select(Gen.Select(Gen.Int[1, 40], Gen.Int[0, 40], Gen.Int[0, 2], Gen.Int[1, 20], Gen.Int[1, 3]).Array[1, 20], Gen.Int[1, 6], Gen.Int[0, 4])
            .Sample((requests, maxSequences, cachedSequences) =>
        {
            var harness = new SchedulerHarness(Capacity, maxSequences, batchTokens: 16, cachedSequences: cachedSequences);
            foreach (var (length, branch, kind, tokens, sequences) in requests)
                harness.Submit(Prompt(length, branch, kind), tokens, sequences: sequences);
            harness.RunUntilIdle();
            var admissions = harness.Jobs.SelectMany(job => harness.EventsOf(job))
                .Where(e => e.Kind == GenerationEventKind.PromptAdmitted).Select(e => e.Admission!).ToList();
            Assert.Equal(requests.Sum(request => request.Item1), admissions.Sum(admission => admission.PromptTokens));
            Assert.Equal(requests.Sum(request => request.Item1), harness.PromptTokensComputed + admissions.Sum(admission => admission.ReusedTokens));
        });

    [Fact]
    public void Preemption_changes_nobody_s_tokens() =>
        Gen.Select(Gen.Select(Gen.Int[1, 30], Gen.Int[1, 33], Gen.Enum<PriorityLevel>()).Array[2, 12], Gen.Int[2, 6], Gen.Int[0, 4]).Sample(
            (requests, maxSequences, cachedSequences) =>
        {
            var harness = new SchedulerHarness(Capacity, maxSequences, batchTokens: 16, cachedSequences: cachedSequences);
            foreach (var (prompt, tokens, priority) in requests)
                harness.Submit(prompt, tokens, priority);
            harness.RunUntilIdle();
            foreach (var (job, (prompt, tokens, _)) in harness.Jobs.Zip(requests))
                Assert.Equal([.. Enumerable.Range(prompt, tokens).Select(SchedulerHarness.TokenAt)], harness.TokensOf(job));
        });

    [Fact]
    public void With_one_priority_requests_are_admitted_in_the_order_of_their_arrival() =>
        Gen.Select(Gen.Select(Gen.Int[1, 30], Gen.Int[1, 20], Gen.Int[0, 3]).Array[1, 30], Gen.Int[1, 6]).Sample((requests, maxSequences) =>
        {
            var harness = new SchedulerHarness(Capacity, maxSequences, batchTokens: 16);
            foreach (var (prompt, tokens, pause) in requests)
            {
                harness.Submit(prompt, tokens);
                for (var i = 0; i < pause; i++)
                    harness.Step();
            }
            harness.RunUntilIdle();
            Assert.Equal(harness.Jobs, harness.AdmissionOrder);
        });

    [Fact]
    public void The_next_one_admitted_is_always_the_one_with_the_earliest_virtual_start() =>
        Gen.Select(Gen.Select(Gen.Enum<PriorityLevel>(), Gen.Int[0, 40]).Array[1, 40], Gen.Int[1, 60]).Sample((arrivals, aging) =>
        {
            var harness = new SchedulerHarness(Capacity, maxSequences: 1, batchTokens: 16, aging);
            foreach (var (priority, pause) in arrivals)
            {
                var job = harness.Submit(promptLength: 2, maxTokens: 7, priority);
                for (var i = 0; i < pause; i++)
                    CheckedStep(harness, aging);
            }
            while (harness.Scheduler.HasWork)
                CheckedStep(harness, aging);
        });

    /// <summary>A prompt that is like the others up to where it branches off.</summary>
    private static int[] Prompt(int length, int branch, int kind) =>
        [.. Enumerable.Range(1, length).Select(position => position <= branch ? position : position + kind * 1000)];

    private static void CheckedStep(SchedulerHarness harness, int aging)
    {
        var waiting = harness.Jobs.Where(job => !job.Admitted).ToList();
        var before = harness.AdmissionOrder.Count;
        harness.Step();
        if (harness.AdmissionOrder.Count == before)
            return;
        var admitted = harness.AdmissionOrder[^1];
        Assert.Equal(waiting.Min(VirtualStart), VirtualStart(admitted));

        long VirtualStart(GenerationJob job) => job.Sequences[0].QueuedAt + (int)job.Request.Priority * (long)aging;
    }

    private static void CheckSequence(SchedulerHarness harness, GenerationJob job, int index)
    {
        var sequence = job.Sequences[index];
        var end = harness.EndOf(job, index);
        var tokens = harness.TokensOf(job, index);
        Assert.Equal(SequenceState.Finished, sequence.State);
        Assert.Equal(sequence.Generated, tokens.Count);
        Assert.True(tokens.Count <= sequence.MaxLength - sequence.PromptLength);
        for (var i = 0; i < tokens.Count; i++)
            Assert.True(tokens[i] == SchedulerHarness.TokenAt(sequence.PromptLength + i) || (tokens[i] == 0 && i == tokens.Count - 1));
        if (end.FinishReason == FinishReason.Length)
            Assert.Equal(sequence.MaxLength, sequence.Length);
        if (end.FinishReason == FinishReason.Stop)
            Assert.Equal(0, tokens[^1]);
    }
}
