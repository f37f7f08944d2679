using Ryot.LlamaCpp.Tests.Support;

namespace Ryot.LlamaCpp.Tests.Contexts;

public sealed class MemoryTests
{
    private static readonly int[] _prompt = [1, 300, 301, 302, 303, 304, 305, 306];

    [Fact]
    public void Positions_tell_what_is_in_the_cache()
    {
        using LlamaContext context = Llama.Context();
        Assert.Equal((-1, -1), (context.PositionMin(0), context.PositionMax(0)));

        _ = Llama.Decode(context, _prompt);

        Assert.Equal((0, 7), (context.PositionMin(0), context.PositionMax(0)));
        Assert.Equal(-1, context.PositionMax(1));
    }

    [Fact]
    public void A_removed_end_can_be_decoded_again_to_the_same_logits()
    {
        using LlamaContext context = Llama.Context();
        float[] expected = context.GetLogits(Llama.Decode(context, _prompt)).ToArray();

        Assert.True(context.RemoveSequence(0, from: 5));
        Assert.Equal(4, context.PositionMax(0));

        int index = Llama.Decode(context, _prompt.AsSpan(5), position: 5);
        ContextTests.AssertClose(expected, context.GetLogits(index).ToArray());
    }

    [Fact]
    public void A_copied_prefix_serves_another_sequence()
    {
        using LlamaContext context = Llama.Context();
        float[] expected = context.GetLogits(Llama.Decode(context, _prompt)).ToArray();

        context.CopySequence(0, 2, to: 6);
        Assert.Equal((0, 5), (context.PositionMin(2), context.PositionMax(2)));
        int index = Llama.Decode(context, _prompt.AsSpan(6), sequence: 2, position: 6);

        ContextTests.AssertClose(expected, context.GetLogits(index).ToArray());
        Assert.True(context.RemoveSequence(0));
        Assert.Equal((-1, 7), (context.PositionMax(0), context.PositionMax(2)));
    }

    [Fact]
    public void Copying_with_shared_cells_takes_no_room()
    {
        using LlamaContext context = Llama.Context(options: new LlamaContextOptions { ContextLength = 256, MaxSequences = 8, KvUnified = true });
        _ = Llama.Decode(context, [1, .. Enumerable.Repeat(300, 199)]);
        for (int sequence = 1; sequence < 8; sequence++) context.CopySequence(0, sequence);

        for (int sequence = 0; sequence < 7; sequence++) _ = Llama.Decode(context, [301, 302, 303, 304, 305, 306, 307], sequence, position: 200);

        Assert.Equal(206, context.PositionMax(6));
    }

    [Fact]
    public void Without_shared_cells_only_a_whole_sequence_is_copied()
    {
        using LlamaContext context = Llama.Context(options: new LlamaContextOptions { ContextLength = 1024, MaxSequences = 4 });
        float[] expected = context.GetLogits(Llama.Decode(context, _prompt)).ToArray();

        Assert.Throws<InvalidOperationException>(() => context.CopySequence(0, 1, to: 4));
        context.CopySequence(0, 1);
        Assert.True(context.RemoveSequence(1, from: 7));
        int index = Llama.Decode(context, _prompt.AsSpan(7), sequence: 1, position: 7);

        ContextTests.AssertClose(expected, context.GetLogits(index).ToArray());
    }

    [Fact]
    public void Keeping_one_sequence_removes_the_others()
    {
        using LlamaContext context = Llama.Context();
        for (int sequence = 0; sequence < 3; sequence++) _ = Llama.Decode(context, _prompt, sequence);

        context.KeepSequence(1);

        Assert.Equal((-1, 7, -1), (context.PositionMax(0), context.PositionMax(1), context.PositionMax(2)));
        context.ClearMemory(eraseData: true);
        Assert.Equal(-1, context.PositionMax(1));
    }

    [Fact]
    public void A_shift_moves_positions_and_decoding_goes_on()
    {
        using LlamaContext context = Llama.Context();
        Assert.True(context.CanShift);
        _ = Llama.Decode(context, _prompt);

        Assert.True(context.RemoveSequence(0, from: 2, to: 4));
        context.ShiftSequence(0, from: 4, to: -1, delta: -2);

        Assert.Equal((0, 5), (context.PositionMin(0), context.PositionMax(0)));
        int index = Llama.Decode(context, [307], position: 6);
        Assert.All(context.GetLogits(index).ToArray(), logit => Assert.True(float.IsFinite(logit)));
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(4)]
    [InlineData(100)]
    [InlineData(int.MinValue)]
    public void A_sequence_that_does_not_exist_is_refused(int sequence)
    {
        using LlamaContext context = Llama.Context();

        Assert.Throws<ArgumentOutOfRangeException>(() => context.RemoveSequence(sequence));
        Assert.Throws<ArgumentOutOfRangeException>(() => context.CopySequence(0, sequence));
        Assert.Throws<ArgumentOutOfRangeException>(() => context.CopySequence(sequence, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => context.KeepSequence(sequence));
        Assert.Throws<ArgumentOutOfRangeException>(() => context.ShiftSequence(sequence, 0, 1, 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => context.PositionMin(sequence));
        Assert.Throws<ArgumentOutOfRangeException>(() => context.PositionMax(sequence));
        Assert.Throws<ArgumentOutOfRangeException>(() => context.SequenceStateBytes(sequence));
    }

    [Fact]
    public void The_state_grows_with_what_is_cached()
    {
        using LlamaContext context = Llama.Context();
        long empty = context.StateBytes;
        _ = Llama.Decode(context, _prompt);

        Assert.True(context.StateBytes > empty);
        Assert.True(context.SequenceStateBytes(0) > context.SequenceStateBytes(1));
    }
}
