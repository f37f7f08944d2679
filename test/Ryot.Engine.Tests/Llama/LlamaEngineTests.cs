using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Ryot.Engine.Llama;
using Ryot.Engine.Models;
using Ryot.Engine.Requests;
using Ryot.Engine.Scheduling;
using Ryot.Engine.Text;
using Ryot.Metrics;
using Ryot.Testing.Models;
using Xunit;

namespace Ryot.Engine.Tests.Llama;

/// <summary>The engine over llama.cpp, with tiny models of random weights.</summary>
public sealed class LlamaEngineTests
{
    private static readonly LlamaBackend _backend = new(NullLoggerFactory.Instance, TimeProvider.System);

    public static TheoryData<string> Models => ["llama-F16", "llama-Q8_0", "gpt2-F32", "bitnet-TQ2_0"];

    [Theory]
    [MemberData(nameof(Models))]
    public async Task Every_kind_of_model_is_loaded_and_generates(string kind)
    {
        await using var engine = await StartAsync(new ModelOptions { Id = "m", Path = FileOf(kind), MaxSequences = 4, ContextLength = 512 });
        var model = engine.Models[0];
        Assert.Equal(kind.Split('-')[0], model.Info!.Architecture);
        var tokens = await TokensAsync(model, Request(model, "Once upon a time", 20));
        Assert.Equal(20, tokens.Count);
        Assert.All(tokens, token => Assert.InRange(token, 0, model.Tokenizer.VocabularySize - 1));
    }

    [Fact]
    public async Task Greedy_text_is_that_of_a_plain_decode_loop()
    {
        var path = TestModels.Llama();
        await using var engine = await StartAsync(new ModelOptions { Id = "m", Path = path, MaxSequences = 4, ContextLength = 512 });
        var model = engine.Models[0];
        var request = Request(model, "Once upon a time", 40);

        using var plain = LlamaCpp.LlamaModel.Load(path, cancellationToken: TestContext.Current.CancellationToken);
        using var context = new LlamaCpp.LlamaContext(plain, new LlamaCpp.LlamaContextOptions { ContextLength = 512 });
        using var batch = new LlamaCpp.LlamaBatch(64);
        var expected = new List<int>();
        var pending = request.Prompts[0];
        for (var position = 0; expected.Count < 40;)
        {
            batch.Clear();
            var output = -1;
            foreach (var token in pending)
                output = batch.Add(token, position++, 0, wantsLogits: true);
            Assert.Equal(LlamaCpp.DecodeResult.Ok, context.Decode(batch));
            var logits = context.GetLogits(output);
            foreach (var end in Enumerable.Range(0, logits.Length).Where(plain.Vocabulary.IsEndOfGeneration))
                logits[end] = float.NegativeInfinity;
            var next = 0;
            for (var token = 1; token < logits.Length; token++)
            {
                if (logits[token] > logits[next])
                    next = token;
            }
            expected.Add(next);
            pending = [next];
        }

        Assert.Equal(expected, await TokensAsync(model, request));
    }

    [Fact]
    public async Task Several_threads_compute_the_same_tokens()
    {
        // Few tokens: where something else has the cores, threads wait for each other.
        async Task<List<int>> RunAsync(int threads)
        {
            await using var engine = await StartAsync(new ModelOptions { Id = "m", Path = TestModels.Llama(), ContextLength = 256, Threads = threads });
            return await TokensAsync(engine.Models[0], Request(engine.Models[0], "Once", 4));
        }

        Assert.Equal(await RunAsync(1), await RunAsync(2));
    }

    [Fact]
    public async Task A_seed_repeats_the_text_and_another_changes_it()
    {
        await using var engine = await StartAsync(new ModelOptions { Id = "m", Path = TestModels.Llama(), ContextLength = 512 });
        var model = engine.Models[0];
        var request = Request(model, "Once", 30);
        var sampled = request with { Sampling = request.Sampling with { Temperature = 1f, Seed = 7, TopK = 40, TopP = 0.95f, MinP = 0.01f } };
        var first = await TokensAsync(model, sampled);
        Assert.Equal(first, await TokensAsync(model, sampled));
        Assert.NotEqual(first, await TokensAsync(model, sampled with { Sampling = sampled.Sampling with { Seed = 8 } }));
    }

