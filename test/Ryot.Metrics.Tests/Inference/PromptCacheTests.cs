using CsCheck;

namespace Ryot.Metrics.Tests;

public sealed class PromptCacheTests : IDisposable
{
    private readonly Recording _recording = new();

    public void Dispose() => _recording.Dispose();

    [Fact]
    public async Task Prompt_tokens_are_counted_by_where_they_come_from()
    {
        _recording.Admit(100).PromptAdmitted(100, 60, null);
        _recording.Model.RecordStep(new StepObservation { PrefillTokens = 40, PromptTokensComputed = 40, Timestamp = _recording.After(1) });
        var scrape = await _recording.ScrapeAsync();
        Assert.Equal(60, scrape.One("ryot_prompt_cache_tokens_total", ("source", "reused")));
        Assert.Equal(40, scrape.One("ryot_prompt_cache_tokens_total", ("source", "computed")));
    }

    /// <summary>vllm#43736, vllm#25780: hits were counted again on a retry, or recomputation counted as misses (30 % fell to 0.2 %).</summary>
    [Fact]
    public async Task Coming_back_after_a_preemption_changes_neither_counters_nor_ratio()
    {
        var request = _recording.Admit(100);
        request.PromptAdmitted(100, 30, TimeSpan.FromSeconds(1));
        _recording.Model.RecordPreemption();
        request.Admitted(_recording.Now);
        request.PromptAdmitted(100, 100, TimeSpan.FromSeconds(1));
        _recording.Model.RecordStep(new StepObservation { PrefillTokens = 100, PromptTokensComputed = 0, Timestamp = _recording.After(1) });
        var scrape = await _recording.ScrapeAsync();
        Assert.Equal(0.3, scrape.One("ryot_kv_cache_hit_ratio"));
        Assert.Equal(30, scrape.One("ryot_prompt_cache_tokens_total", ("source", "reused")));
        Assert.Equal(0, scrape.One("ryot_prompt_cache_tokens_total", ("source", "computed")));
        Assert.Equal(1, scrape.Sum("ryot_prompt_cache_effectiveness_count"));
        Assert.Equal(1, scrape.One("ryot_metrics_dropped_observations_total", ("reason", "inconsistent")));
    }

    /// <summary>LMCache#1260: the hit rate was always 1.</summary>
    [Fact]
    public async Task The_hit_ratio_is_0_when_nothing_was_reused_and_absent_when_nothing_came()
    {
        Assert.Empty((await _recording.ScrapeAsync()).Matching("ryot_kv_cache_hit_ratio"));
        _recording.Admit(0).PromptAdmitted(0, 0, null);
        Assert.Empty((await _recording.ScrapeAsync()).Matching("ryot_kv_cache_hit_ratio"));
        _recording.Admit(50).PromptAdmitted(50, 0, null);
        Assert.Equal(0, (await _recording.ScrapeAsync()).One("ryot_kv_cache_hit_ratio"));
    }

    /// <summary>sglang#26608: each batch overwrote the hit rate.</summary>
    [Fact]
    public async Task The_hit_ratio_is_that_of_all_tokens_of_five_minutes_and_not_of_the_last_prompt()
    {
        _recording.Admit(900).PromptAdmitted(900, 900, null);
        _recording.After(1000);
        _recording.Admit(100).PromptAdmitted(100, 0, null);
        Assert.Equal(0.9, (await _recording.ScrapeAsync()).One("ryot_kv_cache_hit_ratio"));
        _recording.After(298_000);
        Assert.Equal(0.9, (await _recording.ScrapeAsync()).One("ryot_kv_cache_hit_ratio"));
        _recording.After(1000);
        Assert.Equal(0, (await _recording.ScrapeAsync()).One("ryot_kv_cache_hit_ratio"));
        _recording.After(1000);
        Assert.Empty((await _recording.ScrapeAsync()).Matching("ryot_kv_cache_hit_ratio"));
    }

    [Fact]
    public async Task Each_type_of_context_has_its_own_ratio()
    {
        foreach (var type in Enum.GetValues<ContextType>())
            _recording.Admit(10, context: type).PromptAdmitted(10, (int)type + 1, null);
        Assert.Equal(
            [("conversation", 0.1), ("batch", 0.2), ("streaming", 0.3), ("standard", 0.4)],
            (await _recording.ScrapeAsync()).Matching("ryot_kv_cache_hit_ratio").Select(sample => (sample.Labels["context_type"], sample.Value)));
    }

    [Theory]
    [InlineData(0, "1h")]
    [InlineData(3600, "1h")]
    [InlineData(3601, "24h")]
    [InlineData(86_400, "24h")]
    [InlineData(86_401, "7d")]
    [InlineData(604_800, "7d")]
    [InlineData(604_801, null)]
    [InlineData(null, null)]
    public async Task Effectiveness_is_observed_in_the_narrowest_window(int? seconds, string? window)
    {
        _recording.Admit(8).PromptAdmitted(8, 2, seconds is { } age ? TimeSpan.FromSeconds(age) : null);
        var observed = (await _recording.ScrapeAsync()).Matching("ryot_prompt_cache_effectiveness_sum").Where(sample => sample.Value > 0).ToList();
        if (window is null)
            Assert.Empty(observed);
        else
            Assert.Equal((window, 0.25), (Assert.Single(observed).Labels["context_reuse_window"], observed[0].Value));
    }

