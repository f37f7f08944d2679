using Microsoft.Extensions.Time.Testing;
using Ryot.Engine.Models;
using Xunit;
using static Ryot.Engine.Tests.Residency.ResidencyHarness;

namespace Ryot.Engine.Tests.Residency;

/// <summary>Requests for models that are not in memory.</summary>
public sealed class LoadOnDemandTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Nothing_is_loaded_before_somebody_asks()
    {
        await using var harness = new ResidencyHarness(0, OnDemand("a"), OnStart("b"), Pinned("c"));
        harness.Engine.Start();
        await harness.Engine.LoadedAsync();
        Assert.Equal(
            [ModelStatus.NotLoaded, ModelStatus.Ready, ModelStatus.Ready], harness.Engine.Models.Select(model => model.Status));
        Assert.Equal(0, harness.Loads("a"));
        await harness.AskAsync("a");
        Assert.Equal(ModelStatus.Ready, harness["a"].Status);
    }

    [Fact]
    public async Task Fifty_requests_at_once_make_one_load_and_all_are_answered()
    {
        using var load = new ManualResetEventSlim();
        await using var harness = new ResidencyHarness(0, OnDemand("a")) { OnLoad = _ => load.Wait(Cancellation) };
        var requests = Enumerable.Range(0, 50).Select(_ => harness.AskAsync("a")).ToList();
        await UntilAsync(() => harness["a"] is { RequestsWaitingForLoad: 50, LoadProgress: 0.5f, Status: ModelStatus.Loading }, "all wait");
        load.Set();
        await Task.WhenAll(requests);
        Assert.Equal(1, harness.Loads("a"));
        Assert.Equal((1, 0, 0), (await harness.AttemptsAsync("a", "success", "cold"), await harness.AttemptsAsync("a", "success", "warm"), await harness.AttemptsAsync("a", "success", "from_cache")));
    }

    [Fact]
    public async Task A_request_that_finds_its_model_in_memory_is_counted_as_such()
    {
        await using var harness = new ResidencyHarness(0, OnDemand("a"));
        await harness.AskAsync("a");
        await harness.AskAsync("a");
        await harness.AskAsync("a");
        Assert.Equal(2, await harness.AttemptsAsync("a", "success", "from_cache"));
        var metrics = await harness.ScrapeAsync();
        Assert.Equal(2, metrics.Sum("ryot_model_loading_time_seconds_count", ("model", "a"), ("load_type", "cache_hit")));
        Assert.Equal(1, metrics.Sum("ryot_model_loading_time_seconds_count", ("model", "a"), ("load_type", "cold_start")));
    }

    [Fact]
    public async Task Phases_of_the_start_are_recorded_for_loads_at_the_start_only()
    {
        await using var harness = new ResidencyHarness(0, OnDemand("a"), OnStart("b"));
        harness.Engine.Start();
        await harness.Engine.LoadedAsync();
        await harness.AskAsync("a");
        await harness["b"].UnloadAsync(drain: false);
        await harness.AskAsync("b");
        Assert.Equal(1, (await harness.ScrapeAsync()).Sum("ryot_initialization_startup_time_seconds_count", ("startup_phase", "model_load")));
    }

    [Fact]
    public async Task A_load_that_fails_answers_all_that_wait_and_is_not_tried_again_at_once()
    {
        using var load = new ManualResetEventSlim();
        await using var harness = new ResidencyHarness(new FakeTimeProvider(), 0, OnDemand("a"))
        {
            OnLoad = _ =>
            {
                load.Wait(Cancellation);
                throw new ModelUnavailableException("the file is broken.");
            },
        };
        var requests = Enumerable.Range(0, 50).Select(_ => harness.AskAsync("a")).ToList();
        await UntilAsync(() => harness["a"].RequestsWaitingForLoad == 50, "all wait");
        load.Set();
        foreach (var request in requests)
            AssertUnavailable(await Assert.ThrowsAsync<EngineException>(() => request), 1);
        Assert.Equal(ModelStatus.Failed, harness["a"].Status);

        AssertUnavailable(await Assert.ThrowsAsync<EngineException>(() => harness.AskAsync("a")), 1);
        harness.FakeClock.Advance(TimeSpan.FromSeconds(0.25));
        AssertUnavailable(await Assert.ThrowsAsync<EngineException>(() => harness.AskAsync("a")), 0.75);
        Assert.Equal(1, harness.Loads("a"));

        harness.FakeClock.Advance(TimeSpan.FromSeconds(0.75));
        Assert.Equal(ModelStatus.NotLoaded, harness["a"].Status);
        AssertUnavailable(await Assert.ThrowsAsync<EngineException>(() => harness.AskAsync("a")), 2);
        Assert.Equal((2, 2), (harness.Loads("a"), await harness.AttemptsAsync("a", "failed", "cold")));

        harness.OnLoad = null;
        harness.FakeClock.Advance(TimeSpan.FromSeconds(2));
        await harness.AskAsync("a");
        Assert.Null(harness["a"].Failure);

        static void AssertUnavailable(EngineException refusal, double retryAfter)
        {
            Assert.Equal(RefusalReason.Unavailable, refusal.Reason);
            Assert.Contains("the file is broken", refusal.Message, StringComparison.Ordinal);
            Assert.Equal(TimeSpan.FromSeconds(retryAfter), refusal.RetryAfter);
        }
    }

    [Fact]
    public async Task A_model_that_should_be_in_memory_is_tried_again_without_anybody_asking()
    {
        await using var harness = new ResidencyHarness(new FakeTimeProvider(), 0, OnStart("a"))
        {
            OnLoad = _ => throw new ModelUnavailableException("not there yet"),
        };
        harness.Engine.Start();
        await harness.Engine.LoadedAsync();
        Assert.Equal(ModelStatus.Failed, harness["a"].Status);
        harness.OnLoad = null;
        harness.FakeClock.Advance(TimeSpan.FromSeconds(1));
        await harness.UntilAsync("a", ModelStatus.Ready);
    }

    [Fact]
    public async Task A_request_waits_no_longer_than_its_deadline()
    {
        using var load = new ManualResetEventSlim();
        await using var harness = new ResidencyHarness(new FakeTimeProvider(), 0, OnDemand("a")) { OnLoad = _ => load.Wait(Cancellation) };
        var deadline = harness.Clock.GetTimestamp() + (2 * harness.Clock.TimestampFrequency);
        var request = harness["a"].AcquireAsync(deadline, Cancellation).AsTask();
        await UntilAsync(() => harness.Loads("a") == 1, "it loads");
        harness.FakeClock.Advance(TimeSpan.FromSeconds(1.9));
        Assert.False(request.IsCompleted);
        harness.FakeClock.Advance(TimeSpan.FromSeconds(0.2));
        var refusal = await Assert.ThrowsAsync<EngineException>(() => request);
        Assert.Equal(RefusalReason.Loading, refusal.Reason);
        // The load goes on, and the next one finds the model.
        load.Set();
        await harness.AskAsync("a");
        Assert.Equal(1, harness.Loads("a"));
    }

    [Fact]
    public async Task A_client_that_goes_away_leaves_no_lease_behind()
    {
        using var load = new ManualResetEventSlim();
        await using var harness = new ResidencyHarness(0, OnDemand("a")) { OnLoad = _ => load.Wait(Cancellation) };
        using var gone = new CancellationTokenSource();
        var request = harness["a"].AcquireAsync(null, gone.Token).AsTask();
        await UntilAsync(() => harness.Loads("a") == 1, "it loads");
        await gone.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => request);
        load.Set();
        await harness.UntilAsync("a", ModelStatus.Ready);
        await harness["a"].UnloadAsync(drain: false);
        Assert.Equal(0, harness.Backend.LiveRunners);
    }

    /// <summary>Waits that end at the same moment as the load: each has its lease or its error, and none is lost.</summary>
    [Fact]
    public async Task Clients_that_go_away_as_the_load_ends_leave_no_lease_behind()
    {
        await using var harness = new ResidencyHarness(0, OnDemand("a"));
        for (var round = 0; round < 100; round++)
        {
            using var gone = new CancellationTokenSource();
            using var load = new ManualResetEventSlim();
            harness.OnLoad = _ => load.Wait(Cancellation);
            var requests = Enumerable.Range(0, 4).Select(_ => harness["a"].AcquireAsync(null, gone.Token).AsTask()).ToList();
            await UntilAsync(() => harness.Loads("a") == round + 1, "it loads");
            var leaving = Task.Run(gone.Cancel, Cancellation);
            load.Set();
            foreach (var request in requests)
            {
                await Task.WhenAny(request);
                if (request.IsCompletedSuccessfully)
                    (await request).Dispose();
            }
            await leaving;
            await harness.UntilAsync("a", ModelStatus.Ready);
            await harness["a"].UnloadAsync(drain: false);
            Assert.Equal(0, harness.Backend.LiveRunners);
        }
    }

    [Fact]
    public async Task Stopping_during_a_load_ends_it_and_tells_those_who_wait()
    {
        using var load = new ManualResetEventSlim();
        await using var harness = new ResidencyHarness(0, OnDemand("a"), OnDemand("b")) { OnLoad = _ => load.Wait(Cancellation) };
        Task[] requests = [harness.AskAsync("a"), harness.AskAsync("b"), harness["b"].LoadAsync()];
        await UntilAsync(() => harness.Loads("a") == 1, "it loads");
        var stopping = harness.Engine.StopAsync(TimeSpan.FromMinutes(1));
        foreach (var request in requests)
            Assert.Equal(RefusalReason.ShuttingDown, (await Assert.ThrowsAsync<EngineException>(() => request)).Reason);
        load.Set();
        await stopping;
        Assert.Equal((0, 0), (harness.Backend.LiveRunners, harness.Loads("b")));
        Assert.Equal(RefusalReason.ShuttingDown, (await Assert.ThrowsAsync<EngineException>(() => harness.AskAsync("b"))).Reason);
    }

    [Fact]
    public async Task An_engine_that_dies_makes_its_model_fail_until_it_is_loaded_again()
    {
        await using var harness = new ResidencyHarness(new FakeTimeProvider(), 0, OnDemand("a"));
        harness.Backend.OnToken = () => throw new InvalidOperationException("out of memory");
        using (var lease = await harness.AcquireAsync("a"))
        {
            await using var stream = lease.Submit(Request());
            while (await stream.WaitToReadAsync(Cancellation))
            {
                while (stream.TryRead(out _))
                {
                }
            }
            await harness.UntilAsync("a", ModelStatus.Failed);
            Assert.Equal(RefusalReason.Unavailable, Assert.Throws<EngineException>(() => lease.Submit(Request())).Reason);
        }
        Assert.Contains("out of memory", harness["a"].Failure, StringComparison.Ordinal);
        Assert.Equal(0, harness.Backend.LiveRunners);
        await Assert.ThrowsAsync<EngineException>(() => harness.AskAsync("a"));
        Assert.Equal(0, (await harness.ScrapeAsync()).Count("ryot_kv_cache_capacity_tokens"));

        harness.Backend.OnToken = null;
        harness.FakeClock.Advance(TimeSpan.FromSeconds(1));
        await harness.AskAsync("a");
        Assert.Equal((1, 1), (await harness.AttemptsAsync("a", "success", "cold"), await harness.AttemptsAsync("a", "success", "warm")));
    }
}
