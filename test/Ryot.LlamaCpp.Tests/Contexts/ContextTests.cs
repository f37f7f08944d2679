using Ryot.LlamaCpp.Tests.Support;
using Ryot.Testing.Models;

namespace Ryot.LlamaCpp.Tests.Contexts;

public sealed class ContextTests
{
    [Fact]
    public void A_context_has_the_sizes_that_were_asked_for()
    {
        using LlamaContext context = Llama.Context(options: new LlamaContextOptions
        {
            ContextLength = 768,
            BatchSize = 96,
            MicroBatchSize = 48,
            MaxSequences = 5,
            KvUnified = true,
            Threads = 3,
            BatchThreads = 2,
        });

        Assert.Equal((768, 768), (context.ContextLength, context.ContextLengthPerSequence));
        Assert.Equal((96, 48), (context.BatchSize, context.MicroBatchSize));
        Assert.Equal(5, context.MaxSequences);
        Assert.Equal((3, 2), (context.Threads, context.BatchThreads));

        context.SetThreads(1, 4);
        Assert.Equal((1, 4), (context.Threads, context.BatchThreads));
    }

    [Fact]
    public void Without_shared_cells_each_sequence_has_an_equal_part()
    {
        using LlamaContext context = Llama.Context(options: new LlamaContextOptions { ContextLength = 1024, MaxSequences = 4 });

        Assert.Equal((1024, 256), (context.ContextLength, context.ContextLengthPerSequence));
    }

    [Fact]
    public void A_context_length_of_0_is_that_of_the_model()
    {
        using LlamaContext context = Llama.Context(options: new LlamaContextOptions { ContextLength = 0 });

        Assert.Equal(2048, context.ContextLength);
    }

    [Theory]
    [InlineData(GgmlType.F32, FlashAttention.Disabled, 4.0)]
    [InlineData(GgmlType.F16, FlashAttention.Auto, 2.0)]
    [InlineData(GgmlType.BF16, FlashAttention.Enabled, 2.0)]
    [InlineData(GgmlType.Q8_0, FlashAttention.Enabled, 34.0 / 32)]
    public void The_cache_takes_the_bytes_of_its_type(GgmlType type, FlashAttention flash, double bytes)
    {
        // Heads of 32: the blocks of quantized types must fit into one.
        LlamaModel model = Llama.Model(TestModels.Llama(new TestModelOptions { Heads = 2, KvHeads = 1 }));
        using LlamaContext context = Llama.Context(model, new LlamaContextOptions { ContextLength = 256, KvTypeK = type, KvTypeV = type, FlashAttention = flash });
        long before = context.SequenceStateBytes(0);
        _ = Llama.Decode(context, [1, .. Enumerable.Repeat(5, 63)]);

        // Keys and values of 4 layers with 1 head of 32, and for each token its position and sequence.
        double perToken = 4 * 2 * 32 * bytes;
        Assert.InRange(context.SequenceStateBytes(0) - before, 64 * perToken, 64 * (perToken + 24) + 600);
    }

    [Fact]
    public void Keys_and_values_can_have_different_types()
    {
        using LlamaContext f32 = Llama.Context(options: new LlamaContextOptions { ContextLength = 256, KvTypeK = GgmlType.F32, KvTypeV = GgmlType.F16 });
        using LlamaContext f16 = Llama.Context(options: new LlamaContextOptions { ContextLength = 256, KvTypeK = GgmlType.F16, KvTypeV = GgmlType.F16 });
        _ = Llama.Decode(f32, [1, 2, 3, 4]);
        _ = Llama.Decode(f16, [1, 2, 3, 4]);

        // 4 tokens, 4 layers, 2 heads of 16, two bytes more.
        Assert.Equal(4 * 4 * 32 * 2, f32.SequenceStateBytes(0) - f16.SequenceStateBytes(0));
    }

    [Fact]
    public void Logits_are_those_of_the_tokens_that_want_them()
    {
        using LlamaContext context = Llama.Context();
        using var batch = new LlamaBatch(3);
        batch.Add(10, 0, 0, wantsLogits: false);
        batch.Add(11, 1, 0, wantsLogits: true);
        batch.Add(12, 2, 0, wantsLogits: true);
        Assert.Equal(DecodeResult.Ok, context.Decode(batch));
        float[] second = context.GetLogits(1).ToArray();
        float[] third = context.GetLogits(2).ToArray();

        Assert.Equal(512, second.Length);
        Assert.All(second, logit => Assert.True(float.IsFinite(logit)));
        Assert.NotEqual(second, third);
        Assert.Throws<ArgumentOutOfRangeException>(() => context.GetLogits(0).Length);
        Assert.Throws<ArgumentOutOfRangeException>(() => context.GetLogits(3).Length);

        context.ClearMemory();
        float[] again = context.GetLogits(Llama.Decode(context, [10, 11])).ToArray();
        AssertClose(second, again);
    }

