using Ryot.LlamaCpp.Tests.Support;
using Ryot.Testing.Models;

namespace Ryot.LlamaCpp.Tests.Models;

public sealed class ModelTests
{
    public static TheoryData<string, TensorEncoding, GgmlType, string> Kinds => new()
    {
        { "llama", TensorEncoding.F32, GgmlType.F32, "all F32" },
        { "llama", TensorEncoding.F16, GgmlType.F16, "F16" },
        { "llama", TensorEncoding.Q8_0, GgmlType.Q8_0, "Q8_0" },
        { "gpt2", TensorEncoding.F32, GgmlType.F32, "all F32" },
        { "bitnet", TensorEncoding.TQ2_0, GgmlType.TQ2_0, "TQ2_0 - 2.06 bpw ternary" },
    };

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Each_kind_of_model_loads_tells_what_it_is_and_generates(string architecture, TensorEncoding encoding, GgmlType type, string fileType)
    {
        LlamaModel model = Llama.Model(Path(architecture, new TestModelOptions { Encoding = encoding }));

        Assert.Equal(architecture, model.Architecture);
        Assert.Equal(type, model.DominantType);
        Assert.Equal(fileType, model.FileType);
        Assert.Equal($"Ryot test model ({architecture})", model.Name);
        Assert.Equal(model.Header.ParameterCount, model.ParameterCount);
        Assert.Equal(model.Header.Tensors.Sum(tensor => tensor.Bytes), model.SizeBytes);
        Assert.Equal(2048, model.ContextLengthTrained);
        Assert.Equal(architecture == "bitnet" ? 256 : 64, model.EmbeddingLength);
        Assert.Equal(4, model.LayerCount);
        Assert.Equal(4, model.HeadCount);
        Assert.Equal(architecture == "gpt2" ? 4 : 2, model.KvHeadCount);
        Assert.Equal(0, model.SlidingWindow);
        Assert.Equal((false, true), (model.HasEncoder, model.HasDecoder));
        Assert.Equal((false, false), (model.IsRecurrent, model.IsHybrid));
        Assert.Equal(TestVocabulary.ChatMlTemplate, model.ChatTemplate);
        Assert.Equal(architecture, model.Metadata["general.architecture"]);
        Assert.Contains(architecture, model.Description, StringComparison.Ordinal);

        using LlamaSampler sampler = Llama.Chain(model).TopK(40).Random(1);
        int[] text = Llama.Generate(model, sampler, [1, 2, 3], 20);
        Assert.All(text, token => Assert.InRange(token, 0, model.Vocabulary.Count - 1));
        Assert.True(text.Distinct().Count() > 3);
    }

    // The encodings hold nearly the same weights, so the models must agree nearly: a wrong block layout would not.
    [Theory]
    [InlineData("llama", TensorEncoding.F16, 0.02)]
    [InlineData("llama", TensorEncoding.Q8_0, 0.06)]
    [InlineData("bitnet", TensorEncoding.TQ2_0, 0.06)]
    public void A_model_in_another_encoding_has_nearly_the_same_logits(string architecture, TensorEncoding encoding, double tolerance)
    {
        var options = new TestModelOptions { Width = 256, FeedForward = 256, Layers = 2 };
        float[] exact = Logits(Path(architecture, options with { Encoding = TensorEncoding.F32 }));
        float[] encoded = Logits(Path(architecture, options with { Encoding = encoding }));

        double distance = Math.Sqrt(exact.Zip(encoded, (a, b) => Math.Pow(a - b, 2)).Sum());
        Assert.InRange(distance / Math.Sqrt(exact.Sum(value => value * value)), 0, tolerance);
    }

    [Fact]
    public void Equal_options_give_equal_files_and_another_seed_another_model()
    {
        var options = new TestModelOptions { Seed = 5, Layers = 1 };

        Assert.Equal(TestModels.Llama(options), TestModels.Llama(options with { }));
        Assert.NotEqual(Logits(TestModels.Llama(options)), Logits(TestModels.Llama(options with { Seed = 6 })));
    }

    [Fact]
    public void Loading_tells_its_progress_up_to_the_end()
    {
        var progress = new List<float>();

        using (LlamaModel.Load(TestModels.Llama(), progress: progress.Add))
        {
        }

        Assert.Equal(progress.Order(), progress);
        Assert.Equal(0, progress[0]);
        Assert.Equal(1, progress[^1]);
    }

