using Ryot.Engine.Requests;
using Ryot.Metrics;
using Xunit;

namespace Ryot.Engine.Tests.Scheduling;

/// <summary>What prompts that begin alike share. The harness checks every cell's content at every step.</summary>
public sealed class PrefixCacheTests
{
    private static readonly int[] _system = [.. Enumerable.Range(1, 40)];

    [Fact]
    public void A_second_prompt_reuses_what_the_first_one_left()
    {
        var harness = Create();
        harness.Submit([.. _system, 501, 502], maxTokens: 3);
        harness.RunUntilIdle();
        var second = harness.Submit([.. _system, 601, 602, 603], maxTokens: 3);
        harness.RunUntilIdle();

        Assert.Equal(new PromptAdmission(43, 40, null), Admission(harness, second));
        Assert.Equal(42 + 3, harness.PromptTokensComputed);
        Assert.Equal(43, harness.TokensOf(second)[0] - 1000);
    }

    [Fact]
    public void The_last_token_of_a_prompt_is_always_computed()
    {
        var harness = Create();
        harness.Submit(_system, maxTokens: 3);
        harness.RunUntilIdle();
        var same = harness.Submit(_system, maxTokens: 3);
        harness.RunUntilIdle();
        Assert.Equal(39, Admission(harness, same).ReusedTokens);
        Assert.Equal(3, harness.TokensOf(same).Count);
    }

    [Fact]
    public void A_conversation_s_next_turn_reuses_the_answer_too()
    {
        var harness = Create();
        var first = harness.Submit(_system, maxTokens: 5);
        harness.RunUntilIdle();
        var next = harness.Submit([.. _system, .. harness.TokensOf(first), 701], maxTokens: 1);
        harness.RunUntilIdle();
        // The answer's last token was sampled, but never computed.
        Assert.Equal(44, Admission(harness, next).ReusedTokens);
    }

    [Fact]
    public void A_running_sequence_shares_what_it_has_computed()
    {
        var harness = Create();
        harness.Submit([.. _system, 501], maxTokens: 30);
        harness.Step();
        var second = harness.Submit([.. _system, 601], maxTokens: 30);
        harness.Step();
        Assert.Equal(40, Admission(harness, second).ReusedTokens);
        Assert.Equal(41 + 1 + 1, harness.Scheduler.UsedCells);
        harness.RunUntilIdle();
    }

    [Fact]
    public void Prompts_that_arrive_together_compute_their_common_beginning_once()
    {
        var harness = Create(capacity: 400);
        for (var i = 0; i < 4; i++)
            harness.Submit([.. _system, 500 + i], maxTokens: 2);
        harness.RunUntilIdle();
        Assert.Equal(40 + 4, harness.PromptTokensComputed);
        Assert.Equal([0, 40, 40, 40], harness.Jobs.Select(job => Admission(harness, job).ReusedTokens));
    }

    [Fact]
    public void Several_continuations_of_one_prompt_compute_it_once_and_count_it_once()
    {
        var harness = Create();
        var job = harness.Submit(_system, maxTokens: 4, sequences: 4);
        harness.RunUntilIdle();
        Assert.Equal(40, harness.PromptTokensComputed);
        Assert.Equal(new PromptAdmission(40, 0, null), Admission(harness, job));
        for (var sequence = 1; sequence < 4; sequence++)
            Assert.DoesNotContain(harness.EventsOf(job, sequence), e => e.Kind == GenerationEventKind.PromptAdmitted);
        // 40 of the prompt, one more prompt token and 3 decoded ones of each of the four, less the one that the first needed anyway.
        Assert.Equal(40 + 3 + 4 * 3, harness.ComputedTokens);
    }

    /// <summary>The further answers find the prompt, even if it was new and the first answer ended long before they could begin.</summary>
    [Fact]
    public void Continuations_that_have_to_wait_do_not_compute_the_prompt_again()
    {
        var harness = CreateForKeeping(keepTokens: 100);
        for (var kind = 0; kind < 60; kind++)
            Run(harness, Unlike(kind));
        for (var i = 0; i < 3; i++)
            harness.Submit([900 + i], maxTokens: 300);
        harness.Step();
        var before = harness.ComputedTokens;
        harness.Submit(_system, maxTokens: 2, sequences: 4);
        harness.Step();
        // Takes the first answer's place, for longer than anything unused is kept.
        harness.Submit([903], maxTokens: 150, PriorityLevel.High);
        harness.RunUntilIdle();
        // What is known to come again is counted in blocks of 16, so each further answer computes 8 of the 40; and each its first token.
        Assert.Equal(40 + 3 * 8 + 4 + 3 * 299 + 150, harness.ComputedTokens - before);
    }