    [Fact]
    public void Embeddings_are_there_when_asked_for()
    {
        using LlamaContext context = Llama.Context(options: new LlamaContextOptions { ContextLength = 256, Embeddings = true });
        using var batch = new LlamaBatch(2);
        batch.Add(1, 0, 0, wantsLogits: true);
        batch.Add(2, 1, 0, wantsLogits: true);
        Assert.Equal(DecodeResult.Ok, context.Decode(batch));

        Assert.Equal(64, context.GetEmbeddings(1).Length);
        Assert.Contains(context.GetEmbeddings(1).ToArray(), value => value != 0);

        using LlamaContext without = Llama.Context();
        _ = Llama.Decode(without, [1]);
        Assert.Throws<ArgumentOutOfRangeException>(() => without.GetEmbeddings(0).Length);
    }

    [Fact]
    public void Timings_are_kept_when_asked_for()
    {
        using LlamaContext timed = Llama.Context(options: new LlamaContextOptions { ContextLength = 256, NoPerf = false });
        _ = Llama.Decode(timed, [1, 2, 3, 4, 5]);
        _ = timed.GetLogits(4);
        _ = Llama.Decode(timed, [6], position: 5);
        _ = timed.GetLogits(0);

        Assert.Equal(5, timed.Timings.PromptTokens);
        Assert.Equal(1, timed.Timings.GeneratedTokens);
        Assert.True(timed.Timings.Prompt > TimeSpan.Zero);
        Assert.True(timed.Timings.Generation > TimeSpan.Zero);

        timed.ResetTimings();
        Assert.Equal(TimeSpan.Zero, timed.Timings.Prompt);
    }

    [Fact]
    public void A_warm_up_leaves_nothing_behind()
    {
        using LlamaContext context = Llama.Context(options: new LlamaContextOptions { ContextLength = 256, Threads = 2, BatchThreads = 2 });

        Assert.Equal(DecodeResult.Ok, context.WarmUp());

        Assert.Equal(-1, context.PositionMax(0));
        Assert.Equal((2, 2), (context.Threads, context.BatchThreads));
    }

    [Fact]
    public void Options_that_llama_cpp_cannot_do_are_refused()
    {
        foreach (LlamaContextOptions options in (LlamaContextOptions[])
        [
            new() { ContextLength = -1 },
            new() { BatchSize = 0 },
            new() { MicroBatchSize = 0 },
            new() { BatchSize = 4, MaxSequences = 5 },
            new() { MaxSequences = 5, MaxOutputs = 4 },
            new() { MaxOutputs = -1 },
            new() { MaxOutputs = 4, Embeddings = true },
            new() { MaxSequences = 0 },
            new() { MaxSequences = 100_000 },
            new() { Threads = 0 },
            new() { BatchThreads = 513 },
            new() { KvTypeK = GgmlType.I8 },
            new() { KvTypeV = GgmlType.TQ2_0 },
        ])
        {
            Assert.Throws<ArgumentOutOfRangeException>(() => new LlamaContext(Llama.Model(), options));
        }
    }

    [Fact]
    public void A_context_that_llama_cpp_refuses_says_why()
    {
        var options = new LlamaContextOptions { ContextLength = 256, KvTypeK = GgmlType.Q8_0 };

        var refused = Assert.Throws<InvalidOperationException>(() => Llama.Context(options: options));

        Assert.Contains("K cache type q8_0 with block size 32", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_disposed_context_says_so()
    {
        LlamaContext context = Llama.Context();
        context.Dispose();
        context.Dispose();
        using var batch = new LlamaBatch(1);
        batch.Add(1, 0, 0, true);

        Assert.Throws<ObjectDisposedException>(() => context.Decode(batch));
        Assert.Throws<ObjectDisposedException>(() => context.PositionMax(0));
        Assert.Throws<ObjectDisposedException>(() => context.GetLogits(0).Length);
        Assert.Throws<ObjectDisposedException>(() => context.Threads);
        Assert.Throws<ObjectDisposedException>(() => context.ClearMemory());
    }

    internal static void AssertClose(float[] expected, float[] actual) =>
        Assert.All(expected.Zip(actual), pair => Assert.Equal(pair.First, pair.Second, 0.01f));
}
