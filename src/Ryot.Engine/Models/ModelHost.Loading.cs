using System.Diagnostics.CodeAnalysis;
using Ryot.Engine.Scheduling;
using Ryot.Metrics;

namespace Ryot.Engine.Models;

/// <summary>How a model gets into memory.</summary>
public sealed partial class ModelHost
{
    /// <summary>Takes the model into use, and loads it first where it is not in memory.</summary>
    /// <param name="deadline">When to give up waiting, as a timestamp of the engine's clock; null is never.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <returns>What keeps the model in memory until it is disposed.</returns>
    /// <exception cref="EngineException">The model could not be loaded, or not in time, or the server is stopping.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    [SuppressMessage("Reliability", "CA2000", Justification = "The caller gets the lease.")]
    public ValueTask<ModelLease> AcquireAsync(long? deadline, CancellationToken cancellationToken)
    {
        var started = Clock.GetTimestamp();
        ModelLease? lease = null;
        LoadWaiter? waiter = null;
        lock (_gate)
        {
            if (Refusal() is { } refusal)
                throw refusal;
            if (_loaded is { Draining: false } loaded)
                lease = Lease(loaded);
            else
                waiter = AddWaiter(LoadWaiterKind.Request);
        }
        if (lease is null)
            return WaitForLoadAsync(waiter!, deadline, cancellationToken);
        Metrics.RecordLoad(LoadKind.FromCache, LoadResult.Success, Clock.GetElapsedTime(started));
        return ValueTask.FromResult(lease);
    }

    /// <summary>Loads the model, unless it is loaded already, and whether or not a failure is recent.</summary>
    /// <exception cref="EngineException">It could not be loaded, or the server is stopping.</exception>
    public Task LoadAsync()
    {
        _backoff.Reset();
        return LoadAsync(LoadWaiterKind.Order);
    }

    /// <summary>Loads the model as the server starts; completes when that has succeeded or failed.</summary>
    internal async Task StartLoadingAsync()
    {
        _starting = true;
        await LoadAsync(KindAtStart).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _starting = false;
    }

    private LoadWaiterKind KindAtStart => _options.Residency == ResidencyMode.Pinned ? LoadWaiterKind.Order : LoadWaiterKind.IfRoom;

    /// <summary>Whether this model may take the room of others.</summary>
    internal bool MayEvict
    {
        get
        {
            lock (_gate)
                return _waiters.Exists(waiter => waiter.Kind != LoadWaiterKind.IfRoom);
        }
    }

