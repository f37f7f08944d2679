using Microsoft.Extensions.Logging;
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

    /// <summary>Loads llama.cpp's libraries.</summary>
    /// <param name="loggers">Gets llama.cpp's own log lines too.</param>
    /// <param name="clock">Times the phases of a load.</param>
    /// <param name="libraryDirectory">The folder of the libraries; null is the one that was built with Ryot.</param>
    /// <exception cref="LlamaLibraryException">The libraries are missing, or of another release.</exception>
    public LlamaBackend(ILoggerFactory loggers, TimeProvider clock, string? libraryDirectory = null)
    {
        _clock = clock;
        _logger = loggers.CreateLogger<LlamaBackend>();
        LlamaLibrary.Load(libraryDirectory, loggers);
    }

    /// <inheritdoc/>
    public string Version => $"llama.cpp {LlamaLibrary.Version}";

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
            runner = new LlamaModelRunner(model, options, ContextOptions(model, options), UsesGpu(options) ? DeviceKind.Gpu : DeviceKind.Cpu);
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
            throw new ModelUnavailableException(exception.Message, exception);
        }
        catch
        {
            Release(model, runner);
            throw;
        }
    }

    private static void Release(LlamaModel? model, LlamaModelRunner? runner)
    {
        if (runner is not null)
            runner.Dispose();
        else
            model?.Dispose();
    }

    private static LlamaContextOptions ContextOptions(LlamaModel model, ModelOptions options)
    {
        var batch = Math.Max(options.BatchTokens, options.MaxSequences);
        var threads = options.Threads > 0 ? options.Threads : ThreadCount.Choose(model.SizeBytes);
        return new LlamaContextOptions
        {
            ContextLength = options.ContextLength > 0 ? options.ContextLength : ChooseContextLength(model, options.MaxSequences),
            BatchSize = batch,
            MicroBatchSize = options.MicroBatchTokens > 0 ? Math.Min(options.MicroBatchTokens, batch) : batch,
            MaxSequences = options.MaxSequences + CountCachedSequences(model, options),
            Threads = threads,
            BatchThreads = threads,
            KvUnified = true,
        };
    }

    /// <summary>A state that is not made of cells, as recurrent models have, can be shared by no beginning of it.</summary>
    private static int CountCachedSequences(LlamaModel model, ModelOptions options) =>
        options.PrefixCache && !model.IsRecurrent && !model.IsHybrid
            ? Math.Min(MostCachedSequences, LlamaLibrary.MaxParallelSequences - options.MaxSequences)
            : 0;

    /// <summary>Room for every sequence at the trained length, as far as a fifth of the machine's memory allows.</summary>
    private static int ChooseContextLength(LlamaModel model, int maxSequences)
    {
        var trained = Math.Max(LeastContext, model.ContextLengthTrained);
        var wanted = (long)trained * maxSequences;
        var headLength = model.EmbeddingLength / Math.Max(1, model.HeadCount);
        // Keys and values, 2 bytes each.
        var bytesPerToken = Math.Max(1L, 4L * model.LayerCount * model.KvHeadCount * headLength);
        var affordable = (long)(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes * MemoryShareForCache) / bytesPerToken;
        return (int)Math.Clamp(Math.Min(wanted, affordable), LeastContext, 1 << 20);
    }

    private static bool UsesGpu(ModelOptions options) =>
        options.GpuLayers != 0 && LlamaLibrary.SupportsGpuOffload
        && LlamaLibrary.GetDevices().Any(device => device.Type is LlamaDeviceType.Gpu or LlamaDeviceType.IntegratedGpu);

    [LoggerMessage(
        Level = LogLevel.Information,
        Message = "Model {Model}: {Cells} KV cells for {Sequences} sequences of at most {Length} tokens, {Threads} threads.")]
    private partial void LogContext(string model, int cells, int sequences, int length, int threads);
}
