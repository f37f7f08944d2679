using Ryot.LlamaCpp.Tests.Support;

namespace Ryot.LlamaCpp.Tests.Contexts;

public sealed class ThreadPoolTests
{
    [Fact]
    public void A_context_computes_the_same_with_a_pool_and_without()
    {
        int[] prompt = [1, .. Enumerable.Range(100, 30)];
        using LlamaContext context = Llama.Context(options: new LlamaContextOptions { ContextLength = 256, Threads = 2, BatchThreads = 2 });
        using var pool = new LlamaThreadPool(new LlamaThreadPoolOptions { Threads = 2, Poll = 0 });
        Assert.Equal(2, pool.Threads);

        context.UseThreadPool(pool);
        float[] with = context.GetLogits(Llama.Decode(context, prompt)).ToArray();
        context.UseThreadPool(null);
        context.ClearMemory();
        float[] without = context.GetLogits(Llama.Decode(context, prompt)).ToArray();

        ContextTests.AssertClose(with, without);
    }

    [Fact]
    public void A_pool_lives_as_long_as_a_context_uses_it()
    {
        using LlamaContext context = Llama.Context();
        var pool = new LlamaThreadPool(new LlamaThreadPoolOptions { Threads = 2, Poll = 0, Processors = [0], Priority = ThreadPriority.Normal });
        context.UseThreadPool(pool);
        pool.Dispose();

        _ = Llama.Decode(context, [1, 2, 3]);

        var next = new LlamaThreadPool(new LlamaThreadPoolOptions());
        context.UseThreadPool(next);
        next.Dispose();
        _ = Llama.Decode(context, [4], position: 3);
    }

    [Fact]
    public void Options_out_of_range_are_refused()
    {
        foreach (LlamaThreadPoolOptions options in (LlamaThreadPoolOptions[])
        [
            new() { Threads = 0 },
            new() { Threads = 513 },
            new() { Poll = -1 },
            new() { Poll = 101 },
            new() { Processors = [-1] },
            new() { Processors = [512] },
        ])
        {
            Assert.Throws<ArgumentOutOfRangeException>(() => new LlamaThreadPool(options));
        }
    }
}
