using System.Collections.Concurrent;
using System.Text;
using Ryot.Engine.Models;
using Ryot.Engine.Requests;
using Ryot.Engine.Scheduling;
using Ryot.Metrics;

namespace Ryot.Testing;

/// <summary>
/// A model without llama.cpp, for tests of what surrounds it. Its tokens are bytes: token 0 ends a generation, token b + 1 is the byte
/// b. It writes <see cref="Script"/> over and over (by default the lower-case alphabet), each sequence from its start, then ends.
/// </summary>
public sealed class FakeModelBackend : IModelBackend
{
    /// <summary>What every sequence says before it ends by itself; null never ends.</summary>
    public string? Script { get; set; } = "The quick brown fox jumps over the lazy dog.";

    /// <summary>Called at the start of every forward pass on the engine's thread; may block or throw.</summary>
    public Action<StepPlan>? OnStep { get; set; }

    /// <summary>Called by a load before it ends; may block or throw.</summary>
    public Action<ModelOptions>? OnLoad { get; set; }

    /// <summary>Bytes that a model takes, by its options.</summary>
    public Func<ModelOptions, long> Size { get; set; } = _ => 0;

    /// <summary>Models that are in memory.</summary>
    public int LiveRunners => _liveRunners;

    /// <summary>Most models that were in memory at once.</summary>
    public int MostLiveRunners => _mostLiveRunners;

    /// <summary>Called for every sampled token on the engine's thread, outside of any forward pass; what it throws ends the engine's loop.</summary>
    public Action? OnToken { get; set; }

    /// <summary>What the next forward passes return instead of running.</summary>
    public ConcurrentQueue<StepStatus> Failures { get; } = new();

    /// <summary>What its models say that they have allocated.</summary>
    public ModelMemory Memory { get; set; } = ModelMemory.Unknown;

    /// <summary>How its models say that the time of a pass is shared.</summary>
    public KernelShares Kernels { get; set; } = new(double.NaN, double.NaN, double.NaN);

    /// <summary>Samplers that were made and not disposed.</summary>
    public int LiveSamplers => _liveSamplers;

    /// <inheritdoc/>
    public string Version => "fake";

    internal int _liveSamplers;
    private int _liveRunners;
    private int _mostLiveRunners;

    /// <inheritdoc/>
    public MemoryEstimate EstimateMemory(ModelOptions options) => MemoryEstimate.OnCpu(Size(options));

    /// <inheritdoc/>
    public IModelRunner Load(ModelOptions options, IProgress<float> progress, LoadPhases phases, CancellationToken cancellationToken)
    {
        progress.Report(0.5f);
        OnLoad?.Invoke(options);
        cancellationToken.ThrowIfCancellationRequested();
        var live = Interlocked.Increment(ref _liveRunners);
        InterlockedMax(ref _mostLiveRunners, live);
        return new FakeRunner(this, options);
    }

    /// <summary>The token of a byte.</summary>
    public static int TokenOf(byte value) => value + 1;

    private static void InterlockedMax(ref int target, int value)
    {
        for (var seen = Volatile.Read(ref target); seen < value; seen = Volatile.Read(ref target))
            Interlocked.CompareExchange(ref target, value, seen);
    }

    private sealed class FakeRunner(FakeModelBackend backend, ModelOptions options) : IModelRunner
    {
        private readonly SimulatedKvCache _cache = new(
            options.MaxSequences + CachedSequences(options), options.ContextLength == 0 ? 4096 : options.ContextLength);

        public ModelInfo Info { get; } = new()
        {
            Architecture = "fake",
            Quantization = "F32",
            Parameters = 1,
            SizeBytes = 4,
            TrainedContextLength = options.ContextLength == 0 ? 4096 : options.ContextLength,
            Device = DeviceKind.Cpu,
            KvCapacity = options.ContextLength == 0 ? 4096 : options.ContextLength,
            MaxSequenceLength = options.ContextLength == 0 ? 4096 : options.ContextLength,
            MaxSequences = options.MaxSequences,
            CachedSequences = CachedSequences(options),
            CachedTokens = options.PrefixCacheTokens > 0 ? options.PrefixCacheTokens : 4096,
            MaxBatchTokens = options.BatchTokens,
        };

        public ITokenizer Tokenizer { get; } = new ByteTokenizer(backend);

        public ModelMemory Memory => backend.Memory;

        public KernelShares Kernels => backend.Kernels;

        public ISequenceSampler CreateSampler(SamplingParameters parameters, uint seed, ReadOnlySpan<int> prompt)
        {
            Interlocked.Increment(ref backend._liveSamplers);
            return new FakeSampler(backend, parameters);
        }

        public void ChangeCache(ReadOnlySpan<CacheOperation> operations) => _cache.Change(operations);

        public StepStatus Run(StepPlan plan)
        {
            backend.OnStep?.Invoke(plan);
            if (backend.Failures.TryDequeue(out var failure))
                return failure;
            foreach (ref var item in plan.Items)
            {
                _cache.Append(item);
                if (item.Sample)
                    Sample(ref item);
            }
            return StepStatus.Completed;
        }

        public void Interrupt()
        {
        }

        public void Dispose() => Interlocked.Decrement(ref backend._liveRunners);

        private static int CachedSequences(ModelOptions options) => options.PrefixCache ? 8 : 0;

        private static void Sample(ref StepItem item)
        {
            item.Sampled = ((FakeSampler)item.Sampler).Next();
            if (item.LogprobCount is { } count)
                item.Logprobs = new TokenLogprobs(-0.5f, [.. Enumerable.Range(item.Sampled, count)], [.. Enumerable.Range(0, count).Select(i => -0.5f - i)]);
        }
    }

    private sealed class FakeSampler(FakeModelBackend backend, SamplingParameters parameters) : ISequenceSampler
    {
        private readonly byte[] _script = Encoding.UTF8.GetBytes(backend.Script ?? "abcdefghijklmnopqrstuvwxyz");
        private readonly bool _ends = backend.Script is not null && !parameters.IgnoreEos;
        private int _position;

        public int Next()
        {
            if (_ends && _position == _script.Length)
                return 0;
            return TokenOf(_script[_position++ % _script.Length]);
        }

        public void Dispose() => Interlocked.Decrement(ref backend._liveSamplers);
    }

    private sealed class ByteTokenizer(FakeModelBackend backend) : ITokenizer
    {
        private static readonly byte[] _bytes = [.. Enumerable.Range(0, 256).Select(value => (byte)value)];

        public int VocabularySize => 257;

        public bool HasChatTemplate => true;

        public int[] Tokenize(string text, bool addSpecial, bool parseSpecial) => [.. Encoding.UTF8.GetBytes(text).Select(TokenOf)];

        public ReadOnlySpan<byte> GetPiece(int token) => token == 0 ? [] : _bytes.AsSpan(token - 1, 1);

        public bool IsEndOfGeneration(int token)
        {
            backend.OnToken?.Invoke();
            return token == 0;
        }

        public string ApplyChatTemplate(IReadOnlyList<ChatMessage> messages) =>
            string.Concat(messages.Select(message => $"<{message.Role}>{message.Content}\n")) + "<assistant>";
    }
}
