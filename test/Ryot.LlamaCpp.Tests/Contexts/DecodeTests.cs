using Ryot.LlamaCpp.Tests.Support;

namespace Ryot.LlamaCpp.Tests.Contexts;

public sealed class DecodeTests
{
    private static readonly int[][] _prompts = [[1, 300, 400], [1, 301], [1, 302, 100, 200, 310, 311, 312], [1, 5, 6, 7, 8]];

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Sequences_in_one_batch_generate_what_they_do_alone(bool unified)
    {
        const int count = 24;
        var options = new LlamaContextOptions { ContextLength = 1024, MaxSequences = 4, KvUnified = unified };
        int[][] together = Together(options, count);

        for (int i = 0; i < _prompts.Length; i++)
        {
            using LlamaSampler sampler = Llama.Chain().Greedy();
            Assert.Equal(Llama.Generate(Llama.Model(), sampler, _prompts[i], count), together[i]);
        }
    }

    [Fact]
    public void A_prompt_in_chunks_gives_what_it_does_in_one_batch()
    {
        int[] prompt = [1, .. Enumerable.Range(100, 40)];
        using LlamaContext whole = Llama.Context();
        float[] expected = whole.GetLogits(Llama.Decode(whole, prompt)).ToArray();

        using LlamaContext chunked = Llama.Context();
        _ = Llama.Decode(chunked, prompt.AsSpan(0, 7));
        _ = Llama.Decode(chunked, prompt.AsSpan(7, 30), position: 7);
        int index = Llama.Decode(chunked, prompt.AsSpan(37), position: 37);

        ContextTests.AssertClose(expected, chunked.GetLogits(index).ToArray());
    }

    [Fact]
    public void A_token_can_belong_to_several_sequences()
    {
        using LlamaContext context = Llama.Context();
        using var batch = new LlamaBatch(4, maxSequencesPerToken: 2);
        batch.Add(1, 0, [0, 1], false);
        batch.Add(300, 1, [0, 1], false);
        int first = batch.Add(301, 2, 0, true);
        int second = batch.Add(302, 2, 1, true);
        Assert.Equal(DecodeResult.Ok, context.Decode(batch));
        float[][] shared = [context.GetLogits(first).ToArray(), context.GetLogits(second).ToArray()];

        for (int i = 0; i < 2; i++)
        {
            context.ClearMemory();
            ContextTests.AssertClose(shared[i], context.GetLogits(Llama.Decode(context, [1, 300, 301 + i])).ToArray());
        }
    }

    [Fact]
    public void Decoding_and_sampling_allocate_nothing()
    {
        using LlamaContext context = Llama.Context();
        using var batch = new LlamaBatch(8);
        using LlamaSampler sampler = Llama.Chain().Penalties(16, 1.1f).TopK(20).TopP(0.9f).Temperature(0.8f).Random(1);
        int position = 0;
        for (int i = 0; i < 20; i++) position = Step(context, batch, sampler, position);

        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 200; i++) position = Step(context, batch, sampler, position);

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void A_full_cache_is_no_slot_and_changes_nothing()
    {
        using LlamaContext context = Llama.Context(options: new LlamaContextOptions { ContextLength = 256, MaxSequences = 2, KvUnified = true });
        _ = Llama.Decode(context, [1, .. Enumerable.Repeat(7, 249)]);
        using var batch = new LlamaBatch(10);
        for (int i = 0; i < 10; i++) batch.Add(8, i, 1, i == 9);

        Assert.Equal(DecodeResult.NoSlot, context.Decode(batch));
        Assert.Equal((249, -1), (context.PositionMax(0), context.PositionMax(1)));

        Assert.True(context.RemoveSequence(0));
        Assert.Equal(DecodeResult.Ok, context.Decode(batch));
        Assert.Equal(9, context.PositionMax(1));
    }

    [Fact]
    public void A_batch_that_makes_no_sense_is_invalid_and_changes_nothing()
    {
        using LlamaContext context = Llama.Context();
        _ = Llama.Decode(context, [1, 2, 3]);
        using var batch = new LlamaBatch(4);
        Assert.Equal(DecodeResult.InvalidBatch, context.Decode(batch));

        batch.Add(4, 10, 0, true);
        Assert.Equal(DecodeResult.InvalidBatch, context.Decode(batch));

        batch.Clear();
        batch.Add(512, 3, 0, true);
        Assert.Equal(DecodeResult.InvalidBatch, context.Decode(batch));

        batch.Clear();
        batch.Add(-1, 3, 0, true);
        Assert.Equal(DecodeResult.InvalidBatch, context.Decode(batch));
        Assert.Equal(2, context.PositionMax(0));
    }

