using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using Ryot.LlamaCpp.Tests.Support;
using Ryot.Testing.Models;

namespace Ryot.LlamaCpp.Tests.Models;

/// <summary>Complete GGUF files with a bad content. What could end the process runs in one of its own.</summary>
public sealed class BadModelTests
{
    [Fact]
    public void An_unknown_architecture_is_named()
    {
        var unknown = AssertFails(ModelLoadFailure.UnknownArchitecture, Draft().Remove("general.architecture").Add("general.architecture", "llama9"));

        Assert.Contains("the architecture 'llama9', which llama.cpp v0.5.0 does not know", unknown.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_without_an_architecture_says_so() =>
        Assert.Contains("general.architecture", AssertFails(ModelLoadFailure.Corrupt, Draft().Remove("general.architecture")).Message, StringComparison.Ordinal);

    [Fact]
    public void What_llama_cpp_says_about_a_refused_model_is_in_the_message()
    {
        Assert.Contains("output_norm.weight", AssertFails(ModelLoadFailure.Refused, Draft().RemoveTensor("output_norm.weight")).Message, StringComparison.Ordinal);
        Assert.Contains(
            "llama.context_length",
            AssertFails(ModelLoadFailure.Refused, Draft().Remove("llama.context_length")).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Assertions_that_fail_while_loading_are_exceptions()
    {
        string[] paths =
        [
            Write(Draft().Add("llama.expert_count", 4u)),
            Write(Draft().Add("llama.nextn_predict_layers", 9u)),
            Write(Draft().Add("general.alignment", 1u)),
            Write(Draft().Remove("tokenizer.ggml.model").Add("tokenizer.ggml.model", "bert")),
        ];

        Probe.Result result = await Probe.RunAsync(LoadAll, string.Join('|', paths));

        Assert.True(result.ExitCode == 0, result.Output);
        Assert.Equal(paths.Length, result.Output.Split("Refused").Length - 1);
        Assert.Contains("GGML_ASSERT", result.Output, StringComparison.Ordinal);
        Assert.Contains("and a good one loads", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Assertions_that_fail_in_the_first_pass_are_exceptions_of_the_warm_up()
    {
        string path = Write(Draft().RemoveTensor("output_norm.weight").AddTensor("output_norm.weight", [64], TensorEncoding.F16, new float[64]));

        Probe.Result result = await Probe.RunAsync(WarmUp, path);

        Assert.True(result.ExitCode == 0, result.Output);
        Assert.Contains("cannot compute the model", result.Output, StringComparison.Ordinal);
        Assert.Contains("and another context works", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_assertion_that_no_guard_expects_says_why_the_process_ends()
    {
        string path = Write(Draft().RemoveTensor("output_norm.weight").AddTensor("output_norm.weight", [64], TensorEncoding.F16, new float[64]));

        Probe.Result result = await Probe.RunAsync(DecodeWithoutWarmUp, path);

        Assert.NotEqual(0, result.ExitCode);
        Assert.Contains("llama.cpp aborts the process: ggml/src/ggml-cpu", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Values_that_would_end_the_process_are_refused_before_llama_cpp_sees_them()
    {
        foreach (uint layers in (uint[])[0, 513, uint.MaxValue])
        {
            AssertFails(ModelLoadFailure.Corrupt, Draft().Remove("llama.block_count").Add("llama.block_count", layers));
        }

        foreach (float epsilon in (float[])[-1, float.NaN])
        {
            AssertFails(ModelLoadFailure.Corrupt, Draft().Remove("llama.attention.layer_norm_rms_epsilon").Add("llama.attention.layer_norm_rms_epsilon", epsilon));
        }
    }

    [Theory]
    [InlineData("llama", "<0x00>")]
    [InlineData("rwkv", " ")]
    public void A_vocabulary_that_cannot_take_every_text_is_refused(string tokenizer, string missing)
    {
        GgufWriter writer = Draft().Remove("tokenizer.ggml.model").Add("tokenizer.ggml.model", tokenizer)
            .Remove("tokenizer.ggml.tokens").Add("tokenizer.ggml.tokens", [.. Enumerable.Range(0, 512).Select(token => $"token {token}")]);

        Assert.Contains($"no token for the byte '{missing}'", AssertFails(ModelLoadFailure.Corrupt, writer).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("llama")]
    [InlineData("gpt2")]
    [InlineData("bitnet")]
    public async Task Flipped_bits_in_the_header_never_end_the_process(string architecture)
    {
        Probe.Result result = await Probe.RunAsync(FlipBits, architecture);

        Assert.True(result.ExitCode == 0, result.Output);
        Assert.Contains("survived", result.Output, StringComparison.Ordinal);
    }

    private static void LoadAll(string paths)
    {
        LlamaLibrary.Load(null, NullLoggerFactory.Instance);
        foreach (string path in paths.Split('|'))
        {
            ModelLoadException failure = Assert.Throws<ModelLoadException>(() => LlamaModel.Load(path));
            Console.WriteLine($"{failure.Reason}: {failure.Message}");
        }

        using LlamaModel good = LlamaModel.Load(TestModels.Llama());
        Console.WriteLine("and a good one loads");
    }

    private static void WarmUp(string path)
    {
        LlamaLibrary.Load(null, NullLoggerFactory.Instance);
        using LlamaModel model = LlamaModel.Load(path);
        using (var context = new LlamaContext(model, new LlamaContextOptions { ContextLength = 256, Threads = 2, BatchThreads = 2 }))
        {
            Console.WriteLine(Assert.Throws<InvalidOperationException>(() => context.WarmUp()).Message);
        }

        using LlamaModel good = LlamaModel.Load(TestModels.Llama());
        using var other = new LlamaContext(good, new LlamaContextOptions { ContextLength = 256 });
        Assert.Equal(DecodeResult.Ok, other.WarmUp());
        Console.WriteLine("and another context works");
    }

    private static void DecodeWithoutWarmUp(string path)
    {
        LlamaLibrary.Load(null, NullLoggerFactory.Instance);
        using LlamaModel model = LlamaModel.Load(path);
        using var context = new LlamaContext(model, new LlamaContextOptions { ContextLength = 256 });
        using var batch = new LlamaBatch(1);
        batch.Add(1, 0, 0, true);
        _ = context.Decode(batch);
    }

    // Half of the flips hit the scalars in front, where they do most; the rest is nearly all vocabulary.
    private static void FlipBits(string architecture)
    {
        LlamaLibrary.Load(null, NullLoggerFactory.Instance);
        using var stream = new MemoryStream();
        TestModels.Draft(architecture, new TestModelOptions { Layers = 1, ContextLength = 64 }).WriteTo(stream);
        byte[] original = stream.ToArray();
        string path = TestModels.NewFile("flipped.gguf");
        File.WriteAllBytes(path, original);
        int header = (int)GgufFile.ReadHeader(path).DataOffset;

        int refused = 0;
        for (int seed = 0; seed < 200; seed++)
        {
            var random = new Random(seed);
            byte[] flipped = [.. original];
            for (int i = 0; i <= random.Next(3); i++) flipped[random.Next(random.Next(2) == 0 ? 900 : header)] ^= (byte)(1 << random.Next(8));
            File.WriteAllBytes(path, flipped);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"seed {seed}"));
            try
            {
                LoadAndGenerate(path);
            }
            catch (Exception e) when (e is ModelLoadException or InvalidOperationException)
            {
                refused++;
            }
        }

        Console.WriteLine($"survived, {refused} refused");
    }

    private static void LoadAndGenerate(string path)
    {
        using LlamaModel model = LlamaModel.Load(path);
        using var context = new LlamaContext(model, new LlamaContextOptions { ContextLength = 256, BatchSize = 32, MicroBatchSize = 32 });
        if (context.WarmUp() != DecodeResult.Ok) return;
        using var batch = new LlamaBatch(1);
        using LlamaSampler sampler = new LlamaSamplerBuilder(model.Vocabulary).TopK(20).TopP(0.9f).Temperature(0.8f).Random(1);
        batch.Add(0, 0, 0, true);
        if (context.Decode(batch) == DecodeResult.Ok) _ = model.Vocabulary.GetPiece(sampler.Sample(context, 0));
    }

    private static GgufWriter Draft() => TestModels.Draft("llama", new TestModelOptions { Layers = 2 });

    private static ModelLoadException AssertFails(ModelLoadFailure reason, GgufWriter writer)
    {
        string path = Write(writer);
        var failure = Assert.Throws<ModelLoadException>(() => LlamaModel.Load(path));
        Assert.True(reason == failure.Reason, failure.Message);
        return failure;
    }

    private static string Write(GgufWriter writer)
    {
        string path = TestModels.NewFile("bad.gguf");
        writer.WriteTo(path);
        return path;
    }
}
