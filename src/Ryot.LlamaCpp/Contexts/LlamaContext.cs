using Ryot.LlamaCpp.Contexts;
using Ryot.LlamaCpp.Interop;
using Ryot.LlamaCpp.Loading;

namespace Ryot.LlamaCpp;

/// <summary>
/// The state of a model's running sequences: KV cache, compute buffers, outputs of the last pass. One thread at a time may
/// use it; only <see cref="AbortRequested"/> may be set from any thread.
/// </summary>
public sealed unsafe partial class LlamaContext : IDisposable
{
    private readonly ContextHandle _handle;
    private readonly ContextCallbacks _callbacks; // freed by _handle
    private readonly nint _memory;
    private readonly bool _observable;
    private readonly bool _embeds;
    private LlamaThreadPool? _pool;
    private int _mostOutputs;

    /// <summary>Makes a context.</summary>
    /// <param name="model">The model, which the context keeps alive.</param>
    /// <param name="options">Sizes, threads and the like.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is outside what llama.cpp can do.</exception>
    /// <exception cref="InvalidOperationException">llama.cpp could not make it, e.g. for want of memory; the message says why.</exception>
    public LlamaContext(LlamaModel model, LlamaContextOptions options)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        _callbacks = new ContextCallbacks();
        _observable = options.ObserveGraph;
        ContextParams parameters = Parameters(options);
        _callbacks.Install(ref parameters, options.ObserveGraph);

