using Microsoft.Extensions.Logging;
using Ryot.Engine.Devices;
using Ryot.Engine.Models;
using Ryot.LlamaCpp;
using Ryot.Metrics;

namespace Ryot.Engine.Llama;

/// <summary>Loads GGUF models through llama.cpp.</summary>
public sealed partial class LlamaBackend : IModelBackend
{
    private const int LeastContext = 512;
    private const double MemoryShareForCache = 0.2;
    private const int MostCachedSequences = 64;

    private readonly TimeProvider _clock;
    private readonly ILogger<LlamaBackend> _logger;
    private readonly DeviceReadings _devices;

    /// <summary>Loads llama.cpp's libraries.</summary>
    /// <param name="loggers">Gets llama.cpp's own log lines too.</param>
    /// <param name="clock">Times the phases of a load.</param>
    /// <param name="libraryDirectory">The folder of the libraries; null is the one that was built with Ryot.</param>
    /// <param name="devices">How full GPUs and how busy they are; those that are not in it are asked through llama.cpp.</param>
    /// <exception cref="LlamaLibraryException">The libraries are missing, or of another release.</exception>
    public LlamaBackend(ILoggerFactory loggers, TimeProvider clock, string? libraryDirectory = null, DeviceReadings? devices = null)
    {
        _devices = devices ?? new DeviceReadings();
        _clock = clock;
        _logger = loggers.CreateLogger<LlamaBackend>();
        LlamaLibrary.Load(libraryDirectory, loggers);
    }

    /// <inheritdoc/>
    public string Version => $"llama.cpp {LlamaLibrary.Version}";

    /// <inheritdoc/>
    public IReadOnlyList<string?> GpuBusIds => !LlamaLibrary.SupportsGpuOffload ? [] :
        [.. LlamaLibrary.GetDevices().Where(device => device.Type is not (LlamaDeviceType.Cpu or LlamaDeviceType.Accelerator)).Select(device => device.HardwareId)];

    /// <inheritdoc/>
    public IModelRunner Load(ModelOptions options, IProgress<float> progress, LoadPhases phases, CancellationToken cancellationToken)
    {
        LlamaModel? model = null;
        LlamaModelRunner? runner = null;
        try
        {
            var started = _clock.GetTimestamp();
            model = LlamaModel.Load(options.Path, new LlamaModelOptions { GpuLayers = options.GpuLayers }, progress.Report, cancellationToken);
            if (!model.HasDecoder)
                throw new ModelUnavailableException($"'{options.Path}' is no model that generates text ({model.Architecture}).");
            var loaded = _clock.GetTimestamp();
            phases.ModelLoad = _clock.GetElapsedTime(started, loaded);
            CheckKvTypes(model.Header, options);
            runner = new LlamaModelRunner(model, options, ContextOptions(model.Header, options, model.IsRecurrent || model.IsHybrid), UsesGpu(options) ? DeviceKind.Gpu : DeviceKind.Cpu, _devices, _clock);
            var cached = _clock.GetTimestamp();
            phases.CacheInit = _clock.GetElapsedTime(loaded, cached);
            var warm = runner;
            // What fails here may be parked inside llama.cpp, and then must not be freed.
            (model, runner) = (null, null);
            warm.WarmUp();
            phases.Warmup = _clock.GetElapsedTime(cached);
            LogContext(options.Id, warm.Info.KvCapacity, warm.Info.MaxSequences, warm.Info.MaxSequenceLength, warm.Threads);
            return warm;
        }
        catch (Exception exception) when (exception is ModelLoadException or InvalidOperationException or ArgumentException)
        {
            Release(model, runner);
            if (UsesGpu(options) && GpuFit.IsOutOfMemory(exception.Message))
                throw ExplainMemory(options, exception);
            throw new ModelUnavailableException(exception.Message, exception);
        }
        catch
        {
            Release(model, runner);
            throw;
        }
    }

    /// <summary>Tells what a model will take of memory, by its file's header and without loading it.</summary>
    /// <param name="options">Which model, and how.</param>
    /// <returns>One entry for each device; all GPUs together are one.</returns>
    /// <exception cref="ModelUnavailableException">The file is missing or broken.</exception>
    public static IReadOnlyList<LlamaDeviceMemory> EstimateMemory(ModelOptions options)
    {
        try
        {
            var header = GgufFile.ReadHeader(options.Path);
            var hasState = CacheShape.Read(header).StateNumbers > 0;
            return LlamaMemoryEstimate.Estimate(header, ContextOptions(header, options, hasState), UsesGpu(options) ? options.GpuLayers : 0);
        }
        catch (ModelLoadException exception)
        {
            throw new ModelUnavailableException(exception.Message, exception);
        }
    }

