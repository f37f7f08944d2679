using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Ryot.Engine.Llama;
using Ryot.Engine.Models;
using Ryot.Engine.Requests;
using Ryot.LlamaCpp;
using Ryot.Metrics;
using Ryot.Testing.Models;
using Xunit;

namespace Ryot.Engine.Tests.Llama;

/// <summary>What a loaded model tells of its memory and of its passes, and how its cache can be stored.</summary>
public sealed class LlamaRunnerTests
{
    private static readonly ModelOptions _options = new() { Id = "m", Path = TestModels.Llama(), ContextLength = 512, MaxSequences = 4, Threads = 1 };

    [Fact]
    public void The_memory_is_known_as_soon_as_the_model_is_loaded()
    {
        using var runner = Load(_options);
        var memory = runner.Memory;
        var cpu = Assert.Single(memory.Devices);

        Assert.Equal("cpu", cpu.DeviceId);
        Assert.InRange(cpu.WeightsBytes, runner.Info.SizeBytes, runner.Info.SizeBytes * 1.01);
        // 4 layers, keys and values, 2 heads of 16 numbers, 2 bytes each.
        Assert.Equal(4 * 2 * 2 * 16 * 2, memory.KvBytesPerToken);
        Assert.Equal(512 * memory.KvBytesPerToken, cpu.KvCacheBytes);
        Assert.True(cpu.ActivationsBytes > 0);
        Assert.Equal(cpu.WeightsBytes + cpu.KvCacheBytes + cpu.ActivationsBytes, cpu.PeakBytes);
        Assert.InRange(cpu.DeviceUsedBytes, 1, cpu.DeviceTotalBytes);
        Assert.Equal("float16", memory.DataType);
    }

    [Fact]
    public void What_was_estimated_before_is_close_to_it()
    {
        using var runner = Load(_options with { ContextLength = 0 });
        var real = Assert.Single(runner.Memory.Devices);
        var estimate = Assert.Single(LlamaBackend.EstimateMemory(_options with { ContextLength = 0 }));

        Assert.Equal(real.KvCacheBytes, estimate.KvCacheBytes);
        Assert.InRange((double)estimate.TotalBytes / real.PeakBytes, 1, 1.05);
        Assert.Throws<ModelUnavailableException>(() => LlamaBackend.EstimateMemory(_options with { Path = "/no such file" }));
    }

    [Fact]
    public async Task The_first_pass_is_profiled_and_then_one_in_so_many()
    {
        var capture = new CapturingBackend();
        await using var engine = await StartAsync(_options with { ProfileEvery = 1000 }, capture);
        Assert.True(double.IsNaN(capture.Runner!.Kernels.MatMul));

        await GenerateAsync(engine.Models[0], 2);
        var first = capture.Runner.Kernels;
        Assert.Equal(1, first.MatMul + first.Attention + first.Other, 1e-6);
        Assert.True(first is { MatMul: > 0, Attention: > 0, Other: > 0 }, first.ToString());

        await GenerateAsync(engine.Models[0], 50);
        Assert.Equal(first, capture.Runner.Kernels);
    }

    [Theory]
    [InlineData(0, false)]
    [InlineData(3, true)]
    public async Task Profiling_can_be_switched_off_and_does_not_change_the_text(int every, bool isProfiled)
    {
        var capture = new CapturingBackend();
        await using var engine = await StartAsync(_options with { ProfileEvery = every }, capture);
        await using var other = await StartAsync(_options with { ProfileEvery = 1 }, new CapturingBackend());

        Assert.Equal(await GenerateAsync(other.Models[0], 40), await GenerateAsync(engine.Models[0], 40));
        Assert.Equal(isProfiled, !double.IsNaN(capture.Runner!.Kernels.Other));
    }

