using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Logging;
using Ryot.Engine.Requests;
using Ryot.Engine.Scheduling;
using Ryot.Metrics;

namespace Ryot.Engine.Models;

/// <summary>
/// One configured model: is loaded when it is needed, takes requests, leaves memory, and tells its state. Safe on any thread.
/// </summary>
[SuppressMessage("Usage", "CA2213", Justification = "An attempt to load ends by itself and then disposes itself.")]
public sealed partial class ModelHost : IDisposable
{
    private readonly HostServices _services;
    private readonly ILogger<ModelHost> _logger;
    private readonly Lock _gate = new();
    private readonly List<LoadWaiter> _waiters = [];
    private readonly LoadBackoff _backoff;
    private readonly PrefixHistory _prefixes;
    private readonly ITimer _timer;
    private volatile ModelOptions _options;
    private volatile LoadedModel? _loaded;
    private volatile string? _failure;
    private volatile bool _stopped;
    private volatile bool _removed;
    private LoadAttempt? _attempt;
    private bool _starting;
    private bool _wasLoaded;
    private float _progress;

    internal ModelHost(ModelOptions options, HostServices services)
    {
        _options = options;
        _services = services;
        _logger = services.Logger;
        _backoff = new LoadBackoff(services.Clock);
        _prefixes = new PrefixHistory(services.Clock);
        _timer = services.Clock.CreateTimer(_ => OnTimer(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        Metrics = services.Metrics.AddModel(options.Id, new ModelDescription { Device = DeviceKind.Cpu });
        TellMetrics(options);
    }

    /// <summary>Name of the model.</summary>
    public string Id => _options.Id;

    /// <summary>How it is configured now. A loaded model may still run as it was configured before.</summary>
    public ModelOptions Options => _options;

    /// <summary>Its metrics.</summary>
    public ModelMetrics Metrics { get; }

    /// <summary>What it is, while it is loaded.</summary>
    public ModelInfo? Info => _loaded?.Loop.Runner.Info;

    /// <summary>What state it is in.</summary>
    public ModelStatus Status
    {
        get
        {
            if (_stopped)
                return ModelStatus.Stopped;
            lock (_gate)
            {
                if (_loaded is { } loaded)
                    return loaded.Draining || loaded.Loop.Ended.IsCompleted ? ModelStatus.Unloading : ModelStatus.Ready;
                if (_attempt is not null || _waiters.Count > 0)
                    return ModelStatus.Loading;
                // One that is loaded on demand is as good as any other once it may be tried again.
                var failed = _failure is not null && (_options.Residency != ResidencyMode.OnDemand || _backoff.Remaining > TimeSpan.Zero);
                return failed ? ModelStatus.Failed : ModelStatus.NotLoaded;
            }
        }
    }

    /// <summary>Why the last attempt to load it failed, or its engine died; null since it was loaded.</summary>
    public string? Failure => _failure;

    /// <summary>How long until a model that failed may be loaded again.</summary>
    public TimeSpan RetryAfter => _backoff.Remaining;

    /// <summary>Share of the current load that is done, 0 to 1; 1 for a loaded model.</summary>
    public float LoadProgress => Volatile.Read(ref _progress);

    /// <summary>Whether it has been in memory since the start of the process.</summary>
    public bool WasLoaded => Volatile.Read(ref _wasLoaded);

    /// <summary>Requests that were taken and have not ended.</summary>
    public int UnfinishedRequests => _loaded?.Loop.UnfinishedRequests ?? 0;

    /// <summary>Requests that wait for the model to be loaded.</summary>
    public int RequestsWaitingForLoad
    {
        get
        {
            lock (_gate)
                return _waiters.Count(waiter => waiter.Kind == LoadWaiterKind.Request);
        }
    }

    /// <summary>What the model takes of memory, or will take while it is being loaded; nothing when it is not loaded.</summary>
    public MemoryEstimate Memory { get; internal set; } = MemoryEstimate.None;

    /// <summary>How long ago the loaded model was last used; null while it is in use or not loaded.</summary>
    public TimeSpan? IdleFor
    {
        get
        {
            lock (_gate)
                return _loaded is { IsIdle: true } loaded ? Clock.GetElapsedTime(loaded.LastUsed) : null;
        }
    }

    /// <summary>Text to tokens and back.</summary>
    /// <exception cref="EngineException">The model is not ready.</exception>
    public ITokenizer Tokenizer
    {
        get
        {
            using var lease = LeaseLoaded();
            return lease.Tokenizer;
        }
    }

    internal bool IsRemoved => _removed;

    private TimeProvider Clock => _services.Clock;

    /// <summary>How long the engine has had work without getting on; zero when it is idle.</summary>
    public TimeSpan StalledFor() => _loaded?.Loop.StalledFor() ?? TimeSpan.Zero;

    /// <summary>Queues a request for a model that is loaded.</summary>
    /// <param name="request">What to generate.</param>
    /// <returns>Its events. Dispose it, so that a request whose reader failed does not run on.</returns>
    /// <exception cref="EngineException">The request was turned away; see <see cref="EngineException.Reason"/>.</exception>
    public GenerationStream Submit(GenerationRequest request)
    {
        using var lease = LeaseLoaded();
        return lease.Submit(request);
    }

    /// <summary>Ends the model's timer. Its memory is freed when its engine stops.</summary>
    public void Dispose() => _timer.Dispose();

    internal GenerationStream Submit(LoadedModel loaded, GenerationRequest request)
    {
        EnsureWorks(loaded);
        var loop = loaded.Loop;
        Validate(request, loop.Runner);
        var limit = _options.QueueLimit;
        if (!loop.TryEnterQueue(limit))
        {
            throw new EngineException(
                RefusalReason.QueueFull, $"The queue of model '{Id}' is full ({limit} requests are waiting). Try again later.");
        }
        var submitted = false;
        var stream = new GenerationStream(loop.Cancel);
        var job = new GenerationJob(request, stream);
        try
        {
            AddSequences(job, loop.Runner);
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
        return submitted ? stream : throw Gone();
    }

    internal void EnsureWorks(LoadedModel loaded)
    {
        if (_stopped || loaded.Loop.Ended.IsCompleted)
            throw Gone();
    }

    private void TellMetrics(ModelOptions options)
    {
        Metrics.SetCostModel(options.Cost.Model);
        Metrics.SetObjectives(options.Objectives);
    }

    private ModelLease LeaseLoaded()
    {
        lock (_gate)
        {
            if (!_stopped && _loaded is { Draining: false } loaded)
                return Lease(loaded);
        }
        throw Refusal() ?? new EngineException(RefusalReason.Loading, DescribeLoading());
    }

    /// <summary>Why no request can be taken, not even one that waits; null when it can.</summary>
    private EngineException? Refusal()
    {
        if (_stopped)
            return new EngineException(RefusalReason.ShuttingDown, "The server is shutting down.");
        if (_removed)
            return Removed();
        if (_loaded is null && _attempt is null && _failure is { } failure && _backoff.Remaining is var wait && wait > TimeSpan.Zero)
            return Unavailable(failure, wait);
        return null;
    }

    private EngineException Gone() => _stopped
        ? new EngineException(RefusalReason.ShuttingDown, "The server is shutting down.")
        : Unavailable(_failure ?? "its engine stopped working", null);

    private EngineException Removed() =>
        new(RefusalReason.Removed, $"The model '{Id}' does not exist any more: it was removed from the configuration.");

    private EngineException Unavailable(string failure, TimeSpan? wait)
    {
        var message = $"Model '{Id}' is not available: {failure}";
        if (wait is { } time)
            message = $"{message.TrimEnd('.')}. It is tried again in {Math.Ceiling(time.TotalSeconds):F0} s at the earliest.";
        return new EngineException(RefusalReason.Unavailable, message) { RetryAfter = wait };
    }

    private string DescribeLoading() => $"Model '{Id}' is still loading ({LoadProgress:P0}). Try again shortly.";

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
        (int Length, TimeSpan? LastSeen) prefix = default;
        for (var index = 0; index < job.Sequences.Length; index++)
        {
            var prompt = request.Prompts[index / request.SequencesPerPrompt];
            var maxLength = (int)Math.Min(runner.Info.MaxSequenceLength, prompt.Length + (long)(request.Sampling.MaxTokens ?? int.MaxValue));
            var sampler = runner.CreateSampler(request.Sampling, unchecked(seed + (uint)index), prompt);
            if (index % request.SequencesPerPrompt == 0)
                prefix = _prefixes.Visit(prompt);
            job.Sequences[index] = new Sequence(job, index, prompt, maxLength, sampler)
            {
                PrefixLastSeen = prefix.LastSeen,
                RecurringPrefix = prefix.Length,
            };
        }
    }
}