    [Fact]
    public void What_would_end_the_process_is_refused_before()
    {
        using LlamaContext context = Llama.Context();
        using var large = new LlamaBatch(65);
        for (int i = 0; i < 65; i++) large.Add(1, i, 0, false);
        Assert.Contains("65 tokens", Assert.Throws<ArgumentException>(() => context.Decode(large)).Message, StringComparison.Ordinal);

        using var stray = new LlamaBatch(1);
        stray.Add(1, 0, 4, true);
        Assert.Contains("sequence 4", Assert.Throws<ArgumentException>(() => context.Decode(stray)).Message, StringComparison.Ordinal);

        using LlamaContext narrow = Llama.Context(options: new LlamaContextOptions { ContextLength = 256, MaxOutputs = 1 });
        Assert.Equal(DecodeResult.Ok, narrow.WarmUp());
        using var greedy = new LlamaBatch(2);
        for (int i = 0; i < 2; i++) greedy.Add(1, i, 0, true);
        Assert.Contains("2 tokens of the batch want logits", Assert.Throws<ArgumentException>(() => narrow.Decode(greedy)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_batch_keeps_to_its_capacity()
    {
        using var batch = new LlamaBatch(2);
        Assert.Equal((0, 1, 2), (batch.Add(1, 0, 0, false), batch.Add(1, 1, 0, false), batch.Count));
        Assert.Throws<InvalidOperationException>(() => batch.Add(1, 2, 0, false));
        Assert.Throws<ArgumentException>(() => Cleared(batch).Add(1, 0, [0, 1], false));
        Assert.Throws<ArgumentException>(() => Cleared(batch).Add(1, 0, [], false));
        Assert.Throws<ArgumentOutOfRangeException>(() => Cleared(batch).Add(1, -1, 0, false));
        Assert.Throws<ArgumentOutOfRangeException>(() => Cleared(batch).Add(1, 0, -1, false));
        batch.Dispose();
        Assert.Throws<ObjectDisposedException>(() => batch.Add(1, 0, 0, false));
    }

    [Fact]
    public void An_abort_stops_a_pass_until_it_is_cleared()
    {
        using LlamaContext context = Llama.Context();
        using var batch = new LlamaBatch(1);
        batch.Add(1, 0, 0, true);

        context.AbortRequested = true;
        Assert.Equal(DecodeResult.Aborted, context.Decode(batch));

        context.AbortRequested = false;
        _ = context.RemoveSequence(0);
        Assert.Equal(DecodeResult.Ok, context.Decode(batch));
    }

    [Fact]
    public async Task An_abort_from_another_thread_stops_a_pass_that_runs()
    {
        // Long enough to be met in the middle: a wide model, one token at a time in large batches.
        LlamaModel model = Llama.Model(Ryot.Testing.Models.TestModels.Llama(new() { Width = 512, Layers = 8, ContextLength = 4096 }));
        using LlamaContext context = Llama.Context(model, new LlamaContextOptions { ContextLength = 4096, BatchSize = 4096, MicroBatchSize = 512 });
        using var batch = new LlamaBatch(4096);
        for (int i = 0; i < 4096; i++) batch.Add(1 + i % 500, i, 0, i == 4095);
        using var started = new ManualResetEventSlim();

        Task<DecodeResult> decode = Task.Run(() =>
        {
            started.Set();
            return context.Decode(batch);
        });
        started.Wait(TestContext.Current.CancellationToken);
        await Task.Delay(50, TestContext.Current.CancellationToken);
        context.AbortRequested = true;

        Assert.Equal(DecodeResult.Aborted, await decode);
        Assert.True(context.PositionMax(0) < 4095);
    }

    private static LlamaBatch Cleared(LlamaBatch batch)
    {
        batch.Clear();
        return batch;
    }

    private static int Step(LlamaContext context, LlamaBatch batch, LlamaSampler sampler, int position)
    {
        batch.Clear();
        batch.Add(position == 0 ? 1 : 300, position, 0, true);
        batch.Add(301, position, 1, true);
        if (context.Decode(batch) != DecodeResult.Ok) throw new InvalidOperationException("The pass failed.");
        _ = sampler.Sample(context, 0);
        _ = sampler.Sample(context, 1);
        return position + 1;
    }

    private static int[][] Together(LlamaContextOptions options, int count)
    {
        using LlamaContext context = Llama.Context(options: options);
        using var batch = new LlamaBatch(64);
        int[] logits = new int[_prompts.Length];
        for (int sequence = 0; sequence < _prompts.Length; sequence++)
        {
            int[] prompt = _prompts[sequence];
            for (int i = 0; i < prompt.Length; i++) logits[sequence] = batch.Add(prompt[i], i, sequence, i == prompt.Length - 1);
        }

        int[][] generated = [.. _prompts.Select(_ => new int[count])];
        for (int step = 0; step < count; step++)
        {
            Assert.Equal(DecodeResult.Ok, context.Decode(batch));
            for (int sequence = 0; sequence < generated.Length; sequence++) generated[sequence][step] = Llama.ArgMax(context.GetLogits(logits[sequence]));
            batch.Clear();
            for (int sequence = 0; sequence < generated.Length; sequence++)
            {
                logits[sequence] = batch.Add(generated[sequence][step], _prompts[sequence].Length + step, sequence, true);
            }
        }

        return generated;
    }
}