    [Fact]
    public async Task Metrics_tell_what_the_model_has_allocated_and_how_its_time_is_shared()
    {
        var capture = new CapturingBackend();
        var metrics = new RyotMetrics(TimeProvider.System);
        await using var engine = await StartAsync(_options, capture, metrics);
        await GenerateAsync(engine.Models[0], 20);
        using var text = new MemoryStream();
        await metrics.Registry.WriteAsync(text, ExpositionFormat.PrometheusText, cancellation: TestContext.Current.CancellationToken);
        var exposed = Encoding.UTF8.GetString(text.ToArray());

        var cpu = capture.Runner!.Memory.Devices[0];
        AssertExposed("model_weights", cpu.WeightsBytes);
        AssertExposed("kv_cache", cpu.KvCacheBytes);
        AssertExposed("activations", cpu.ActivationsBytes);
        AssertExposed("peak", cpu.PeakBytes);
        foreach (var kind in new[] { "matmul", "attention", "other" })
            Assert.Matches($"ryot_gpu_utilization_percent\\{{model=\"m\",device_id=\"cpu\",kernel_type=\"{kind}\"\\}} [0-9.]*[1-9]", exposed);

        void AssertExposed(string type, long bytes) =>
            Assert.Matches($"ryot_gpu_memory_usage_bytes\\{{[^}}]*memory_type=\"{type}\"[^}}]*\\}} {bytes}\n", exposed);
    }

    [Fact]
    public async Task A_quantized_cache_takes_less_and_generates()
    {
        var options = _options with { Path = TestModels.Llama(new TestModelOptions { Heads = 2 }) };
        var quantized = options with { KvTypeK = GgmlType.Q8_0, KvTypeV = GgmlType.Q4_0 };
        using (var full = Load(options))
        using (var small = Load(quantized))
        {
            Assert.Equal(4 * 2 * 2 * 32 * 2, full.Memory.KvBytesPerToken);
            Assert.Equal(4 * 2 * (34 + 18), small.Memory.KvBytesPerToken);
        }

        await using var engine = await StartAsync(quantized, new CapturingBackend());
        Assert.Equal(30, (await GenerateAsync(engine.Models[0], 30)).Count);
    }

    [Theory]
    [InlineData(GgmlType.Q8_0, GgmlType.F16, "keys as Q8_0")]
    [InlineData(GgmlType.F16, GgmlType.Q4_0, "values as Q4_0")]
    public void A_cache_type_that_does_not_fit_the_heads_is_refused(GgmlType keys, GgmlType values, string what)
    {
        var exception = Assert.Throws<ModelUnavailableException>(() => Load(_options with { KvTypeK = keys, KvTypeV = values }));
        Assert.Contains(what, exception.Message, StringComparison.Ordinal);
        Assert.Contains("has 16. F16, BF16 and F32 are possible", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_type_that_no_cache_can_have_is_refused_with_those_that_it_can()
    {
        var exception = Assert.Throws<ModelUnavailableException>(() => Load(_options with { KvTypeK = GgmlType.Q6_K }));
        Assert.Contains("F16, F32, BF16, Q8_0", exception.Message, StringComparison.Ordinal);
    }

    private static IModelRunner Load(ModelOptions options) => new LlamaBackend(NullLoggerFactory.Instance, TimeProvider.System)
        .Load(options, new Progress<float>(), new LoadPhases(), TestContext.Current.CancellationToken);

    private static async Task<InferenceEngine> StartAsync(ModelOptions options, IModelBackend backend, RyotMetrics? metrics = null)
    {
        var engine = new InferenceEngine([options], backend, metrics ?? new RyotMetrics(TimeProvider.System), TimeProvider.System, NullLoggerFactory.Instance);
        engine.Start();
        await engine.LoadedAsync();
        Assert.True(engine.Models[0].Status == ModelStatus.Ready, engine.Models[0].Failure);
        return engine;
    }

    private static async Task<List<int>> GenerateAsync(ModelHost model, int tokens)
    {
        await using var stream = model.Submit(new GenerationRequest
        {
            Prompts = [model.Tokenizer.Tokenize("Once upon a time", addSpecial: true, parseSpecial: false)],
            Sampling = new SamplingParameters { Temperature = 0, MaxTokens = tokens, IgnoreEos = true },
        });
        var text = new List<int>();
        while (await stream.WaitToReadAsync(TestContext.Current.CancellationToken))
        {
            while (stream.TryRead(out var value))
            {
                if (value.Kind == GenerationEventKind.Token)
                    text.Add(value.Token);
            }
        }
        return text;
    }

    private sealed class CapturingBackend : IModelBackend
    {
        private readonly LlamaBackend _inner = new(NullLoggerFactory.Instance, TimeProvider.System);

        public IModelRunner? Runner { get; private set; }

        public string Version => _inner.Version;

        public IModelRunner Load(ModelOptions options, IProgress<float> progress, LoadPhases phases, CancellationToken cancellationToken) =>
            Runner = _inner.Load(options, progress, phases, cancellationToken);
    }
}