        _handle = Create(model.Handle, parameters, _callbacks);
        _memory = Native.GetMemory(_handle);
        Model = model;
        KvUnified = options.KvUnified;
        ContextLength = (int)Native.ContextLength(_handle);
        ContextLengthPerSequence = (int)Native.ContextLengthPerSequence(_handle);
        BatchSize = (int)Native.ContextBatch(_handle);
        MicroBatchSize = (int)Native.ContextMicroBatch(_handle);
        MaxSequences = (int)Native.ContextMaxSequences(_handle);
        _mostOutputs = MaxSequences;
        _embeds = options.Embeddings;
        MaxOutputs = options.MaxOutputs > 0 ? Math.Min(options.MaxOutputs, BatchSize) : BatchSize;
    }

    /// <summary>The model that the context computes with.</summary>
    public LlamaModel Model { get; }

    /// <summary>KV cells in all, in tokens. llama.cpp rounds what was asked for up.</summary>
    public int ContextLength { get; }

    /// <summary>The most tokens that one sequence can have.</summary>
    public int ContextLengthPerSequence { get; }

    /// <summary>The most tokens that <see cref="Decode"/> takes.</summary>
    public int BatchSize { get; }

    /// <summary>The most tokens that are computed in one pass.</summary>
    public int MicroBatchSize { get; }

    /// <summary>How many sequences the context keeps apart; their ids run from 0.</summary>
    public int MaxSequences { get; }

    /// <summary>The most tokens of a batch that can want logits.</summary>
    public int MaxOutputs { get; }

    /// <summary>
    /// The size of llama.cpp's buffer for the results of a pass, in bytes: logits, and embeddings where wanted, for an output of each
    /// sequence, or for the most outputs that a batch had.
    /// </summary>
    public long OutputBytes => sizeof(float) * (long)_mostOutputs * (Model.Vocabulary.Count + (_embeds ? Model.EmbeddingLength : 0));

    /// <summary>True when the sequences share all cells.</summary>
    public bool KvUnified { get; }

    /// <summary>Threads for batches of one token.</summary>
    public int Threads => Native.Threads(_handle);

    /// <summary>Threads for batches of several tokens.</summary>
    public int BatchThreads => Native.BatchThreads(_handle);

    /// <summary>
    /// While true, the forward pass that runs on the CPU stops soon, and <see cref="Decode"/> returns
    /// <see cref="DecodeResult.Aborted"/>. Stays set until it is cleared. May be set from any thread until the context is disposed.
    /// </summary>
    public bool AbortRequested
    {
        get => _callbacks.AbortRequested;
        set => _callbacks.AbortRequested = value;
    }

    /// <summary>Sees the nodes of the next passes, or null.</summary>
    /// <exception cref="InvalidOperationException">The context was made without <see cref="LlamaContextOptions.ObserveGraph"/>.</exception>
    public IGraphObserver? GraphObserver
    {
        get => _callbacks.Observer;
        set => _callbacks.Observer = _observable || value is null
            ? value
            : throw new InvalidOperationException("The context was made without ObserveGraph.");
    }

    /// <summary>llama.cpp's own timings since the context was made or <see cref="ResetTimings"/> was called.</summary>
    public LlamaTimings Timings
    {
        get
        {
            ContextPerf perf = Native.PerfContext(_handle);
            return new LlamaTimings(
                TimeSpan.FromMilliseconds(perf.LoadMs),
                TimeSpan.FromMilliseconds(perf.PromptEvalMs),
                TimeSpan.FromMilliseconds(perf.EvalMs),
                perf.PromptEvalCount,
                perf.EvalCount,
                perf.ReusedGraphs);
        }
    }

    internal ContextHandle Handle => _handle;

    /// <summary>The bytes that saving the whole state would take now: outputs and used KV cells.</summary>
    public long StateBytes => (long)Native.StateSize(_handle);

    /// <summary>Runs one forward pass. Allocates nothing on the managed heap.</summary>
    /// <param name="batch">The tokens; it is not changed.</param>
    /// <returns>How it ended.</returns>
    /// <exception cref="ArgumentException">The batch is larger than <see cref="BatchSize"/>, or has a sequence that the context does not have.</exception>
    public DecodeResult Decode(LlamaBatch batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        NativeBatch raw = batch.Raw;

        // llama.cpp aborts the process on these two.
        if (raw.TokenCount > BatchSize)
        {
            throw new ArgumentException($"The batch has {raw.TokenCount} tokens, the context takes {BatchSize}.", nameof(batch));
        }

        if (batch.MaxSequence >= MaxSequences)
        {
            throw new ArgumentException($"The batch has sequence {batch.MaxSequence}, the context has 0 to {MaxSequences - 1}.", nameof(batch));
        }

        if (batch.OutputCount > MaxOutputs)
        {
            throw new ArgumentException($"{batch.OutputCount} tokens of the batch want logits, the context has room for {MaxOutputs}.", nameof(batch));
        }

        int result = Native.Decode(_handle, raw);
        GC.KeepAlive(batch);
        if (_callbacks.Failure is { } failure)
        {
            _callbacks.Failure = null;
            failure.Throw();
        }

        DecodeResult ended = result switch
        {
            0 => DecodeResult.Ok,
            1 => DecodeResult.NoSlot,
            2 => DecodeResult.Aborted,
            -1 => DecodeResult.InvalidBatch,
            -2 => DecodeResult.OutOfMemory,
            _ => DecodeResult.Failed,
        };

        // A batch that is turned away gets no buffer.
        if (ended is not (DecodeResult.NoSlot or DecodeResult.InvalidBatch or DecodeResult.OutOfMemory))
        {
            _mostOutputs = Math.Max(_mostOutputs, _embeds ? raw.TokenCount : batch.OutputCount);
        }

        return ended;
    }

    /// <summary>The logits after a token of the last batch, one per token of the vocabulary. Valid until the next pass.</summary>
    /// <param name="batchIndex">The token's index in the batch; it must have been added with logits wanted.</param>
    /// <exception cref="ArgumentOutOfRangeException">The last batch has no logits for this index.</exception>
    public Span<float> GetLogits(int batchIndex)
    {
        float* logits = Native.GetLogits(_handle, batchIndex);
        return logits is not null
            ? new Span<float>(logits, Model.Vocabulary.Count)
            : throw new ArgumentOutOfRangeException(nameof(batchIndex), batchIndex, "The last batch has no logits for this index.");
    }

    /// <summary>The embedding of a token of the last batch. Valid until the next pass.</summary>
    /// <param name="batchIndex">The token's index in the batch.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no embedding for this index.</exception>
    public Span<float> GetEmbeddings(int batchIndex)
    {
        float* embeddings = Native.GetEmbeddings(_handle, batchIndex);
        return embeddings is not null
            ? new Span<float>(embeddings, Model.EmbeddingLength)
            : throw new ArgumentOutOfRangeException(nameof(batchIndex), batchIndex, "The last batch has no embedding for this index.");
    }

    /// <summary>
    /// Runs two passes that leave nothing behind. They make the first request as fast as later ones, and show whether the
    /// model can be computed at all: a failed assertion of llama.cpp is an exception here, and ends the process in <see cref="Decode"/>.
    /// </summary>
    /// <returns>How the passes ended; anything but <see cref="DecodeResult.Ok"/> is the first failure.</returns>
    /// <exception cref="InvalidOperationException">An assertion failed. The context is unusable and must not be disposed.</exception>
    public DecodeResult WarmUp()
    {
        (int threads, int batchThreads) = (Threads, BatchThreads);
        try
        {
            // With one thread an assertion fails on the guarded thread and not on one of ggml's workers.
            SetThreads(1, 1);
            return NativeGuard.Run(DecodeOnceAndTwice);
        }
        catch (NativeAbortException e)
        {
            throw new InvalidOperationException($"llama.cpp cannot compute the model '{Model.Path}': {e.Message}", e);
        }
        finally
        {
            SetThreads(threads, batchThreads);
        }
    }

    /// <summary>Waits until the device has finished all work.</summary>
    public void Synchronize() => Native.Synchronize(_handle);

    /// <summary>Changes the thread counts; 1 to 512.</summary>
    /// <param name="threads">Threads for batches of one token.</param>
    /// <param name="batchThreads">Threads for batches of several tokens.</param>
    public void SetThreads(int threads, int batchThreads)
    {
        LlamaContextOptions.CheckThreads(threads, nameof(threads));
        LlamaContextOptions.CheckThreads(batchThreads, nameof(batchThreads));
        Native.SetThreads(_handle, threads, batchThreads);
    }

    /// <summary>Computes with the threads of this pool from now on, or with ggml's own when null.</summary>
    /// <param name="pool">The pool, which the context keeps alive, or null.</param>
    public void UseThreadPool(LlamaThreadPool? pool)
    {
        if (pool is null)
        {
            Native.DetachThreadPool(_handle);
        }
        else
        {
            bool added = false;
            pool.Handle.DangerousAddRef(ref added);
            nint pointer = pool.Handle.DangerousGetHandle();
            Native.AttachThreadPool(_handle, pointer, pointer);
        }

        _pool?.Handle.DangerousRelease();
        _pool = pool;
    }

    /// <summary>Sets <see cref="Timings"/> back to 0.</summary>
    public void ResetTimings() => Native.PerfContextReset(_handle);

    /// <summary>Frees the context. No other member may be called at the same time or later.</summary>
    public void Dispose()
    {
        if (_handle.IsClosed) return;
        _handle.Dispose();
        _pool?.Handle.DangerousRelease();
        _pool = null;
    }

    private DecodeResult DecodeOnceAndTwice()
    {
        int token = Model.Vocabulary.Bos ?? 0;
        using var batch = new LlamaBatch(2);
        batch.Add(token, 0, 0, wantsLogits: true);
        DecodeResult result = Decode(batch);
        ClearMemory();
        if (result == DecodeResult.Ok && BatchSize > 1)
        {
            batch.Clear();
            batch.Add(token, 0, 0, wantsLogits: MaxOutputs > 1);
            batch.Add(token, 1, 0, wantsLogits: true);
            result = Decode(batch);
            ClearMemory();
        }

        ResetTimings();
        return result;
    }

    private static ContextHandle Create(ModelHandle model, ContextParams parameters, ContextCallbacks callbacks)
    {
        try
        {
            return NativeGuard.Run(() =>
            {
                using NativeLog.Capture log = NativeLog.CaptureOnThisThread();
                nint context = Native.InitFromModel(model, parameters);
                if (context != 0) return new ContextHandle(context, model, callbacks);
                callbacks.Free();
                throw new InvalidOperationException($"llama.cpp could not make a context: {string.Join(" ", log.Lines)}");
            });
        }
        catch (NativeAbortException e)
        {
            throw new InvalidOperationException($"llama.cpp could not make a context: {e.Message}", e);
        }
    }

    private static ContextParams Parameters(LlamaContextOptions options)
    {
        ContextParams parameters = Native.ContextDefaultParams();
        parameters.ContextLength = (uint)options.ContextLength;
        parameters.BatchSize = (uint)options.BatchSize;
        parameters.MicroBatchSize = (uint)options.MicroBatchSize;
        parameters.MaxSequences = (uint)options.MaxSequences;
        parameters.MaxOutputs = (uint)options.MaxOutputs;
        parameters.Threads = options.Threads;
        parameters.BatchThreads = options.BatchThreads;
        parameters.FlashAttentionType = (int)options.FlashAttention;
        parameters.KeyType = (int)options.KvTypeK;
        parameters.ValueType = (int)options.KvTypeV;
        parameters.Embeddings = Convert.ToByte(options.Embeddings);
        parameters.OffloadKqv = Convert.ToByte(options.OffloadKqv);
        parameters.NoPerf = Convert.ToByte(options.NoPerf);
        parameters.KvUnified = Convert.ToByte(options.KvUnified);
        return parameters;
    }
}