    [Fact]
    public async Task Sequences_that_are_preempted_go_on_with_the_same_text()
    {
        const int Sequences = 4;
        async Task<(List<GenerationEvent>[] Tokens, string Metrics)> RunAsync(int cells)
        {
            var metrics = new RyotMetrics(TimeProvider.System);
            var options = new ModelOptions { Id = "m", Path = TestModels.Llama(), MaxSequences = Sequences, ContextLength = cells };
            await using var engine = await StartAsync(options, _backend, metrics);
            var model = engine.Models[0];
            var requests = Enumerable.Range(0, Sequences).Select(i => Request(model, $"Story {i}:", 100));
            var tokens = await Task.WhenAll(requests.Select(r => EventsAsync(model, r with { Sampling = r.Sampling with { Logprobs = 20 } })));
            return (tokens, await ExposeAsync(metrics));
        }

        var roomy = await RunAsync(2048);
        var tight = await RunAsync(256);
        Assert.Contains("ryot_preemptions_total{model=\"m\"} 0\n", roomy.Metrics, StringComparison.Ordinal);
        Assert.DoesNotContain("ryot_preemptions_total{model=\"m\"} 0\n", tight.Metrics, StringComparison.Ordinal);
        for (var i = 0; i < Sequences; i++)
            GreedyText.AssertSame(roomy.Tokens[i], tight.Tokens[i]);
    }

