using Microsoft.Extensions.Logging;
using Ryot.Engine.Requests;
using Ryot.Engine.Scheduling;
using Ryot.Metrics;

namespace Ryot.Engine.Models;

/// <summary>What state a model is in.</summary>
public enum ModelStatus
{
    /// <summary>Being loaded.</summary>
    Loading,

    /// <summary>Loaded and serving.</summary>
    Ready,

    /// <summary>Could not be loaded, or stopped working.</summary>
    Failed,

    /// <summary>Stopping or stopped with the server.</summary>
    Stopped,
}

/// <summary>One configured model: loads it, takes its requests, and tells its state. Safe on any thread.</summary>
public sealed partial class ModelHost : IDisposable
{
    private static readonly TimeSpan _interruptAfter = TimeSpan.FromSeconds(1);

    private readonly IModelBackend _backend;
    private readonly TimeProvider _clock;
    private readonly ILogger<ModelHost> _logger;
    private readonly CancellationTokenSource _stopping = new();
    private readonly PrefixHistory _prefixes;
    private Task _loading = Task.CompletedTask;
    private volatile EngineLoop? _loop;
    private volatile string? _failure;
    private volatile bool _stopped;
    private float _progress;

    internal ModelHost(ModelOptions options, IModelBackend backend, RyotMetrics metrics, TimeProvider clock, ILogger<ModelHost> logger)
    {
        Options = options;
        Metrics = metrics.AddModel(options.Id, new ModelDescription { Device = DeviceKind.Cpu });
        RootMetrics = metrics;
        _backend = backend;
        _clock = clock;
        _logger = logger;
        _prefixes = new PrefixHistory(clock);
    }

    /// <summary>Name of the model.</summary>
    public string Id => Options.Id;

    /// <summary>How it was configured.</summary>
    public ModelOptions Options { get; }

    /// <summary>Its metrics.</summary>
    public ModelMetrics Metrics { get; }

    /// <summary>What it is, once it is loaded.</summary>
    public ModelInfo? Info => _loop?.Runner.Info;

    /// <summary>What state it is in.</summary>
    public ModelStatus Status => this switch
    {
        { _stopped: true } => ModelStatus.Stopped,
        { _failure: not null } => ModelStatus.Failed,
        { _loop: not null } => ModelStatus.Ready,
        _ => ModelStatus.Loading,
    };

    /// <summary>Why it failed, if it did.</summary>
    public string? Failure => _failure;

    /// <summary>Loaded share, 0 to 1.</summary>
    public float LoadProgress => Volatile.Read(ref _progress);

    /// <summary>Requests that were taken and have not ended.</summary>
    public int UnfinishedRequests => _loop?.UnfinishedRequests ?? 0;

    /// <summary>Text to tokens and back.</summary>
    /// <exception cref="EngineException">The model is not ready.</exception>
    public ITokenizer Tokenizer => RequireReady().Tokenizer;

    private RyotMetrics RootMetrics { get; }

    /// <summary>How long the engine has had work without finishing a step; zero when it is idle.</summary>
    public TimeSpan StalledFor() => _loop?.StalledFor() ?? TimeSpan.Zero;

    /// <summary>Throws unless the model can take requests.</summary>
    /// <exception cref="EngineException">It is loading, failed or stopped.</exception>
    public void EnsureReady() => RequireReady();

    /// <summary>Queues a request.</summary>
    /// <param name="request">What to generate.</param>
    /// <returns>Its events. Dispose it, so that a request whose reader failed does not run on.</returns>
    /// <exception cref="EngineException">The request was turned away; see <see cref="EngineException.Reason"/>.</exception>
    public GenerationStream Submit(GenerationRequest request)
    {
        var runner = RequireReady();
        var loop = _loop!;
        Validate(request, runner);
        if (!loop.TryEnterQueue(Options.QueueLimit))
        {
            throw new EngineException(
                RefusalReason.QueueFull,
                $"The queue of model '{Id}' is full ({Options.QueueLimit} requests are waiting). Try again later.");
        }
        var submitted = false;
        var stream = new GenerationStream(loop.Cancel);
        var job = new GenerationJob(request, stream);
        try
        {
            AddSequences(job, runner);
            submitted = loop.TrySubmit(job);
        }
        finally
        {
            if (!submitted)
            {
                loop.LeaveQueue();
                foreach (var sequence in job.Sequences)
                    sequence?.Sampler.Dispose();
            }
        }
        return submitted ? stream : throw NotReady();
    }

    /// <summary>Frees what is left after the model was stopped.</summary>
    public void Dispose() => _stopping.Dispose();