    /// <inheritdoc/>
    MemoryEstimate IModelBackend.EstimateMemory(ModelOptions options) =>
        MemoryEstimate.Of(EstimateMemory(options).Select(device => (device.DeviceId, device.TotalBytes)));

    private static OutOfDeviceMemoryException ExplainMemory(ModelOptions options, Exception failure)
    {
        var header = GgufFile.ReadHeader(options.Path);
        var needed = EstimateMemory(options).Where(device => device.DeviceId != LlamaDeviceMemory.Cpu).Sum(device => device.TotalBytes);
        // The output counts as a layer.
        return GpuFit.Explain(options, CacheShape.Read(header).KvHeads.Count + 1, needed, Gpus(), failure);
    }

    private static void Release(LlamaModel? model, LlamaModelRunner? runner)
    {
        if (runner is not null)
            runner.Dispose();
        else
            model?.Dispose();
    }

    private static LlamaContextOptions ContextOptions(GgufHeader header, ModelOptions options, bool hasState)
    {
        var sequences = options.MaxSequences + CountCachedSequences(options, hasState);
        var batch = Math.Max(options.BatchTokens, options.MaxSequences);
        var threads = options.Threads > 0 ? options.Threads : ThreadCount.Choose(header.Tensors.Sum(tensor => tensor.Bytes));
        return new LlamaContextOptions
        {
            ContextLength = options.ContextLength > 0 ? options.ContextLength : ChooseContextLength(header, options),
            // llama.cpp wants room for an output of every sequence, also of those that are only kept.
            BatchSize = Math.Max(batch, sequences),
            MicroBatchSize = options.MicroBatchTokens > 0 ? Math.Min(options.MicroBatchTokens, batch) : batch,
            MaxSequences = sequences,
            MaxOutputs = sequences,
            Threads = threads,
            BatchThreads = threads,
            KvUnified = true,
            KvTypeK = options.KvTypeK,
            KvTypeV = options.KvTypeV,
            FlashAttention = options.FlashAttention == FlashAttention.Auto && options.KvTypeV.BlockSize() > 1 ? FlashAttention.Enabled : options.FlashAttention,
            ObserveGraph = true,
        };
    }

    /// <summary>A state that is not made of cells, as recurrent models have, can be shared by no beginning of it.</summary>
    private static int CountCachedSequences(ModelOptions options, bool hasState) =>
        options.PrefixCache && !hasState
            ? Math.Min(MostCachedSequences, LlamaLibrary.MaxParallelSequences - options.MaxSequences)
            : 0;

    /// <summary>Room for every sequence at the trained length, as far as a fifth of the machine's memory allows.</summary>
    private static int ChooseContextLength(GgufHeader header, ModelOptions options)
    {
        var trained = Math.Max(LeastContext, header.Integer($"{header.Architecture}.context_length") ?? 0);
        var bytesPerToken = Math.Max(1, CacheShape.Read(header).BytesPerToken(options.KvTypeK, options.KvTypeV));
        var affordable = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes * MemoryShareForCache / bytesPerToken;
        return (int)Math.Clamp(Math.Min(trained * options.MaxSequences, affordable), LeastContext, 1 << 20);
    }

    /// <summary>Quantized types store numbers in blocks, which must not reach from one head into the next.</summary>
    private static void CheckKvTypes(GgufHeader header, ModelOptions options)
    {
        var shape = CacheShape.Read(header);
        Check("keys", options.KvTypeK, shape.KeyLength);
        Check("values", options.KvTypeV, shape.ValueLength);

        void Check(string what, GgmlType type, int length)
        {
            if (LlamaContextOptions.KvTypes.Contains(type) && length % type.BlockSize() != 0)
            {
                throw new ModelUnavailableException(
                    $"The KV cache of '{header.Path}' cannot store {what} as {type}: that takes {type.BlockSize()} numbers together, but a head "
                    + $"of this model has {length}. F16, BF16 and F32 are possible.");
            }
        }
    }

    private static bool UsesGpu(ModelOptions options) =>
        options.GpuLayers != 0 && LlamaLibrary.SupportsGpuOffload
        && Gpus().Count > 0;

    private static IReadOnlyList<LlamaDevice> Gpus() =>
        [.. LlamaLibrary.GetDevices().Where(device => device.Type is LlamaDeviceType.Gpu or LlamaDeviceType.IntegratedGpu)];

    [LoggerMessage(
        Level = LogLevel.Information,
        Message = "Model {Model}: {Cells} KV cells for {Sequences} sequences of at most {Length} tokens, {Threads} threads.")]
    private partial void LogContext(string model, int cells, int sequences, int length, int threads);
}