    [Fact]
    public void Of_what_one_who_waits_shares_only_the_beginning_no_more_is_kept()
    {
        var harness = CreateForKeeping(keepTokens: 100);
        int[] text = [.. Enumerable.Range(1, 200)];
        Run(harness, text);
        Run(harness, text);
        for (var i = 0; i < 4; i++)
            harness.Submit([900 + i], maxTokens: 100);
        harness.Step();
        var waiting = harness.Submit([.. text[..20], 5], maxTokens: 1);
        Assert.Equal(200, harness.HeldCells - harness.Scheduler.UsedCells);
        for (var i = 0; i < 60; i++)
            harness.Step();
        Assert.Equal(16, harness.HeldCells - harness.Scheduler.UsedCells);
        harness.RunUntilIdle();
        Assert.Equal(16, Admission(harness, waiting).ReusedTokens);
    }

    [Fact]
    public void Without_a_cache_every_prompt_is_computed()
    {
        var harness = Create(cachedSequences: 0);
        for (var i = 0; i < 3; i++)
            harness.Submit(_system, maxTokens: 2);
        harness.RunUntilIdle();
        Assert.Equal(120, harness.PromptTokensComputed);
        Assert.All(harness.Jobs, job => Assert.Equal(0, Admission(harness, job).ReusedTokens));
    }

    [Fact]
    public void What_is_kept_makes_room_for_what_runs_and_the_least_recently_used_goes_first()
    {
        var harness = Create(capacity: 100);
        int[] Prompt(int kind) => [.. Enumerable.Range(kind * 1000, 30)];
        foreach (var kind in (int[])[1, 2, 1])
        {
            harness.Submit(Prompt(kind), maxTokens: 1);
            harness.RunUntilIdle();
        }
        // 60 cells are kept; 60 more need 20 of them, and prompt 2 is the one that was not used lately.
        harness.Submit([.. Enumerable.Range(5000, 59)], maxTokens: 1);
        harness.RunUntilIdle();
        var first = harness.Submit(Prompt(1), maxTokens: 1);
        harness.RunUntilIdle();
        var second = harness.Submit(Prompt(2), maxTokens: 1);
        harness.RunUntilIdle();
        Assert.Equal(29, Admission(harness, first).ReusedTokens);
        Assert.Equal(0, Admission(harness, second).ReusedTokens);
        Assert.Equal(0, harness.Preemptions);
    }

    [Fact]
    public void No_more_cells_are_kept_than_allowed()
    {
        var harness = Create(capacity: 400, cachedTokens: 50);
        for (var kind = 1; kind < 5; kind++)
            harness.Submit([.. Enumerable.Range(kind * 1000, 30)], maxTokens: 1);
        harness.RunUntilIdle();
        Assert.InRange(harness.HeldCells, 30, 50);
    }

    [Fact]
    public void What_nobody_uses_is_given_up_when_keeping_it_has_cost_more_than_computing_it_again()
    {
        // Before anything is known, a quarter of that.
        var harness = CreateForKeeping(keepTokens: 400);
        foreach (var kind in (int[])[0, 1, 2])
            Run(harness, Unlike(kind));
        // 80 tokens were computed since the first one: all three are there. While nothing is computed, keeping costs nothing.
        Assert.Equal(120, harness.HeldCells);
        for (var i = 0; i < 1000; i++)
            harness.Step();
        Assert.Equal(120, harness.HeldCells);
        Run(harness, Unlike(3));
        Assert.Equal(0, Admission(harness, Run(harness, Unlike(0))).ReusedTokens);
    }

    [Fact]
    public void Where_nothing_comes_twice_nothing_is_kept()
    {
        var harness = CreateForKeeping(keepTokens: 320);
        for (var kind = 0; kind < 60; kind++)
            Run(harness, Unlike(kind));
        Assert.Equal(0, harness.HeldCells);
    }

    [Fact]
    public void What_came_twice_is_kept_without_what_came_once()
    {
        var harness = CreateForKeeping(keepTokens: 1000);
        for (var kind = 0; kind < 60; kind++)
            Run(harness, Unlike(kind));
        // A system prompt that comes again and again among others, each time with another question of 20 tokens.
        Run(harness, [.. _system, .. Unlike(100)[..20]]);
        Run(harness, Unlike(101));
        Run(harness, Unlike(102));
        Run(harness, Unlike(103));
        Run(harness, [.. _system, .. Unlike(104)[..20]]);
        foreach (var kind in (int[])[105, 106, 107, 108])
            Run(harness, Unlike(kind));
        // The first time was forgotten; what recurs is known in blocks of 16.
        Assert.Equal(32, Admission(harness, Run(harness, [.. _system, 999])).ReusedTokens);
        Assert.Equal(32, harness.HeldCells);
    }

