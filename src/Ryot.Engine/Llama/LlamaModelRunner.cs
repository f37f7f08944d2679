using Ryot.Engine.Devices;
using Ryot.Engine.Models;
using Ryot.Engine.Requests;
using Ryot.Engine.Scheduling;
using Ryot.LlamaCpp;
using Ryot.Metrics;

namespace Ryot.Engine.Llama;

/// <summary>One llama.cpp model with its context: runs the scheduler's plans.</summary>
internal sealed class LlamaModelRunner : IModelRunner
{
    private const double AttentionCost = 0.4;

    private readonly LlamaModel _model;
    private readonly LlamaContext _context;
    private readonly LlamaThreadPool? _pool;
    private readonly PassObserver _passes;
    private readonly MemoryFigures _memory;
    private readonly LlamaBatch _batch;
    private readonly LlamaTokenizer _tokenizer;
    private readonly int[] _outputs;
    private readonly Lock _lifetime = new();
    private bool _disposed;

    /// <param name="model">The model, which the runner owns from now on.</param>
    /// <param name="options">How it was configured.</param>
    /// <param name="contextOptions">How to make its context.</param>
    /// <param name="device">Where it computes.</param>
    /// <param name="devices">How full GPUs and how busy they are.</param>
    /// <param name="clock">Times the passes that are profiled.</param>
    public LlamaModelRunner(
        LlamaModel model, ModelOptions options, LlamaContextOptions contextOptions, DeviceKind device, DeviceReadings devices, TimeProvider clock)
    {
        _model = model;
        _context = new LlamaContext(model, contextOptions);
        if (contextOptions.Threads > 1)
        {
            // Without polling: workers that spin take the cores that the web server needs, and were slower even without it.
            _pool = new LlamaThreadPool(new LlamaThreadPoolOptions { Threads = contextOptions.Threads, Poll = 0 });
            _context.UseThreadPool(_pool);
        }
        _memory = new MemoryFigures(_context.ContextLength, DataTypes.Dominant(model.Header), id => DeviceUsage.Read(id, devices), clock);
        _passes = new PassObserver(_context, options.ProfileEvery, _memory, clock);
        _batch = new LlamaBatch(_context.BatchSize);
        _tokenizer = new LlamaTokenizer(model, options.ChatTemplate);
        _outputs = new int[options.MaxSequences];
        Threads = contextOptions.Threads;
        Info = new ModelInfo
        {
            Architecture = model.Architecture,
            Quantization = model.FileType,
            Parameters = model.ParameterCount,
            SizeBytes = model.SizeBytes,
            TrainedContextLength = model.ContextLengthTrained,
            Device = device,
            KvCapacity = _context.ContextLength,
            MaxSequenceLength = Math.Min(_context.ContextLengthPerSequence, Math.Max(1, model.ContextLengthTrained)),
            MaxSequences = options.MaxSequences,
            CachedSequences = _context.MaxSequences - options.MaxSequences,
            CacheKeepTokens = CountKeepTokens(model),
            CachedTokens = options.PrefixCacheTokens > 0 ? options.PrefixCacheTokens : _context.ContextLength / 2,
            MaxBatchTokens = Math.Min(_context.BatchSize, Math.Max(options.BatchTokens, options.MaxSequences)),
        };
    }

    public ModelInfo Info { get; }

    public ITokenizer Tokenizer => _tokenizer;

    public ModelMemory Memory => _memory.Read();

    public KernelShares Kernels => _passes.Kernels;

    public int Threads { get; }

    public ISequenceSampler CreateSampler(SamplingParameters parameters, uint seed, ReadOnlySpan<int> prompt) =>
        new LlamaSequenceSampler(_model.Vocabulary, _tokenizer.EndOfGeneration, parameters, seed, prompt, Info.MaxSequenceLength);

    public void ChangeCache(ReadOnlySpan<CacheOperation> operations)
    {
        foreach (var operation in operations)
        {
            if (operation.Kind == CacheOperationKind.Share)
                _context.CopySequence(operation.Source, operation.Slot, 0, operation.Length);
            else
                _context.RemoveSequence(operation.Slot, operation.Length);
        }
    }

    public StepStatus Run(StepPlan plan)
    {
        var items = plan.Items;
        Fill(items);
        var result = _passes.Decode(_batch);
        if (result != DecodeResult.Ok)
        {
            foreach (ref var item in items)
                _context.RemoveSequence(item.Slot, item.Start);
            return result switch
            {
                DecodeResult.NoSlot => StepStatus.OutOfCache,
                DecodeResult.OutOfMemory => StepStatus.OutOfMemory,
                DecodeResult.Failed when Info.Device == DeviceKind.Gpu => StepStatus.DeviceError,
                _ => StepStatus.Failed,
            };
        }
        for (var i = 0; i < items.Length; i++)
        {
            if (items[i].Sample)
                Sample(ref items[i], _outputs[i]);
        }
        return StepStatus.Completed;
    }

    public void Interrupt()
    {
        // The flag lies in memory that the context frees.
        lock (_lifetime)
        {
            if (!_disposed)
                _context.AbortRequested = true;
        }
    }

    /// <summary>First passes, so that no request pays for what is set up lazily, and a model that cannot be computed shows itself.</summary>
    /// <exception cref="InvalidOperationException">The model cannot be computed; the runner must not be used or disposed.</exception>
    public void WarmUp()
    {
        var result = _passes.WarmUp();
        if (result != DecodeResult.Ok)
            throw new InvalidOperationException($"The model cannot be computed: its first forward pass ended as {result}.");
    }

    public void Dispose()
    {
        lock (_lifetime)
            _disposed = true;
        _batch.Dispose();
        _context.Dispose();
        _pool?.Dispose();
        _model.Dispose();
    }

    /// <summary>
    /// Two operations a weight against four a cell, layer and width of the model. Attention makes less of a processor than the weights'
    /// multiplications do: measured on a small model, a cell cost 0.4 of what that says.
    /// </summary>
    private static double CountKeepTokens(LlamaModel model) =>
        2.0 * model.ParameterCount / (4.0 * Math.Max(1, model.EmbeddingLength) * Math.Max(1, model.LayerCount)) / AttentionCost;

    private void Fill(Span<StepItem> items)
    {
        _batch.Clear();
        for (var i = 0; i < items.Length; i++)
        {
            ref var item = ref items[i];
            var tokens = item.Tokens;
            var last = tokens.Length - 1;
            for (var t = 0; t <= last; t++)
                _outputs[i] = _batch.Add(tokens[t], item.Start + t, item.Slot, item.Sample && t == last);
        }
    }

    private void Sample(ref StepItem item, int output)
    {
        var sampler = (LlamaSequenceSampler)item.Sampler;
        var logits = _context.GetLogits(output);
        if (!sampler.TrySample(logits, out var token))
        {
            item.SamplingFailed = true;
            return;
        }
        item.Sampled = token;
        if (item.LogprobCount is { } count)
            item.Logprobs = Logprobs.Compute(logits, token, count);
    }
}
