using Microsoft.Extensions.Time.Testing;
using Ryot.Engine.Models;
using Xunit;
using static Ryot.Engine.Tests.Residency.ResidencyHarness;

namespace Ryot.Engine.Tests.Residency;

/// <summary>How models make room for each other, and leave memory.</summary>
public sealed class EvictionTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_idle_model_that_was_used_longest_ago_makes_room()
    {
        await using var harness = new ResidencyHarness(2, OnDemand("a"), OnDemand("b"), OnDemand("c"));
        await harness.AskAsync("a");
        await harness.AskAsync("b");
        await harness.AskAsync("a");
        await harness.AskAsync("c");
        Assert.Equal(
            [ModelStatus.Ready, ModelStatus.NotLoaded, ModelStatus.Ready], harness.Engine.Models.Select(model => model.Status));
        Assert.Equal(1, await harness.EvictionsAsync("b", "memory_pressure"));
        Assert.Equal((2, 2), (harness.Backend.LiveRunners, harness.Backend.MostLiveRunners));
        await harness.AskAsync("b");
        Assert.Equal((1, 1), (await harness.AttemptsAsync("b", "success", "cold"), await harness.AttemptsAsync("b", "success", "warm")));
    }

    [Fact]
    public async Task The_lowest_priority_goes_first_whatever_was_used_last()
    {
        await using var harness = new ResidencyHarness(2, OnDemand("a") with { ResidencyPriority = 5 }, OnDemand("b") with { ResidencyPriority = 1 }, OnDemand("c"));
        await harness.AskAsync("a");
        await harness.AskAsync("b");
        await harness.AskAsync("c");
        Assert.Equal((ModelStatus.Ready, ModelStatus.NotLoaded), (harness["a"].Status, harness["b"].Status));
    }

    [Fact]
    public async Task An_evicted_models_gauges_go_and_its_counters_stay()
    {
        await using var harness = new ResidencyHarness(1, OnDemand("a"), OnDemand("b"));
        await harness.AskAsync("a");
        Assert.Equal(1, (await harness.ScrapeAsync()).Count("ryot_kv_cache_capacity_tokens", ("model", "a")));
        Assert.Equal(1, (await harness.ScrapeAsync()).Count("ryot_model_info", ("model", "a")));
        await harness.AskAsync("b");
        var metrics = await harness.ScrapeAsync();
        Assert.Equal((0, 0), (metrics.Count("ryot_kv_cache_capacity_tokens", ("model", "a")), metrics.Count("ryot_model_info", ("model", "a"))));
        Assert.Equal(1, metrics.Sum("ryot_model_load_attempts_total", ("model", "a"), ("load_type", "cold")));
    }

    [Fact]
    public async Task A_model_in_use_is_not_evicted_and_the_load_waits()
    {
        await using var harness = new ResidencyHarness(1, OnDemand("a"), OnDemand("b"));
        var lease = await harness.AcquireAsync("a");
        var request = harness.AskAsync("b");
        await harness.UntilAsync("b", ModelStatus.Loading);
        Assert.Equal((ModelStatus.Ready, 0), (harness["a"].Status, harness.Loads("b")));
        await using (var stream = lease.Submit(Request()))
            lease.Dispose();
        await request;
        Assert.Equal(1, harness.Backend.MostLiveRunners);
        Assert.Equal(ModelStatus.NotLoaded, harness["a"].Status);
    }

    [Fact]
    public async Task A_load_that_nobody_waits_for_any_more_takes_nothing_from_others()
    {
        await using var harness = new ResidencyHarness(1, OnDemand("a"), OnDemand("b"));
        var lease = await harness.AcquireAsync("a");
        using var gone = new CancellationTokenSource();
        var request = harness["b"].AcquireAsync(null, gone.Token).AsTask();
        await harness.UntilAsync("b", ModelStatus.Loading);
        await gone.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => request);
        await harness.UntilAsync("b", ModelStatus.NotLoaded);
        lease.Dispose();
        await harness.AskAsync("a");
        Assert.Equal((1, 0), (harness.Loads("a"), harness.Loads("b")));
    }

    [Fact]
    public async Task After_a_while_the_model_that_was_loaded_longest_ago_has_to_make_room_although_it_is_busy()
    {
        await using var harness = new ResidencyHarness(new FakeTimeProvider(), 2, OnDemand("a"), OnDemand("b"), OnDemand("c"));
        var first = await harness.AcquireAsync("a");
        harness.FakeClock.Advance(TimeSpan.FromSeconds(1));
        using var second = await harness.AcquireAsync("b");
        var request = harness.AskAsync("c");
        await harness.UntilAsync("c", ModelStatus.Loading);
        await harness.AskAsync("a");
        await UntilAsync(
            () =>
            {
                harness.FakeClock.Advance(TimeSpan.FromSeconds(1));
                return harness["a"].Status == ModelStatus.Unloading;
            },
            "a has to make room");
        Assert.Equal(ModelStatus.Ready, harness["b"].Status);
        // Its request goes on, and a new one waits for its next turn.
        var late = harness.AskAsync("a");
        Assert.False(request.IsCompleted);
        first.Dispose();
        await request;
        await late;
        Assert.Equal((2, 1), (harness.Backend.MostLiveRunners, harness.Loads("b")));
    }

    [Fact]
    public async Task What_can_never_fit_is_told_with_the_figures()
    {
        await using var harness = new ResidencyHarness(2, OnDemand("big"), Pinned("pinned"));
        harness.Backend.Size = options => options.Id == "big" ? 3 : 1;
        harness.Engine.Start();
        await harness.Engine.LoadedAsync();
        var refusal = await Assert.ThrowsAsync<EngineException>(() => harness.AskAsync("big"));
        Assert.Equal(RefusalReason.Unavailable, refusal.Reason);
        Assert.Contains("needs 3 B of memory on cpu, but the budget is 2 B, of which pinned models take 1 B", refusal.Message, StringComparison.Ordinal);
        Assert.Equal((0, ModelStatus.Ready), (harness.Loads("big"), harness["pinned"].Status));
    }

    [Fact]
    public async Task Models_that_should_be_loaded_at_start_are_as_far_as_there_is_room()
    {
        await using var harness = new ResidencyHarness(2, OnStart("a"), OnStart("b"), OnStart("c"), Pinned("d"));
        harness.Engine.Start();
        await harness.Engine.LoadedAsync();
        Assert.Equal(
            [ModelStatus.Ready, ModelStatus.NotLoaded, ModelStatus.NotLoaded, ModelStatus.Ready], harness.Engine.Models.Select(model => model.Status));
        Assert.Equal(0, await harness.EvictionsAsync("a", "memory_pressure"));
        await harness.AskAsync("c");
        Assert.Equal((ModelStatus.NotLoaded, ModelStatus.Ready), (harness["a"].Status, harness["d"].Status));
    }

    [Fact]
    public async Task A_model_that_nobody_uses_leaves_memory_after_its_idle_timeout()
    {
        await using var harness = new ResidencyHarness(
            new FakeTimeProvider(),
            0,
            OnDemand("a") with { IdleTimeout = TimeSpan.FromMinutes(1) },
            Pinned("b") with { IdleTimeout = TimeSpan.FromMinutes(1) });
        await harness.TouchAsync("b");
        var lease = await harness.AcquireAsync("a");
        harness.FakeClock.Advance(TimeSpan.FromMinutes(5));
        Assert.Equal(ModelStatus.Ready, harness["a"].Status);
        lease.Dispose();
        harness.FakeClock.Advance(TimeSpan.FromSeconds(59));
        await harness.TouchAsync("a");
        harness.FakeClock.Advance(TimeSpan.FromSeconds(59));
        Assert.Equal((ModelStatus.Ready, TimeSpan.FromSeconds(59)), (harness["a"].Status, harness["a"].IdleFor));
        harness.FakeClock.Advance(TimeSpan.FromSeconds(61));
        await harness.UntilAsync("a", ModelStatus.NotLoaded);
        Assert.Equal((1, ModelStatus.Ready), (await harness.EvictionsAsync("a", "timeout"), harness["b"].Status));
        await harness.TouchAsync("a");
        Assert.Equal(1, await harness.AttemptsAsync("a", "success", "warm"));
    }

    [Fact]
    public async Task Unloading_by_hand_leaves_a_model_in_use_alone_unless_it_is_drained()
    {
        await using var harness = new ResidencyHarness(0, OnDemand("a"));
        await harness["a"].UnloadAsync(drain: false);
        var lease = await harness.AcquireAsync("a");
        await Assert.ThrowsAsync<ModelInUseException>(() => harness["a"].UnloadAsync(drain: false));
        Assert.Equal(ModelStatus.Ready, harness["a"].Status);

        var unloading = harness["a"].UnloadAsync(drain: true);
        Assert.Equal(ModelStatus.Unloading, harness["a"].Status);
        await using (var stream = lease.Submit(Request()))
            lease.Dispose();
        var late = harness.AskAsync("a");
        await unloading;
        await late;
        Assert.Equal((1, 2), (await harness.EvictionsAsync("a", "manual"), harness.Loads("a")));
    }

    [Fact]
    public async Task Unloading_during_a_load_ends_it_if_no_request_waits()
    {
        using var load = new ManualResetEventSlim();
        await using var harness = new ResidencyHarness(0, OnDemand("a")) { OnLoad = _ => load.Wait(Cancellation) };
        var ordered = harness["a"].LoadAsync();
        await UntilAsync(() => harness.Loads("a") == 1, "it loads");
        var unloading = harness["a"].UnloadAsync(drain: false);
        await Assert.ThrowsAsync<EngineException>(() => ordered);
        load.Set();
        await unloading;
        Assert.Equal((ModelStatus.NotLoaded, 0), (harness["a"].Status, harness.Backend.LiveRunners));
        Assert.Equal(0, (await harness.ScrapeAsync()).Sum("ryot_model_load_attempts_total"));

        load.Reset();
        var request = harness.AskAsync("a");
        await UntilAsync(() => harness.Loads("a") == 2, "it loads again");
        await Assert.ThrowsAsync<ModelInUseException>(() => harness["a"].UnloadAsync(drain: false));
        unloading = harness["a"].UnloadAsync(drain: true);
        load.Set();
        await request;
        await unloading;
        Assert.Equal(ModelStatus.NotLoaded, harness["a"].Status);
    }

    [Fact]
    public async Task A_request_that_its_reader_gave_up_keeps_the_model_until_it_has_ended()
    {
        using var gate = new ManualResetEventSlim();
        await using var harness = new ResidencyHarness(0, OnDemand("a"));
        harness.Backend.OnStep = _ => gate.Wait(Cancellation);
        var lease = await harness.AcquireAsync("a");
        var stream = lease.Submit(Request());
        lease.Dispose();
        await Assert.ThrowsAsync<ModelInUseException>(() => harness["a"].UnloadAsync(drain: false));
        var unloading = harness["a"].UnloadAsync(drain: true);
        Assert.Equal(ModelStatus.Unloading, harness["a"].Status);
        gate.Set();
        await unloading;
        await stream.DisposeAsync();
    }

    [Fact]
    public async Task Unloading_races_with_requests_and_nothing_is_lost()
    {
        await using var harness = new ResidencyHarness(0, OnDemand("a"));
        var requests = Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(
            async () =>
            {
                for (var i = 0; i < 100; i++)
                    await harness.AskAsync("a");
            },
            Cancellation)));
        for (var round = 0; !requests.IsCompleted; round++)
        {
            try
            {
                await harness["a"].UnloadAsync(drain: round % 2 == 0);
            }
            catch (ModelInUseException)
            {
                // As it should be.
            }
        }
        await requests;
        Assert.Equal(1, harness.Backend.MostLiveRunners);
        var metrics = await harness.ScrapeAsync();
        Assert.Equal(harness.Loads("a"), metrics.Sum("ryot_model_load_attempts_total", ("result", "success"), ("load_type", "cold")) + metrics.Sum("ryot_model_load_attempts_total", ("result", "success"), ("load_type", "warm")));
    }

    [Fact]
    public async Task Three_models_share_two_places_under_traffic_and_nothing_is_lost()
    {
        await using var harness = new ResidencyHarness(2, OnDemand("a"), OnDemand("b"), OnDemand("c"));
        harness.Engine.Residency = Limits(2, TimeSpan.FromMilliseconds(5));
        string[] models = ["a", "b", "c"];
        await Task.WhenAll(Enumerable.Range(0, 6).Select(worker => Task.Run(
            async () =>
            {
                var random = new Random(worker);
                for (var i = 0; i < 60; i++)
                    await harness.AskAsync(models[random.Next(models.Length)]);
            },
            Cancellation)));
        Assert.Equal(2, harness.Backend.MostLiveRunners);
        var loads = models.Sum(harness.Loads);
        var evictions = (await harness.ScrapeAsync()).Sum("ryot_model_cache_evictions_total", ("eviction_reason", "memory_pressure"));
        Assert.True(loads > 3, $"{loads} loads");
        Assert.Equal(loads - 2, evictions);
        Assert.Equal(0, models.Sum(model => harness[model].UnfinishedRequests));
    }
}
