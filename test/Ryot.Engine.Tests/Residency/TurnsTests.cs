using System.Diagnostics;
using Ryot.Engine.Models;
using Ryot.Metrics;
using Xunit;
using static Ryot.Engine.Tests.Residency.ResidencyHarness;

namespace Ryot.Engine.Tests.Residency;

/// <summary>Two models of one device with their real threads.</summary>
public sealed class TurnsTests
{
    [Fact]
    public async Task A_model_of_short_passes_has_its_half_of_the_time_beside_one_of_long_passes()
    {
        await using var harness = new ResidencyHarness(0, Endless("slow"), Endless("quick"));
        harness.Backend.Script = null;
        var (running, overlaps, done) = (0, 0, 0L);
        var time = new Dictionary<string, long> { ["slow"] = 0, ["quick"] = 0 };
        harness.Backend.OnStep = plan =>
        {
            if (plan.Items.IsEmpty || Volatile.Read(ref done) != 0)
                return;
            if (Interlocked.Increment(ref running) > 1)
                Interlocked.Increment(ref overlaps);
            var started = Stopwatch.GetTimestamp();
            var name = plan.Items[0].Sequence.Job.Request.Prompts[0].Length == 4 ? "slow" : "quick";
            Thread.Sleep(name == "slow" ? 20 : 1);
            lock (time)
                time[name] += Stopwatch.GetTimestamp() - started;
            Interlocked.Decrement(ref running);
        };
        using var slow = await harness.AcquireAsync("slow");
        using var quick = await harness.AcquireAsync("quick");
        await using var first = slow.Submit(Request("slow"));
        await using var second = quick.Submit(Request("quick"));
        await UntilAsync(() => Sum() >= Stopwatch.Frequency, "a second of passes");
        double share;
        lock (time)
            share = (double)time["quick"] / (time["quick"] + time["slow"]);
        Volatile.Write(ref done, 1);
        Assert.InRange(share, 0.4, 0.6);
        Assert.Equal(0, overlaps);

        long Sum()
        {
            lock (time)
                return time.Values.Sum();
        }
    }

    [Fact]
    public async Task Waiting_for_a_turn_is_no_stall_unless_the_other_is_stuck()
    {
        using var gate = new SemaphoreSlim(0);
        var open = false;
        await using var harness = new ResidencyHarness(new Microsoft.Extensions.Time.Testing.FakeTimeProvider(), 0, Endless("a"), Endless("b"));
        harness.Backend.Script = null;
        var waiting = 0;
        harness.Backend.OnStep = plan =>
        {
            if (plan.Items.IsEmpty || Volatile.Read(ref open))
                return;
            Interlocked.Increment(ref waiting);
            gate.Wait();
        };
        using var a = await harness.AcquireAsync("a");
        using var b = await harness.AcquireAsync("b");
        await using var first = a.Submit(Request());
        await UntilAsync(() => Volatile.Read(ref waiting) == 1, "a is in a pass");
        await using var second = b.Submit(Request());
        harness.FakeClock.Advance(TimeSpan.FromSeconds(40));
        // The device got on 40 s ago; both are told to be stuck.
        await UntilAsync(() => harness["b"].StalledFor() == TimeSpan.FromSeconds(40), "b waits for its turn");
        Assert.Equal(TimeSpan.FromSeconds(40), harness["a"].StalledFor());

        gate.Release();
        await UntilAsync(() => Volatile.Read(ref waiting) == 2, "the next pass began");
        await UntilAsync(() => harness["a"].StalledFor() + harness["b"].StalledFor() == TimeSpan.Zero, "nobody is stuck");
        harness.FakeClock.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal((5, 5), (harness["a"].StalledFor().TotalSeconds, harness["b"].StalledFor().TotalSeconds));
        Volatile.Write(ref open, true);
        gate.Release();
    }

    [Fact]
    public async Task A_model_that_waits_for_its_turn_can_be_stopped()
    {
        using var gate = new ManualResetEventSlim();
        await using var harness = new ResidencyHarness(0, Endless("a"), Endless("b"));
        harness.Backend.Script = null;
        harness.Backend.OnStep = plan => gate.Wait(plan.Items.IsEmpty ? TimeSpan.Zero : TimeSpan.FromSeconds(60));
        using (var a = await harness.AcquireAsync("a"))
        using (var b = await harness.AcquireAsync("b"))
        {
            await using var first = a.Submit(Request());
            await UntilAsync(() => harness["a"].StalledFor() > TimeSpan.Zero, "a is in a pass");
            await using var second = b.Submit(Request());
            await UntilAsync(() => harness["b"].StalledFor() > TimeSpan.Zero, "b waits");
            var stopping = harness["b"].StopAsync(TimeSpan.Zero);
            FinishReason? reason = null;
            while (await second.WaitToReadAsync(TestContext.Current.CancellationToken))
            {
                while (second.TryRead(out var value))
                    reason = value.FinishReason;
            }
            Assert.Equal(FinishReason.Cancelled, reason);
            await stopping;
            gate.Set();
        }
    }

    private static ModelOptions Endless(string id) => OnDemand(id) with { ContextLength = 1_000_000 };
}
