using Ryot.LlamaCpp.Tests.Support;
using Ryot.Testing.Models;

namespace Ryot.LlamaCpp.Tests.Models;

/// <summary>Which kind of memory a model has, and what can be done with it: what sharing prefixes depends on.</summary>
public sealed class MemoryKindTests
{
    private static readonly LlamaContextOptions _options = new() { ContextLength = 1024, MaxSequences = 4, KvUnified = true };

    public static TheoryData<string, bool, bool, int> Kinds => new()
    {
        { "llama", false, false, 0 },
        { "gemma2", false, false, 64 },
        { "mamba", true, false, 0 },
        { "jamba", false, true, 0 },
    };

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_model_tells_what_memory_it_has(string kind, bool recurrent, bool hybrid, int window)
    {
        LlamaModel model = Llama.Model(FileOf(kind));

        Assert.Equal(recurrent, model.IsRecurrent);
        Assert.Equal(hybrid, model.IsHybrid);
        Assert.Equal(window, model.SlidingWindow);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_part_of_a_sequence_can_be_removed_unless_layers_keep_a_state(string kind, bool recurrent, bool hybrid, int _)
    {
        using LlamaContext context = Llama.Context(Llama.Model(FileOf(kind)), _options);
        Llama.Decode(context, [1, 2, 3, 4, 5, 6]);

        Assert.Equal(!recurrent && !hybrid, context.RemoveSequence(0, 3));
        Assert.Equal(recurrent || hybrid ? 5 : 2, context.PositionMax(0));
        Assert.Equal(recurrent || hybrid ? 5 : 0, context.PositionMin(0));
        Assert.True(context.RemoveSequence(0));
        Assert.Equal(-1, context.PositionMax(0));
    }

    [Theory]
    [InlineData("llama")]
    [InlineData("gemma2")]
    public void A_shared_beginning_gives_the_text_that_computing_it_again_gives(string kind)
    {
        using LlamaContext context = Llama.Context(Llama.Model(FileOf(kind)), _options);
        int[] prompt = [.. Enumerable.Range(300, 40)];
        float[] expected = context.GetLogits(Llama.Decode(context, [.. prompt, 7, 8])).ToArray();

        Llama.Decode(context, [.. prompt, 9, 10, 11], sequence: 1);
        context.CopySequence(1, 2, 0, prompt.Length);
        float[] shared = context.GetLogits(Llama.Decode(context, [7, 8], sequence: 2, position: prompt.Length)).ToArray();

        for (int i = 0; i < expected.Length; i++) Assert.Equal(expected[i], shared[i], 0.01f);
    }

    [Fact]
    public void Layers_with_a_window_keep_what_lies_before_it()
    {
        using LlamaContext context = Llama.Context(Llama.Model(TestModels.Gemma2()), _options);
        for (int i = 0; i < 8; i++) Llama.Decode(context, [.. Enumerable.Range(300, 100)], position: 100 * i);

        // Otherwise a beginning could not be continued from a place that lies further back.
        Assert.Equal((0, 799), (context.PositionMin(0), context.PositionMax(0)));
    }

    [Theory]
    [InlineData("mamba", 0)]
    [InlineData("jamba", 2)]
    public void The_state_is_told_apart_from_the_cache(string kind, int attentionLayers)
    {
        LlamaModel model = Llama.Model(FileOf(kind));
        using LlamaContext context = new(model, _options with { ObserveGraph = true });
        var observer = new MemoryObserver();
        context.GraphObserver = observer;
        Assert.Equal(DecodeResult.Ok, context.WarmUp());
        LlamaDeviceMemory memory = Assert.Single(observer.Read());

        // A layer's state: 128 channels of 16 numbers, and 3 inputs of the convolution for each; 4 sequences.
        Assert.Equal((4 - attentionLayers) * 4 * 128 * (16 + 3) * 4, memory.RecurrentStateBytes);
        Assert.Equal(attentionLayers * 1024 * 2 * 2 * 16 * 2, memory.KvCacheBytes);
    }

    private static string FileOf(string kind) => kind switch
    {
        "gemma2" => TestModels.Gemma2(),
        "mamba" => TestModels.Mamba(),
        "jamba" => TestModels.Jamba(),
        _ => TestModels.Llama(),
    };
}