    [Fact]
    public void A_few_tokens_in_common_by_chance_prove_nothing()
    {
        var harness = CreateForKeeping(keepTokens: 400);
        // Questions that share three tokens beyond the system prompt with some that came before.
        for (var i = 0; i < 60; i++)
            Run(harness, [.. _system, 600 + i % 3, 601, 602, .. Unlike(i)[..20]]);
        Assert.Equal(40, harness.HeldCells);
    }

    [Fact]
    public void A_conversation_that_goes_on_is_kept_whole()
    {
        var harness = CreateForKeeping(keepTokens: 400);
        int[] conversation = [.. _system];
        for (var turn = 0; turn < 6; turn++)
        {
            var job = Run(harness, conversation, maxTokens: 5);
            if (turn > 0)
                Assert.Equal(conversation.Length - 2, Admission(harness, job).ReusedTokens);
            conversation = [.. conversation, .. harness.TokensOf(job), 7000 + turn];
            Run(harness, Unlike(turn));
        }
    }

    [Fact]
    public void Conversations_are_kept_whole_again_after_a_time_when_nothing_came_twice()
    {
        var harness = CreateForKeeping(keepTokens: 400);
        for (var kind = 0; kind < 60; kind++)
            Run(harness, Unlike(kind));
        int[] conversation = [.. _system];
        var missed = new List<int>();
        for (var turn = 0; turn < 12; turn++)
        {
            var job = Run(harness, conversation, maxTokens: 20);
            missed.Add(conversation.Length - Admission(harness, job).ReusedTokens);
            conversation = [.. conversation, .. harness.TokensOf(job), 7000 + turn];
        }
        Assert.True(missed[1] > 20, "What came once was kept.");
        Assert.Equal([2, 2, 2, 2], missed[^4..]);
    }

    [Fact]
    public void A_failed_sequence_leaves_nothing_behind()
    {
        var harness = Create();
        harness.Submit(_system, maxTokens: 5);
        harness.Step();
        harness.Step(Engine.Models.StepStatus.Failed);
        harness.RunUntilIdle();
        Assert.Equal(0, harness.HeldCells);
    }

    [Fact]
    public void A_cancelled_sequence_leaves_what_it_computed()
    {
        var harness = Create();
        var job = harness.Submit(_system, maxTokens: 50);
        harness.Step();
        harness.Scheduler.End(job, FinishReason.Cancelled, null, harness.Now);
        harness.RunUntilIdle();
        Assert.Equal(40, harness.HeldCells);
        Assert.Equal(40, harness.WastedTokens);
    }

    /// <summary>vllm#25780 and vllm#43736: hits counted again after a preemption, and on each attempt to schedule.</summary>
    [Fact]
    public void Prompt_tokens_are_computed_or_reused_exactly_once_also_under_preemption()
    {
        var harness = Create(capacity: 100);
        for (var i = 0; i < 6; i++)
            harness.Submit([.. _system[..20], 500 + i], maxTokens: 40);
        harness.RunUntilIdle();
        Assert.True(harness.Preemptions > 0);
        var reused = harness.Jobs.Sum(job => harness.EventsOf(job)
            .Where(e => e.Kind == GenerationEventKind.PromptAdmitted).Sum(e => e.Admission!.ReusedTokens));
        Assert.Equal(6 * 21, reused + harness.PromptTokensComputed);
        Assert.Equal(5 * 20, reused);
    }

    [Fact]
    public void Engine_time_is_shared_without_a_rest()
    {
        var harness = Create();
        harness.Submit([.. _system, 1], maxTokens: 7);
        harness.Submit([.. _system, 2], maxTokens: 3, sequences: 3);
        harness.RunUntilIdle();
        // Every step of the harness takes one tick; the last, idle one computes nothing.
        var spent = harness.Jobs.SelectMany(job => job.Sequences).Sum(s => s.PromptTicks + s.CompletionTicks);
        Assert.Equal(harness.Now - 1, spent);
    }

    private static SchedulerHarness CreateForKeeping(double keepTokens) =>
        new(capacity: 2000, maxSequences: 4, batchTokens: 64, cachedSequences: 32, keepTokens: keepTokens);

    private static Engine.Scheduling.GenerationJob Run(SchedulerHarness harness, int[] prompt, int maxTokens = 1)
    {
        var job = harness.Submit(prompt, maxTokens);
        harness.RunUntilIdle();
        return job;
    }

    private static int[] Unlike(int kind) => [.. Enumerable.Range((kind + 1) * 1000, 40)];

    private static SchedulerHarness Create(int capacity = 200, int cachedSequences = 4, int? cachedTokens = null) =>
        new(capacity, maxSequences: 4, batchTokens: 64, cachedSequences: cachedSequences, cachedTokens: cachedTokens);

    private static PromptAdmission Admission(SchedulerHarness harness, Engine.Scheduling.GenerationJob job) =>
        Assert.Single(harness.EventsOf(job), e => e.Kind == GenerationEventKind.PromptAdmitted).Admission!;
}