    [Fact]
    public void Loading_can_be_cancelled_while_it_runs()
    {
        using var cancel = new CancellationTokenSource();
        var progress = new List<float>();

        Assert.Throws<OperationCanceledException>(() => LlamaModel.Load(
            TestModels.Llama(),
            progress: value =>
            {
                progress.Add(value);
                if (value > 0.3) cancel.Cancel();
            },
            cancellationToken: cancel.Token));

        Assert.InRange(progress[^1], 0.3f, 0.99f);
    }

    [Fact]
    public void A_cancelled_token_loads_nothing() =>
        Assert.Throws<OperationCanceledException>(() => LlamaModel.Load(TestModels.Llama(), cancellationToken: new CancellationToken(canceled: true)));

    [Fact]
    public void An_exception_of_the_progress_callback_reaches_the_caller() =>
        Assert.Throws<TimeZoneNotFoundException>(() => LlamaModel.Load(TestModels.Llama(), progress: _ => throw new TimeZoneNotFoundException()));

    [Fact]
    public void A_vocabulary_can_be_loaded_without_weights()
    {
        using LlamaModel model = LlamaModel.Load(TestModels.Llama(), new LlamaModelOptions { VocabularyOnly = true });

        Assert.Equal([1, .. model.Vocabulary.Tokenize("the", false, false)], model.Vocabulary.Tokenize("the", true, false));
        Assert.Equal(0, model.LayerCount);
    }

    [Theory]
    [InlineData(true, false)]
    [InlineData(false, false)]
    [InlineData(null, false)]
    public void A_model_gives_the_same_logits_mapped_and_read(bool? mmap, bool mlock)
    {
        using LlamaModel model = LlamaModel.Load(TestModels.Llama(), new LlamaModelOptions { UseMmap = mmap, UseMlock = mlock, UseExtraBufferTypes = false });

        Assert.Equal(Logits(TestModels.Llama()), Logits(model));
    }

    [Fact]
    public void Invalid_numbers_in_the_weights_are_found_when_asked_for()
    {
        string path = TestModels.NewFile("nan.gguf");
        float[] values = new float[64 * 512];
        values[1000] = float.NaN;
        TestModels.Draft("llama").RemoveTensor("output.weight").AddTensor("output.weight", [64, 512], TensorEncoding.F16, values).WriteTo(path);

        using (LlamaModel.Load(path))
        {
        }

        var refused = Assert.Throws<ModelLoadException>(() => LlamaModel.Load(path, new LlamaModelOptions { CheckTensors = true }));
        Assert.Equal(ModelLoadFailure.Refused, refused.Reason);
        Assert.Contains("invalid data", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_context_and_a_sampler_outlive_the_model_that_they_use()
    {
        LlamaModel model = LlamaModel.Load(TestModels.Llama());
        using LlamaContext context = Llama.Context(model);
        using LlamaSampler sampler = Llama.Chain(model).Greedy();
        model.Dispose();

        int index = Llama.Decode(context, [1, 2, 3]);

        Assert.InRange(sampler.Sample(context, index), 0, 511);
    }

    [Fact]
    public void A_disposed_model_says_so()
    {
        LlamaModel model = LlamaModel.Load(TestModels.Llama());
        model.Dispose();
        model.Dispose();

        Assert.Throws<ObjectDisposedException>(() => model.ParameterCount);
        Assert.Throws<ObjectDisposedException>(() => model.Vocabulary.Tokenize("x", true, true));
    }

    private static string Path(string architecture, TestModelOptions options) => architecture switch
    {
        "gpt2" => TestModels.Gpt2(options),
        "bitnet" => TestModels.BitNet(options),
        _ => TestModels.Llama(options),
    };

    private static float[] Logits(string path)
    {
        using LlamaModel model = LlamaModel.Load(path);
        return Logits(model);
    }

    private static float[] Logits(LlamaModel model)
    {
        using LlamaContext context = Llama.Context(model);
        return context.GetLogits(Llama.Decode(context, [1, 100, 300, 400, 500])).ToArray();
    }
}
