using Ryot.Testing.Models;

namespace Ryot.LlamaCpp.Tests.Models;

public sealed class MemoryEstimateTests
{
    private static readonly LlamaContextOptions _options = new() { ContextLength = 2048, MaxSequences = 4, MaxOutputs = 4, KvUnified = true };

    public static TheoryData<string, LlamaContextOptions> Cases
    {
        get
        {
            LlamaContextOptions[] contexts =
            [
                _options,
                _options with { MaxOutputs = 0, KvUnified = false },
                _options with { ContextLength = 1000, MicroBatchSize = 64, KvTypeK = GgmlType.F32 },
                _options with { ContextLength = 4096, BatchSize = 256, FlashAttention = FlashAttention.Disabled },
                _options with { ContextLength = 0 },
            ];
            var cases = new TheoryData<string, LlamaContextOptions>();
            foreach (string kind in (string[])["llama", "llama-wide", "llama-vocabulary", "gpt2", "bitnet", "gemma2", "mamba", "jamba"])
            {
                foreach (LlamaContextOptions context in contexts) cases.Add(kind, context);
            }

            return cases;
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void What_is_estimated_is_what_is_allocated_or_a_little_more(string kind, LlamaContextOptions options)
    {
        using LlamaModel model = LlamaModel.Load(FileOf(kind));
        LlamaDeviceMemory real = Observe(model, options);
        LlamaDeviceMemory estimate = Assert.Single(LlamaMemoryEstimate.Estimate(model.Header, options));

        Assert.Equal(real.KvCacheBytes, estimate.KvCacheBytes);
        Assert.Equal(real.RecurrentStateBytes, estimate.RecurrentStateBytes);
        Assert.Equal(real.OutputBytes, estimate.OutputBytes);
        Assert.InRange(estimate.WeightsBytes, 0.99 * real.WeightsBytes, real.WeightsBytes);
        Assert.InRange((double)estimate.ComputeBytes / real.ComputeBytes, 1, 2.5);
        Assert.InRange((double)estimate.TotalBytes / real.TotalBytes, 1, 1.5);
    }

    [Theory]
    [InlineData("llama", 4)]
    [InlineData("llama-wide", 68)]
    [InlineData("llama-vocabulary", 16)]
    public void Of_a_llama_it_is_hardly_more(string kind, int sequences)
    {
        using LlamaModel model = LlamaModel.Load(FileOf(kind));
        LlamaContextOptions options = _options with { MaxSequences = sequences, MaxOutputs = sequences };

        Assert.InRange((double)LlamaMemoryEstimate.Estimate(model.Header, options)[0].TotalBytes / Observe(model, options).TotalBytes, 1, 1.05);
    }

    [Fact]
    public void Quantized_caches_are_counted_with_their_scales()
    {
        using LlamaModel model = LlamaModel.Load(TestModels.Llama(new TestModelOptions { Heads = 2 }));
        LlamaContextOptions options = _options with { KvTypeK = GgmlType.Q8_0, KvTypeV = GgmlType.Q4_0, FlashAttention = FlashAttention.Enabled };

        Assert.Equal(Observe(model, options).KvCacheBytes, LlamaMemoryEstimate.Estimate(model.Header, options)[0].KvCacheBytes);
    }

    [Theory]
    [InlineData(0, 4)]
    [InlineData(1, 4)]
    [InlineData(3, 2)]
    [InlineData(-1, 0)]
    [InlineData(99, 0)]
    public void Layers_on_a_GPU_take_their_weights_and_their_cache_with_them(int gpuLayers, int layersOnCpu)
    {
        GgufHeader header = GgufFile.ReadHeader(TestModels.Llama());
        IReadOnlyList<LlamaDeviceMemory> devices = LlamaMemoryEstimate.Estimate(header, _options, gpuLayers);
        LlamaDeviceMemory all = LlamaMemoryEstimate.Estimate(header, _options)[0];

        Assert.Equal(gpuLayers == 0 ? ["cpu"] : ["cpu", "0"], devices.Select(device => device.DeviceId));
        Assert.Equal(all.WeightsBytes, devices.Sum(device => device.WeightsBytes));
        Assert.Equal(all.KvCacheBytes, devices.Sum(device => device.KvCacheBytes));
        Assert.Equal(all.KvCacheBytes / 4 * layersOnCpu, devices[0].KvCacheBytes);
        long output = header.Tensors.Where(tensor => tensor.Name.StartsWith("output", StringComparison.Ordinal)).Sum(tensor => tensor.Bytes);
        if (gpuLayers == 1) Assert.Equal(output, devices[1].WeightsBytes);
    }

    [Fact]
    public void The_caches_shape_follows_the_header()
    {
        CacheShape shape = CacheShape.Read(GgufFile.ReadHeader(TestModels.Jamba()));

        Assert.Equal([0, 2, 0, 2], shape.KvHeads);
        Assert.Equal((16, 16), (shape.KeyLength, shape.ValueLength));
        Assert.Equal(2 * 2 * 32 * 2, shape.BytesPerToken(GgmlType.F16, GgmlType.F16));
        Assert.Equal(2 * (16 * 4 + 16 * 2), shape.BytesPerToken(GgmlType.F32, GgmlType.F16, 1, 2));

        string latent = TestModels.NewFile("latent.gguf");
        TestModels.Draft("llama").Add("llama.attention.key_length", 576u).Add("llama.attention.key_length_mla", 192u).WriteTo(latent);
        Assert.Equal((576, 0), (CacheShape.Read(GgufFile.ReadHeader(latent)).KeyLength, CacheShape.Read(GgufFile.ReadHeader(latent)).ValueLength));
    }

    private static LlamaDeviceMemory Observe(LlamaModel model, LlamaContextOptions options)
    {
        using LlamaContext context = new(model, options with { ObserveGraph = true });
        var observer = new MemoryObserver();
        context.GraphObserver = observer;
        Assert.Equal(DecodeResult.Ok, context.WarmUp());
        return Assert.Single(observer.Read()) with { OutputBytes = context.OutputBytes };
    }

    private static string FileOf(string kind) => kind switch
    {
        "llama-wide" => TestModels.Llama(new TestModelOptions { Width = 256, Layers = 2, Encoding = TensorEncoding.Q8_0 }),
        "llama-vocabulary" => TestModels.Llama(new TestModelOptions { VocabularySize = 20_000 }),
        "gpt2" => TestModels.Gpt2(),
        "bitnet" => TestModels.BitNet(),
        "gemma2" => TestModels.Gemma2(),
        "mamba" => TestModels.Mamba(),
        "jamba" => TestModels.Jamba(),
        _ => TestModels.Llama(),
    };
}
