using Microsoft.Extensions.Time.Testing;
using Ryot.Engine.Models;
using Xunit;
using static Ryot.Engine.Tests.Residency.ResidencyHarness;

namespace Ryot.Engine.Tests.Residency;

public sealed class RetryTests
{
    /// <summary>The system's timers count by another clock than its timestamps, so they go off a few milliseconds early or late.</summary>
    [Fact]
    public async Task A_model_that_failed_is_tried_again_also_when_the_timer_goes_off_early()
    {
        await using var harness = new ResidencyHarness(new EarlyTimers(), 0, OnStart("a"));
        harness.OnLoad = _ => throw new ModelUnavailableException("not now");
        harness.Engine.Start();
        await harness.Engine.LoadedAsync();
        harness.OnLoad = null;
        harness.FakeClock.Advance(TimeSpan.FromMilliseconds(998));
        Assert.Equal((ModelStatus.Failed, 1), (harness["a"].Status, harness.Loads("a")));
        harness.FakeClock.Advance(TimeSpan.FromMilliseconds(2));
        await harness.UntilAsync("a", ModelStatus.Ready);
        Assert.Equal(2, harness.Loads("a"));
    }

    private sealed class EarlyTimers : FakeTimeProvider
    {
        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            new EarlyTimer(base.CreateTimer(callback, state, Earlier(dueTime), period));

        private static TimeSpan Earlier(TimeSpan dueTime) =>
            dueTime > TimeSpan.FromMilliseconds(2) ? dueTime - TimeSpan.FromMilliseconds(2) : dueTime;

        private sealed class EarlyTimer(ITimer timer) : ITimer
        {
            public bool Change(TimeSpan dueTime, TimeSpan period) => timer.Change(Earlier(dueTime), period);

            public void Dispose() => timer.Dispose();

            public ValueTask DisposeAsync() => timer.DisposeAsync();
        }
    }
}