    /// <summary>Makes the attempt that somebody asked for. One at a time in the whole engine.</summary>
    internal async Task RunLoadAsync()
    {
        LoadAttempt attempt;
        lock (_gate)
        {
            if (_stopped || _removed || _loaded is not null || _waiters.Count == 0)
                return;
            attempt = _attempt = new LoadAttempt(_options, Clock.GetTimestamp());
            Volatile.Write(ref _progress, 0);
        }
        try
        {
            await _services.Residency.MakeRoomAsync(this, _services.Backend.EstimateMemory(attempt.Options), attempt.Token);
            lock (_gate)
                attempt.HasRoom = true;
            attempt.Token.ThrowIfCancellationRequested();
            await Task.Factory.StartNew(() => Load(attempt), default, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        }
        catch (OperationCanceledException) when (attempt.IsGivenUp)
        {
            EndAttempt(attempt, null);
        }
        catch (NoRoomException exception)
        {
            EndAttempt(attempt, exception);
        }
        catch (Exception exception)
        {
            Fail(attempt, exception);
        }
        attempt.Done.SetResult();
        await attempt.DisposeAsync();
    }

    private Task LoadAsync(LoadWaiterKind kind)
    {
        LoadWaiter waiter;
        lock (_gate)
        {
            if (Refusal() is { } refusal)
                throw refusal;
            if (_loaded is { Draining: false })
                return Task.CompletedTask;
            waiter = AddWaiter(kind);
        }
        return ReleaseAsync(waiter.Source.Task);

        static async Task ReleaseAsync(Task<ModelLease> waiting) => (await waiting).Dispose();
    }

    /// <summary>Queues somebody who waits, and asks for the load. The lock must be held.</summary>
    private LoadWaiter AddWaiter(LoadWaiterKind kind)
    {
        var waiter = new LoadWaiter(kind);
        _waiters.Add(waiter);
        // One that is leaving memory is loaded again when it has left.
        if (_loaded is null)
            _services.Residency.RequestLoad(this);
        return waiter;
    }

    private async ValueTask<ModelLease> WaitForLoadAsync(LoadWaiter waiter, long? deadline, CancellationToken cancellationToken)
    {
        var now = Clock.GetTimestamp();
        var limit = deadline is not { } end ? Timeout.InfiniteTimeSpan : end > now ? Clock.GetElapsedTime(now, end) : TimeSpan.Zero;
        try
        {
            return await waiter.Source.Task.WaitAsync(limit, Clock, cancellationToken);
        }
        catch (TimeoutException)
        {
            GiveUp(waiter);
            throw new EngineException(RefusalReason.Loading, "The request's deadline passed while it waited: " + DescribeLoading());
        }
        catch (OperationCanceledException)
        {
            GiveUp(waiter);
            throw;
        }
    }

    private void GiveUp(LoadWaiter waiter)
    {
        lock (_gate)
        {
            if (_waiters.Remove(waiter))
            {
                // A load that still waits for memory would take it from others for nobody.
                if (_waiters.Count == 0 && _attempt is { HasRoom: false } attempt)
                    attempt.GiveUp();
                return;
            }
        }
        // It got its lease at the same moment.
        if (waiter.Source.Task.IsCompletedSuccessfully)
            waiter.Source.Task.GetAwaiter().GetResult().Dispose();
    }

    [SuppressMessage("Reliability", "CA2000", Justification = "Those who wait get the leases.")]
    private void Load(LoadAttempt attempt)
    {
        LogLoading(Id, attempt.Options.Path);
        _services.LoadProgressed?.Invoke(this);
        var phases = new LoadPhases();
        var runner = _services.Backend.Load(attempt.Options, new ProgressSink(this), phases, attempt.Token);
        var loop = new EngineLoop(attempt.Options, runner, Metrics, _services.Turns[runner.Info.Device], Clock, _logger);
        var loaded = new LoadedModel(loop, attempt.Options, Clock.GetTimestamp());
        lock (_gate)
        {
            if (attempt.IsGivenUp)
            {
                // Its thread never ran, so it is freed here.
                runner.Dispose();
                throw new OperationCanceledException(attempt.Token);
            }
            RecordLoaded(attempt, runner.Info, loop);
            if (_starting && !_wasLoaded)
                RecordStartup(phases);
            if (runner.Memory.Devices is { Count: > 0 } devices)
                Memory = MemoryEstimate.Of(devices.Select(device => (device.DeviceId, device.WeightsBytes + device.KvCacheBytes + device.ActivationsBytes)));
            loop.Start();
            _loaded = loaded;
            _attempt = null;
            _failure = null;
            _wasLoaded = true;
            Volatile.Write(ref _progress, 1f);
            foreach (var waiter in _waiters)
                waiter.Source.SetResult(Lease(loaded));
            _waiters.Clear();
            SetIdleTimer(_options.IdleTimeout);
        }
        _ = WatchAsync(loaded);
        _services.LoadProgressed?.Invoke(this);
        var seconds = Clock.GetElapsedTime(attempt.Started).TotalSeconds;
        LogLoaded(Id, runner.Info.Architecture, runner.Info.Quantization, runner.Info.Parameters, seconds);
    }

    private void RecordLoaded(LoadAttempt attempt, ModelInfo info, EngineLoop loop)
    {
        Metrics.SetDescription(new ModelDescription
        {
            Architecture = info.Architecture,
            Quantization = info.Quantization,
            Parameters = info.Parameters,
            ContextLength = info.MaxSequenceLength,
            Device = info.Device,
        });
        Metrics.Attach(loop);
        Metrics.RecordLoad(_wasLoaded ? LoadKind.Warm : LoadKind.Cold, LoadResult.Success, Clock.GetElapsedTime(attempt.Started));
    }

    private void RecordStartup(LoadPhases phases)
    {
        _services.Metrics.RecordStartup(StartupPhase.ModelLoad, phases.ModelLoad);
        _services.Metrics.RecordStartup(StartupPhase.CacheInit, phases.CacheInit);
        _services.Metrics.RecordStartup(StartupPhase.Warmup, phases.Warmup);
    }

    /// <summary>Ends an attempt that was given up, or found no room without taking it from others. That is no failure.</summary>
    private void EndAttempt(LoadAttempt attempt, NoRoomException? noRoom)
    {
        LogLoadGivenUp(Id, noRoom?.Message ?? "nobody waits for it any more");
        lock (_gate)
        {
            Forget(attempt);
            if (noRoom is not null)
                _waiters.RemoveAll(waiter => waiter.Kind == LoadWaiterKind.IfRoom && Refuse(waiter, noRoom.Message));
            // Its configuration may have changed, or somebody came who may take room from others.
            if (_waiters.Count > 0)
                _services.Residency.RequestLoad(this);
        }
    }

    private bool Refuse(LoadWaiter waiter, string why) => waiter.Source.TrySetException(Unavailable(why, null));

    private void Fail(LoadAttempt attempt, Exception exception)
    {
        Metrics.RecordLoad(_wasLoaded ? LoadKind.Warm : LoadKind.Cold, LoadResult.Failed, Clock.GetElapsedTime(attempt.Started));
        LogLoadFailed(Id, exception.Message, exception is ModelUnavailableException ? null : exception);
        lock (_gate)
        {
            Forget(attempt);
            TakeFailure(exception.Message, TimeSpan.Zero);
        }
        _services.LoadProgressed?.Invoke(this);
    }

    /// <summary>Remembers a failure, answers all that wait, and sees to the next attempt. The lock must be held.</summary>
    private void TakeFailure(string failure, TimeSpan worked)
    {
        _failure = failure;
        var wait = _backoff.Failed(worked);
        foreach (var waiter in _waiters)
            waiter.Source.SetException(Unavailable(failure, wait));
        _waiters.Clear();
        // Where requests come only to servers that are ready, nobody else would ever try again.
        if (_options.Residency != ResidencyMode.OnDemand && !_stopped && !_removed)
            _timer.Change(wait, Timeout.InfiniteTimeSpan);
    }

    private void Forget(LoadAttempt attempt)
    {
        if (_attempt == attempt)
            _attempt = null;
        Volatile.Write(ref _progress, 0);
        _services.Residency.Free(this);
    }

    private sealed class ProgressSink(ModelHost host) : IProgress<float>
    {
        public void Report(float value)
        {
            Volatile.Write(ref host._progress, value);
            host._services.LoadProgressed?.Invoke(host);
        }
    }
}