    [Theory]
    [InlineData(0, "0.0")]
    [InlineData(1, "0.1")]
    [InlineData(2, "0.25")]
    [InlineData(9, "0.9")]
    [InlineData(10, "1.0")]
    public async Task The_first_bucket_counts_prompts_of_which_nothing_was_reused(int reused, string bucket)
    {
        _recording.Admit(10).PromptAdmitted(10, reused, TimeSpan.Zero);
        var scrape = await _recording.ScrapeAsync();
        Assert.Equal(
            bucket,
            scrape.Matching("ryot_prompt_cache_effectiveness_bucket", ("context_reuse_window", "1h")).First(sample => sample.Value > 0).Labels["le"]);
    }

    [Fact]
    public async Task What_cannot_be_is_ignored_and_counted()
    {
        var request = _recording.Start();
        request.PromptAdmitted(10, 5, null);
        request.Queued(_recording.Now, 10);
        request.PromptAdmitted(10, 5, null);
        request.Admitted(_recording.Now);
        request.PromptAdmitted(-1, 0, null);
        request.PromptAdmitted(10, -1, null);
        request.PromptAdmitted(10, 5, TimeSpan.FromTicks(-1));
        request.PromptAdmitted(5, 6, null);
        request.PromptAdmitted(11, 6, null);
        request.Finish(_recording.Now, RequestStatus.Success, FinishReason.Stop);
        request.PromptAdmitted(10, 5, null);
        var scrape = await _recording.ScrapeAsync();
        Assert.Equal(3, scrape.One("ryot_metrics_dropped_observations_total", ("reason", "out_of_order")));
        Assert.Equal(3, scrape.One("ryot_metrics_dropped_observations_total", ("reason", "negative")));
        Assert.Equal(2, scrape.One("ryot_metrics_dropped_observations_total", ("reason", "inconsistent")));
        Assert.Equal(0, scrape.Sum("ryot_prompt_cache_tokens_total"));
        Assert.Empty(scrape.Matching("ryot_kv_cache_hit_ratio"));
    }

    [Fact]
    public void Any_prompts_at_any_times_give_the_ratio_of_the_last_300_seconds()
        => Gen.Select(Gen.Int[0, 200_000], Gen.Int[0, 5000], Gen.Int[0, 100]).Array[1, 30].Sample(
            prompts =>
            {
                using var recording = new Recording();
                var origin = recording.Now;
                var told = new List<(long Second, int Tokens, int Reused)>();
                foreach (var (pause, tokens, percent) in prompts)
                {
                    recording.After(pause);
                    recording.Admit(tokens).PromptAdmitted(tokens, tokens * percent / 100, null);
                    told.Add((SecondOfNow(), tokens, tokens * percent / 100));
                }

                var window = told.Where(prompt => prompt.Second > SecondOfNow() - 300).ToList();
                var shown = recording.ScrapeAsync().GetAwaiter().GetResult().Matching("ryot_kv_cache_hit_ratio").ToList();
                if (window.Sum(prompt => prompt.Tokens) == 0)
                    Assert.Empty(shown);
                else
                    Assert.Equal((double)window.Sum(prompt => prompt.Reused) / window.Sum(prompt => prompt.Tokens), Assert.Single(shown).Value);

                long SecondOfNow() => (recording.Now - origin) / recording.Clock.TimestampFrequency;
            },
            iter: 100);

    [Fact]
    public async Task Prompts_on_many_threads_add_up()
    {
        const int Threads = 4;
        const int Prompts = 2000;
        // Into the next second, so that the threads race for clearing the one before, too.
        _recording.Admit(1000).PromptAdmitted(1000, 1000, null);
        _recording.After(320_000);
        var threads = Enumerable.Range(0, Threads).Select(_ => new Thread(() =>
        {
            for (var number = 0; number < Prompts; number++)
                _recording.Admit(10).PromptAdmitted(10, number % 2 == 0 ? 5 : 0, TimeSpan.Zero);
        })).ToList();
        threads.ForEach(thread => thread.Start());
        threads.ForEach(thread => thread.Join());
        var scrape = await _recording.ScrapeAsync();
        Assert.Equal(0.25, scrape.One("ryot_kv_cache_hit_ratio"));
        Assert.Equal(1000 + (Threads * Prompts * 2.5), scrape.One("ryot_prompt_cache_tokens_total", ("source", "reused")));
        Assert.Equal(Threads * Prompts, scrape.Sum("ryot_prompt_cache_effectiveness_count"));
    }
}