    internal void StartLoading() => _loading = Task.Factory.StartNew(Load, default, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    /// <summary>Completes when the first load has succeeded or failed.</summary>
    internal Task LoadedAsync() => _loading;

    /// <summary>Takes no more requests, lets those it has end within the limit, then cancels the rest.</summary>
    internal async Task StopAsync(TimeSpan limit)
    {
        _stopped = true;
        await _stopping.CancelAsync();
        await _loading;
        if (_loop is not { } loop)
            return;
        var started = _clock.GetTimestamp();
        while (loop.UnfinishedRequests > 0 && _clock.GetElapsedTime(started) < limit && !loop.Ended.IsCompleted)
            await Task.Delay(TimeSpan.FromMilliseconds(10), _clock);
        if (loop.UnfinishedRequests > 0)
            LogCancelling(Id, loop.UnfinishedRequests);
        loop.Stop();
        // A pass of a usual length ends by itself; only a long one is interrupted.
        var ended = await Task.WhenAny(loop.Ended, Task.Delay(_interruptAfter, _clock)) == loop.Ended;
        if (!ended)
            loop.Runner.Interrupt();
        await loop.Ended.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        Metrics.Attach(null);
    }

    private static void Validate(GenerationRequest request, IModelRunner runner)
    {
        if (request.Prompts.Count == 0 || request.SequencesPerPrompt < 1)
            throw new EngineException(RefusalReason.Invalid, "A request needs at least one prompt and one sequence for each.");
        foreach (var prompt in request.Prompts)
        {
            if (prompt.Length == 0)
                throw new EngineException(RefusalReason.Invalid, "The prompt is empty: it must hold at least one token.");
            if (prompt.Length >= runner.Info.MaxSequenceLength)
            {
                throw new EngineException(
                    RefusalReason.PromptTooLong,
                    $"The prompt has {prompt.Length} tokens, but the model's context holds {runner.Info.MaxSequenceLength}, "
                    + "of which at least one is needed for the answer. Shorten the prompt.");
            }
            foreach (var token in prompt)
            {
                if (token < 0 || token >= runner.Tokenizer.VocabularySize)
                    throw new EngineException(RefusalReason.Invalid, $"The prompt has token {token}, which the model's vocabulary lacks.");
            }
        }
    }

    private void AddSequences(GenerationJob job, IModelRunner runner)
    {
        var request = job.Request;
        var seed = request.Sampling.Seed ?? (uint)Random.Shared.NextInt64(uint.MaxValue);
        for (var index = 0; index < job.Sequences.Length; index++)
        {
            var prompt = request.Prompts[index / request.SequencesPerPrompt];
            var maxLength = (int)Math.Min(runner.Info.MaxSequenceLength, prompt.Length + (long)(request.Sampling.MaxTokens ?? int.MaxValue));
            var sampler = runner.CreateSampler(request.Sampling, unchecked(seed + (uint)index), prompt);
            var isFirstOfPrompt = index % request.SequencesPerPrompt == 0;
            job.Sequences[index] = new Sequence(job, index, prompt, maxLength, sampler)
            {
                PrefixLastSeen = isFirstOfPrompt ? _prefixes.Visit(prompt) : null,
            };
        }
    }

    private IModelRunner RequireReady() => Status == ModelStatus.Ready ? _loop!.Runner : throw NotReady();

    private EngineException NotReady() => Status switch
    {
        ModelStatus.Stopped => new EngineException(RefusalReason.ShuttingDown, "The server is shutting down."),
        ModelStatus.Failed => new EngineException(RefusalReason.Unavailable, $"Model '{Id}' is not available: {_failure}"),
        _ => new EngineException(RefusalReason.Loading, $"Model '{Id}' is still loading ({LoadProgress:P0}). Try again shortly."),
    };

    private void Load()
    {
        var started = _clock.GetTimestamp();
        try
        {
            LogLoading(Id, Options.Path);
            var phases = new LoadPhases();
            var runner = _backend.Load(Options, new ProgressSink(this), phases, _stopping.Token);
            var duration = _clock.GetElapsedTime(started);
            var loop = new EngineLoop(Options, runner, Metrics, _clock, _logger);
            Metrics.SetDescription(Describe(runner.Info));
            Metrics.Attach(loop);
            Metrics.RecordLoad(LoadKind.Cold, LoadResult.Success, duration);
            RootMetrics.RecordStartup(StartupPhase.ModelLoad, phases.ModelLoad);
            RootMetrics.RecordStartup(StartupPhase.CacheInit, phases.CacheInit);
            RootMetrics.RecordStartup(StartupPhase.Warmup, phases.Warmup);
            Volatile.Write(ref _progress, 1f);
            loop.Start();
            _ = WatchAsync(loop);
            _loop = loop;
            LogLoaded(Id, runner.Info.Architecture, runner.Info.Quantization, runner.Info.Parameters, duration.TotalSeconds);
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            LogLoadCancelled(Id);
        }
        catch (Exception exception)
        {
            _failure = exception.Message;
            Metrics.RecordLoad(LoadKind.Cold, LoadResult.Failed, _clock.GetElapsedTime(started));
            LogLoadFailed(Id, exception.Message, exception is ModelUnavailableException ? null : exception);
        }
    }

    private async Task WatchAsync(EngineLoop loop)
    {
        await loop.Ended.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (loop.Ended.Exception is { } exception)
            _failure = $"its engine stopped working: {exception.InnerException!.Message}";
    }

    private static ModelDescription Describe(ModelInfo info) => new()
    {
        Architecture = info.Architecture,
        Quantization = info.Quantization,
        Parameters = info.Parameters,
        ContextLength = info.MaxSequenceLength,
        Device = info.Device,
    };

    private sealed class ProgressSink(ModelHost host) : IProgress<float>
    {
        public void Report(float value) => Volatile.Write(ref host._progress, value);
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Loading model {Model} from {Path}.")]
    private partial void LogLoading(string model, string path);

    [LoggerMessage(Level = LogLevel.Information, Message = "Model {Model} is ready ({Architecture}, {Quantization}, {Parameters} parameters) after {Seconds:F2} s.")]
    private partial void LogLoaded(string model, string architecture, string quantization, long parameters, double seconds);

    [LoggerMessage(Level = LogLevel.Information, Message = "Loading model {Model} was given up.")]
    private partial void LogLoadCancelled(string model);

    [LoggerMessage(Level = LogLevel.Error, Message = "Model {Model} could not be loaded: {Reason}")]
    private partial void LogLoadFailed(string model, string reason, Exception? exception);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Model {Model}: cancelling {Count} requests that did not end in time.")]
    private partial void LogCancelling(string model, int count);
}
