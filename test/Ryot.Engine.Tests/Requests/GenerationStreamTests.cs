using Ryot.Engine.Requests;
using Xunit;

namespace Ryot.Engine.Tests.Requests;

public sealed class GenerationStreamTests
{
    private const int Count = 20_000;

    [Fact]
    public async Task Events_cross_the_threads_in_order_and_none_is_lost_or_waits_for_ever()
    {
        var stream = new GenerationStream(_ => { });
        var writer = new Thread(() =>
        {
            for (var i = 0; i < Count; i++)
            {
                stream.Publish(new GenerationEvent { Kind = GenerationEventKind.Token, Token = i });
                stream.Wake();
                if (i % 97 == 0)
                    Thread.Yield();
            }
            stream.Complete();
        });
        writer.Start();
        var expected = 0;
        while (await stream.WaitToReadAsync(TestContext.Current.CancellationToken))
        {
            while (stream.TryRead(out var value))
                Assert.Equal(expected++, value.Token);
        }
        writer.Join();
        Assert.Equal(Count, expected);
    }

    [Fact]
    public async Task A_wake_for_events_that_were_read_already_does_not_end_the_stream()
    {
        var stream = new GenerationStream(_ => { });
        stream.Publish(new GenerationEvent { Token = 1 });
        Assert.True(stream.TryRead(out _));
        var wait = stream.WaitToReadAsync(TestContext.Current.CancellationToken).AsTask();
        stream.Wake();
        // The wake runs on the pool; the next event must be what ends the wait.
        await Task.Delay(20, TestContext.Current.CancellationToken);
        Assert.False(wait.IsCompleted);
        stream.Publish(new GenerationEvent { Token = 2 });
        stream.Wake();
        Assert.True(await wait);
        Assert.True(stream.TryRead(out var value));
        Assert.Equal(2, value.Token);
    }

    [Fact]
    public async Task A_wait_ends_when_its_token_is_cancelled_and_the_stream_can_be_read_on()
    {
        var stream = new GenerationStream(_ => { });
        for (var round = 0; round < 50; round++)
        {
            using var source = new CancellationTokenSource();
            var wait = stream.WaitToReadAsync(source.Token).AsTask();
            await source.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => wait);
        }
        stream.Publish(new GenerationEvent { Token = 7 });
        stream.Complete();
        Assert.True(await stream.WaitToReadAsync(TestContext.Current.CancellationToken));
        Assert.True(stream.TryRead(out var value));
        Assert.Equal(7, value.Token);
        Assert.False(await stream.WaitToReadAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_token_that_is_cancelled_while_a_needless_wake_is_under_way_still_ends_the_wait()
    {
        for (var round = 0; round < 500; round++)
        {
            var stream = new GenerationStream(_ => { });
            stream.Publish(new GenerationEvent { Token = 1 });
            Assert.True(stream.TryRead(out _));
            using var source = new CancellationTokenSource();
            var wait = stream.WaitToReadAsync(source.Token).AsTask();
            stream.Wake();
            await source.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => wait.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken));
        }
    }

    [Fact]
    public void A_cancelled_token_ends_a_wait_at_once()
    {
        var stream = new GenerationStream(_ => { });
        Assert.True(stream.WaitToReadAsync(new CancellationToken(true)).AsTask().IsCanceled);
    }

    [Fact]
    public async Task The_engine_is_asked_to_cancel_once()
    {
        var cancels = 0;
        await using (var stream = new GenerationStream(_ => cancels++))
        {
            stream.Cancel();
            stream.Cancel();
        }
        Assert.Equal(1, cancels);

        await using (var finished = new GenerationStream(_ => cancels++))
            finished.Complete();
        Assert.Equal(1, cancels);
    }

    [Fact]
    public async Task A_reader_that_keeps_up_costs_no_allocation()
    {
        var stream = new GenerationStream(_ => { });
        await Exchange(stream, 200);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++)
        {
            stream.Publish(new GenerationEvent { Token = i });
            stream.Wake();
            Assert.True(stream.TryRead(out _));
        }
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    private static async Task Exchange(GenerationStream stream, int count)
    {
        for (var i = 0; i < count; i++)
        {
            stream.Publish(new GenerationEvent { Token = i });
            stream.Wake();
            Assert.True(await stream.WaitToReadAsync());
            Assert.True(stream.TryRead(out _));
        }
    }
}
