using Ryot.Engine.Models;
using Xunit;
using static Ryot.Engine.Tests.Residency.ResidencyHarness;

namespace Ryot.Engine.Tests.Residency;

/// <summary>New configurations while the engine runs.</summary>
public sealed class ReconfigurationTests
{
    [Fact]
    public async Task Models_are_added_and_removed_with_their_series()
    {
        await using var harness = new ResidencyHarness(0, OnStart("a"));
        harness.Engine.Start();
        await harness.Engine.LoadedAsync();
        var changes = harness.Engine.Apply([OnStart("b"), OnDemand("c")]);
        Assert.Equal(["b", "c"], changes.Added);
        Assert.Equal(["a"], changes.Removed);
        Assert.Empty(changes.Changed);
        Assert.Null(harness.Engine.Find("a"));
        await harness.UntilAsync("b", ModelStatus.Ready);
        await harness.AskAsync("c");
        await UntilAsync(() => harness.Backend.LiveRunners == 2, "a is gone");
        var metrics = await harness.ScrapeAsync();
        Assert.DoesNotContain(metrics.Samples, sample => sample.Labels.GetValueOrDefault("model") == "a");
        Assert.Equal(1, metrics.Count("ryot_kv_cache_capacity_tokens", ("model", "b")));
    }

    [Fact]
    public async Task A_removed_model_ends_its_requests_and_takes_no_new_ones()
    {
        await using var harness = new ResidencyHarness(0, OnDemand("a"), OnDemand("b"));
        var host = harness["a"];
        var lease = await harness.AcquireAsync("a");
        harness.Engine.Apply([OnDemand("b")]);
        Assert.Equal(RefusalReason.Removed, (await Assert.ThrowsAsync<EngineException>(() => host.AcquireAsync(null, default).AsTask())).Reason);
        await using (var stream = lease.Submit(Request()))
            lease.Dispose();
        await UntilAsync(() => harness.Backend.LiveRunners == 0, "a is gone");
    }

    [Fact]
    public async Task Those_who_wait_for_a_model_that_is_removed_are_told()
    {
        using var load = new ManualResetEventSlim();
        await using var harness = new ResidencyHarness(0, OnDemand("a")) { OnLoad = _ => load.Wait(TestContext.Current.CancellationToken) };
        var request = harness.AskAsync("a");
        await UntilAsync(() => harness.Loads("a") == 1, "it loads");
        harness.Engine.Apply([]);
        Assert.Equal(RefusalReason.Removed, (await Assert.ThrowsAsync<EngineException>(() => request)).Reason);
        load.Set();
        await UntilAsync(() => harness.Backend.LiveRunners == 0, "a is gone");
    }

    [Fact]
    public async Task A_model_that_comes_back_before_it_is_gone_keeps_its_series()
    {
        await using var harness = new ResidencyHarness(0, OnStart("a"));
        harness.Engine.Start();
        await harness.Engine.LoadedAsync();
        var host = harness["a"];
        var lease = await harness.AcquireAsync("a");
        harness.Engine.Apply([]);
        harness.Engine.Apply([OnStart("a")]);
        Assert.Same(host, harness["a"]);
        Assert.Equal(ModelStatus.Unloading, host.Status);
        lease.Dispose();
        await harness.UntilAsync("a", ModelStatus.Ready);
        await harness.AskAsync("a");
        Assert.Equal(1, await harness.AttemptsAsync("a", "success", "cold"));
        Assert.Equal(1, (await harness.ScrapeAsync()).Count("ryot_kv_cache_capacity_tokens", ("model", "a")));
    }

    [Fact]
    public async Task What_can_change_at_once_does_and_the_rest_by_loading_again()
    {
        await using var harness = new ResidencyHarness(0, OnStart("a"));
        harness.Engine.Start();
        await harness.Engine.LoadedAsync();
        var lease = await harness.AcquireAsync("a");
        var changes = harness.Engine.Apply([OnStart("a") with { Aliases = ["other"], QueueLimit = 1 }]);
        Assert.Equal(["a"], changes.Changed);
        Assert.Same(harness["a"], harness.Engine.Find("other"));
        Assert.Equal((ModelStatus.Ready, 1), (harness["a"].Status, harness["a"].Options.QueueLimit));
        Assert.Empty(harness.Engine.Apply([OnStart("a") with { Aliases = ["other"], QueueLimit = 1 }]).Changed);

        harness.Engine.Apply([OnStart("a") with { ContextLength = 100 }]);
        Assert.Null(harness.Engine.Find("other"));
        Assert.Equal((4096, ModelStatus.Unloading), (lease.Info.MaxSequenceLength, harness["a"].Status));
        var late = harness.AcquireAsync("a");
        lease.Dispose();
        using var changed = await late;
        Assert.Equal((100, 2), (changed.Info.MaxSequenceLength, harness.Loads("a")));
        Assert.Equal(0, (await harness.ScrapeAsync()).Sum("ryot_model_cache_evictions_total"));
    }

    [Fact]
    public async Task A_change_during_a_load_begins_it_anew()
    {
        using var load = new ManualResetEventSlim();
        await using var harness = new ResidencyHarness(0, OnDemand("a")) { OnLoad = _ => load.Wait(TestContext.Current.CancellationToken) };
        var request = harness.AcquireAsync("a");
        await UntilAsync(() => harness.Loads("a") == 1, "it loads");
        harness.Engine.Apply([OnDemand("a") with { ContextLength = 100 }]);
        load.Set();
        using var lease = await request;
        Assert.Equal((100, 2), (lease.Info.MaxSequenceLength, harness.Loads("a")));
    }

    [Fact]
    public async Task Names_that_are_given_twice_change_nothing()
    {
        await using var harness = new ResidencyHarness(0, OnDemand("a"));
        Assert.Throws<ArgumentException>(() => harness.Engine.Apply([OnDemand("b"), OnDemand("c") with { Aliases = ["b"] }]));
        Assert.Equal(["a"], harness.Engine.Models.Select(model => model.Id));
    }
}