    [Fact]
    public async Task Logit_bias_penalties_and_logprobs_reach_the_sampler()
    {
        await using var engine = await StartAsync(new ModelOptions { Id = "m", Path = TestModels.Llama(), ContextLength = 512 });
        var model = engine.Models[0];
        var request = Request(model, "Once", 12);
        var plain = await EventsAsync(model, request with { Sampling = request.Sampling with { Logprobs = 3 } });
        var top = plain[0].Logprobs!;
        Assert.Equal(plain[0].Token, top.TopTokens[0]);
        Assert.Equal(top.Logprob, top.TopLogprobs[0]);
        Assert.Equal(3, top.TopTokens.Length);
        Assert.True(top.TopLogprobs[0] >= top.TopLogprobs[1] && top.TopLogprobs[1] >= top.TopLogprobs[2] && top.Logprob <= 0);

        var banned = new Dictionary<int, float> { [plain[0].Token] = -100f };
        var biased = await TokensAsync(model, request with { Sampling = request.Sampling with { LogitBias = banned } });
        Assert.DoesNotContain(plain[0].Token, biased);
        Assert.Equal(top.TopTokens[1], biased[0]);

        var penalized = await TokensAsync(model, request with { Sampling = request.Sampling with { RepeatPenalty = 1e6f, PenaltyWindow = -1 } });
        Assert.Equal(penalized.Count, penalized.Distinct().Count());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public async Task A_step_allocates_nothing_on_the_engine_s_thread(int profileEvery)
    {
        var probe = new AllocationProbe(_backend);
        var options = new ModelOptions { Id = "m", Path = TestModels.Llama(), MaxSequences = 8, ContextLength = 2048, ProfileEvery = profileEvery };
        await using var engine = await StartAsync(options, probe);
        var model = engine.Models[0];
        await Task.WhenAll(Enumerable.Range(0, 8).Select(i => TokensAsync(model, Request(model, $"Story {i}:", 200))));
        // The first steps warm up: just-in-time compilation, the sequences' events and arrays.
        var steady = probe.Allocated.Skip(60).Take(80).ToList();
        Assert.Equal(80, steady.Count);
        // A reader that falls behind makes its buffer grow by a segment; a token costs nothing.
        Assert.True(steady.Count(bytes => bytes == 0) >= 70, string.Join(" ", steady));
    }

    [Fact]
    public async Task Text_of_any_language_survives_the_way_through_tokens()
    {
        await using var engine = await StartAsync(new ModelOptions { Id = "m", Path = TestModels.Llama(), ContextLength = 512 });
        var tokenizer = engine.Models[0].Tokenizer;
        const string Text = "Hello, 世界! 👩‍👩‍👧 é";
        var bytes = tokenizer.Tokenize(Text, addSpecial: false, parseSpecial: false).SelectMany(token => tokenizer.GetPiece(token).ToArray());
        Assert.Equal(Text, Encoding.UTF8.GetString([.. bytes]).TrimStart());
    }

    [Fact]
    public void A_broken_file_is_refused_with_its_reason()
    {
        var path = TestModels.NewFile("broken.gguf");
        File.WriteAllText(path, "this is no model");
        var exception = Assert.Throws<ModelUnavailableException>(() =>
            _backend.Load(new ModelOptions { Id = "m", Path = path }, new Progress<float>(), new LoadPhases(), TestContext.Current.CancellationToken));
        Assert.Contains(path, exception.Message, StringComparison.Ordinal);
        exception = Assert.Throws<ModelUnavailableException>(() =>
            _backend.Load(new ModelOptions { Id = "m", Path = path + "x" }, new Progress<float>(), new LoadPhases(), TestContext.Current.CancellationToken));
        Assert.Contains(path + "x", exception.Message, StringComparison.Ordinal);
    }

    private static async Task<string> ExposeAsync(RyotMetrics metrics)
    {
        using var text = new MemoryStream();
        await metrics.Registry.WriteAsync(text, ExpositionFormat.PrometheusText, cancellation: TestContext.Current.CancellationToken);
        return Encoding.UTF8.GetString(text.ToArray());
    }

    private static string FileOf(string kind) => kind switch
    {
        "llama-F16" => TestModels.Llama(),
        "llama-Q8_0" => TestModels.Llama(new TestModelOptions { Encoding = TensorEncoding.Q8_0 }),
        "gpt2-F32" => TestModels.Gpt2(),
        _ => TestModels.BitNet(),
    };

    private static async Task<InferenceEngine> StartAsync(ModelOptions options, IModelBackend? backend = null, RyotMetrics? metrics = null)
    {
        metrics ??= new RyotMetrics(TimeProvider.System);
        var engine = new InferenceEngine([options with { Threads = Math.Max(1, options.Threads) }], backend ?? _backend, metrics, TimeProvider.System, NullLoggerFactory.Instance);
        engine.Start();
        await engine.LoadedAsync();
        Assert.True(engine.Models[0].Status == ModelStatus.Ready, engine.Models[0].Failure);
        return engine;
    }

    private static GenerationRequest Request(ModelHost model, string prompt, int tokens) => new()
    {
        Prompts = [model.Tokenizer.Tokenize(prompt, addSpecial: true, parseSpecial: false)],
        Sampling = new SamplingParameters { Temperature = 0, MaxTokens = tokens, IgnoreEos = true },
    };

    private static async Task<List<GenerationEvent>> EventsAsync(ModelHost model, GenerationRequest request)
    {
        await using var stream = model.Submit(request);
        var assembler = new TextAssembler(model.Tokenizer);
        var tokens = new List<GenerationEvent>();
        while (await stream.WaitToReadAsync(TestContext.Current.CancellationToken))
        {
            while (stream.TryRead(out var value))
            {
                if (value.Kind == GenerationEventKind.Token)
                {
                    tokens.Add(value);
                    assembler.Append(value);
                }
                else if (value.Kind == GenerationEventKind.SequenceFinished)
                {
                    Assert.Equal(FinishReason.Length, value.FinishReason);
                }
            }
        }
        return tokens;
    }

    private static async Task<List<int>> TokensAsync(ModelHost model, GenerationRequest request) =>
        [.. (await EventsAsync(model, request)).Select(value => value.Token)];

    /// <summary>Notes what the engine's thread allocated from one forward pass to the next.</summary>
    private sealed class AllocationProbe(IModelBackend inner) : IModelBackend
    {
        public List<long> Allocated { get; } = new(4096);

        public string Version => inner.Version;

        public IModelRunner Load(ModelOptions options, IProgress<float> progress, LoadPhases phases, CancellationToken cancellationToken) =>
            new Runner(inner.Load(options, progress, phases, cancellationToken), Allocated);

        private sealed class Runner(IModelRunner inner, List<long> allocated) : IModelRunner
        {
            private long _last = -1;

            public ModelInfo Info => inner.Info;

            public ITokenizer Tokenizer => inner.Tokenizer;

            public ModelMemory Memory => inner.Memory;

            public KernelShares Kernels => inner.Kernels;

            public ISequenceSampler CreateSampler(SamplingParameters parameters, uint seed, ReadOnlySpan<int> prompt) =>
                inner.CreateSampler(parameters, seed, prompt);

            public void ChangeCache(ReadOnlySpan<CacheOperation> operations) => inner.ChangeCache(operations);

            public StepStatus Run(StepPlan plan)
            {
                var now = GC.GetAllocatedBytesForCurrentThread();
                if (_last >= 0)
                    allocated.Add(now - _last);
                _last = now;
                return inner.Run(plan);
            }

            public void Interrupt() => inner.Interrupt();

            public void Dispose() => inner.Dispose();
        }
    }
}
