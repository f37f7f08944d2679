using Microsoft.Extensions.Time.Testing;
using Ryot.Engine.Scheduling;
using Xunit;

namespace Ryot.Engine.Tests.Scheduling;

/// <summary>Who goes next, on a simulated clock and without threads.</summary>
public sealed class DeviceTurnsTests
{
    private readonly FakeTimeProvider _clock = new();
    private readonly DeviceTurns _turns;

    public DeviceTurnsTests() => _turns = new DeviceTurns(_clock);

    [Fact]
    public void One_alone_never_waits()
    {
        var turn = _turns.Join();
        for (var i = 0; i < 10; i++)
        {
            Assert.True(turn.TryTake());
            Pass(turn, 5);
        }
        turn.Leave();
        turn.Leave();
        Assert.True(turn.TryTake());
    }

    [Fact]
    public void Two_with_passes_of_one_length_alternate()
    {
        var (a, b) = (_turns.Join(), _turns.Join());
        Assert.True(a.TryTake());
        Assert.False(b.TryTake());
        Pass(a, 10);
        AssertHolds(b);
        Assert.False(a.TryTake());
        Pass(b, 10);
        AssertHolds(a);
        Assert.False(b.TryTake());
    }

    [Fact]
    public void Short_passes_go_on_until_they_have_used_as_much_as_a_long_one()
    {
        var (slow, quick) = (_turns.Join(), _turns.Join());
        slow.TryTake();
        quick.TryTake();
        Pass(slow, 100);
        AssertHolds(quick);
        Assert.False(slow.TryTake());
        for (var i = 0; i < 99; i++)
        {
            Pass(quick, 1);
            Assert.True(quick.TryTake(), $"after {i + 1} passes");
        }
        Pass(quick, 1);
        AssertHolds(slow);
        Assert.False(quick.TryTake());
    }

    [Fact]
    public void One_that_was_idle_cannot_claim_the_past()
    {
        var (busy, idle) = (_turns.Join(), _turns.Join());
        for (var i = 0; i < 100; i++)
        {
            busy.TryTake();
            Pass(busy, 10);
        }
        Assert.False(idle.TryTake());
        Pass(busy, 10);
        AssertHolds(idle);
        Assert.False(busy.TryTake());
        Pass(idle, 10);
        AssertHolds(busy);
    }

    [Fact]
    public void One_that_was_alone_for_long_need_not_make_up_for_it()
    {
        var (first, second) = (_turns.Join(), _turns.Join());
        first.TryTake();
        Pass(first, 1000);
        first.Leave();
        second.TryTake();
        Assert.False(first.TryTake());
        Pass(second, 10);
        AssertHolds(first);
        Assert.False(second.TryTake());
        Pass(first, 10);
        AssertHolds(second);
    }

    [Fact]
    public void Whoever_leaves_hands_over()
    {
        var (a, b, c) = (_turns.Join(), _turns.Join(), _turns.Join());
        a.TryTake();
        b.TryTake();
        c.TryTake();
        b.Leave();
        a.Leave();
        AssertHolds(c);
        c.Leave();
        Assert.True(b.TryTake());
    }

    [Fact]
    public void Three_get_a_third_each_whatever_their_passes_take()
    {
        var lengths = new[] { 1, 7, 40 };
        var turns = lengths.Select(_ => _turns.Join()).ToArray();
        var used = new long[3];
        var holder = 0;
        foreach (var turn in turns)
            turn.TryTake();
        for (var i = 0; i < 10_000; i++)
        {
            used[holder] += lengths[holder];
            Pass(turns[holder], lengths[holder]);
            if (turns[holder].TryTake())
                continue;
            // Only the one that was granted the turn finds it taken by itself.
            holder = Array.FindIndex(turns, turn => turn != turns[holder] && Holds(turn));
        }
        var share = used.Sum() / 3.0;
        Assert.All(used, time => Assert.InRange(time, share - 80, share + 80));
    }

    [Fact]
    public void A_wait_that_is_given_up_ends_and_takes_nothing()
    {
        var (a, b, c) = (_turns.Join(), _turns.Join(), _turns.Join());
        a.TryTake();
        Assert.False(b.TryTake());
        b.GiveUp();
        Assert.False(b.Wait());
        b.Leave();
        Assert.False(c.TryTake());
        Pass(a, 1);
        AssertHolds(c);
    }

    [Fact]
    public void Progress_is_the_last_pass_of_anybody()
    {
        var (a, b) = (_turns.Join(), _turns.Join());
        a.TryTake();
        b.TryTake();
        var began = _clock.GetTimestamp();
        _clock.Advance(TimeSpan.FromSeconds(30));
        Assert.Equal(began, b.DeviceProgressed);
        a.EndPass();
        Assert.Equal(_clock.GetTimestamp(), b.DeviceProgressed);
    }

    private static void AssertHolds(DeviceTurn turn) => Assert.True(Holds(turn));

    /// <summary>Whether an engine that waits was granted the turn; a wait that is given up does not block.</summary>
    private static bool Holds(DeviceTurn turn)
    {
        turn.GiveUp();
        return turn.Wait();
    }

    private void Pass(DeviceTurn turn, int milliseconds)
    {
        _clock.Advance(TimeSpan.FromMilliseconds(milliseconds));
        turn.EndPass();
    }
}
