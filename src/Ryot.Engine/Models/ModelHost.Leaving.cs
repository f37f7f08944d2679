using Ryot.Metrics;

namespace Ryot.Engine.Models;

/// <summary>How a model leaves memory.</summary>
public sealed partial class ModelHost
{
    private static readonly TimeSpan _interruptAfter = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan _poll = TimeSpan.FromMilliseconds(20);

    /// <summary>Takes the model out of memory. The next request loads it again.</summary>
    /// <param name="drain">
    /// Whether to wait for the requests that it has. New ones wait, and then have it loaded again. Otherwise a model with requests is
    /// left alone.
    /// </param>
    /// <exception cref="ModelInUseException">It has requests, and should not be drained.</exception>
    public async Task UnloadAsync(bool drain)
    {
        while (true)
        {
            Task gone;
            lock (_gate)
            {
                if (_loaded is { } loaded)
                {
                    if (!drain && !loaded.IsIdle)
                        throw InUse(Math.Max(loaded.Leases, loaded.Loop.UnfinishedRequests));
                    BeginDraining(loaded, EvictionReason.Manual);
                    gone = loaded.Gone.Task;
                }
                else if (_waiters.Count(waiter => waiter.Kind == LoadWaiterKind.Request) is > 0 and var waiting)
                {
                    if (!drain)
                        throw InUse(waiting);
                    gone = AddWaiter(LoadWaiterKind.Order).Source.Task;
                }
                else
                {
                    _waiters.RemoveAll(waiter => Refuse(waiter, "it was unloaded while it was being loaded"));
                    _attempt?.GiveUp();
                    gone = _attempt?.Done.Task ?? Task.CompletedTask;
                    drain = false;
                }
            }
            if (gone is Task<ModelLease> loading)
            {
                (await loading).Dispose();
                continue;
            }
            await gone;
            return;
        }
    }

    /// <summary>Takes a new configuration: at once what can change at once, and by loading the model anew what cannot.</summary>
    internal void Reconfigure(ModelOptions options)
    {
        TellMetrics(options);
        lock (_gate)
        {
            _removed = false;
            _options = options;
            // The file may be another one now.
            _backoff.Reset();
            if (_loaded is { } loaded && loaded.Options.NeedsReloadFor(options))
                BeginDraining(loaded, null);
            else if (_attempt is { } attempt && attempt.Options.NeedsReloadFor(options))
                attempt.GiveUp();
            SetIdleTimer(options.IdleTimeout);
        }
        KeepLoaded();
    }

    /// <summary>Takes no new requests, lets those it has end, and leaves memory.</summary>
    internal async Task RemoveAsync()
    {
        Task gone;
        lock (_gate)
        {
            _removed = true;
            foreach (var waiter in _waiters)
                waiter.Source.SetException(Removed());
            _waiters.Clear();
            _attempt?.GiveUp();
            if (_loaded is { } loaded)
                BeginDraining(loaded, null);
            gone = _loaded?.Gone.Task ?? _attempt?.Done.Task ?? Task.CompletedTask;
        }
        await gone;
    }

    /// <summary>Takes no more requests, lets those it has end within the limit, then cancels the rest.</summary>
    internal async Task StopAsync(TimeSpan limit)
    {
        Task attempt;
        LoadedModel? loaded;
        lock (_gate)
        {
            _stopped = true;
            foreach (var waiter in _waiters)
                waiter.Source.SetException(new EngineException(RefusalReason.ShuttingDown, "The server is shutting down."));
            _waiters.Clear();
            _attempt?.GiveUp();
            attempt = _attempt?.Done.Task ?? Task.CompletedTask;
            loaded = _loaded;
        }
        await attempt;
        if (loaded is null)
            return;
        var loop = loaded.Loop;
        var started = Clock.GetTimestamp();
        while (loop.UnfinishedRequests > 0 && Clock.GetElapsedTime(started) < limit && !loop.Ended.IsCompleted)
            await Task.Delay(_poll, Clock);
        if (loop.UnfinishedRequests > 0)
            LogCancelling(Id, loop.UnfinishedRequests);
        await CloseAsync(loaded);
        await loaded.Gone.Task;
    }

    /// <summary>What the choice of a model to evict depends on; null when there is nothing to evict.</summary>
    internal EvictionCandidate? AsCandidate()
    {
        lock (_gate)
        {
            return _loaded is { Draining: false } loaded && _options.Residency != ResidencyMode.Pinned
                ? new EvictionCandidate(this, _options.ResidencyPriority, loaded.IsIdle, loaded.LastUsed, loaded.LoadedAt)
                : null;
        }
    }

    /// <summary>Makes the model leave memory to make room for another.</summary>
    /// <param name="evenIfBusy">Whether to do so after its requests have ended; otherwise one with requests is left alone.</param>
    internal void Evict(bool evenIfBusy)
    {
        lock (_gate)
        {
            if (_loaded is { } loaded && (evenIfBusy || loaded.IsIdle))
                BeginDraining(loaded, EvictionReason.MemoryPressure);
        }
    }

    internal void Release(LoadedModel loaded)
    {
        lock (_gate)
        {
            loaded.Leases--;
            loaded.LastUsed = Clock.GetTimestamp();
            CloseIfIdle(loaded);
        }
        _services.Residency.Signal();
    }

    private ModelLease Lease(LoadedModel loaded)
    {
        loaded.Leases++;
        loaded.LastUsed = Clock.GetTimestamp();
        return new ModelLease(this, loaded);
    }

    private ModelInUseException InUse(int requests) => new(
        $"Model '{Id}' is in use ({requests} requests). Ask for it to be drained, or try again when it is idle.");

    /// <summary>From now on new requests wait; the model leaves when it is idle. The lock must be held.</summary>
    private void BeginDraining(LoadedModel loaded, EvictionReason? reason)
    {
        if (loaded.Draining)
            return;
        loaded.Draining = true;
        loaded.Reason = reason;
        CloseIfIdle(loaded);
        if (!loaded.Closing)
            _ = CloseWhenIdleAsync(loaded);
    }

    /// <summary>Sees to requests that run on after their lease was given back, whose end nobody else tells.</summary>
    private async Task CloseWhenIdleAsync(LoadedModel loaded)
    {
        while (!loaded.Gone.Task.IsCompleted)
        {
            await Task.Delay(_poll, Clock);
            lock (_gate)
                CloseIfIdle(loaded);
        }
    }

    private void CloseIfIdle(LoadedModel loaded)
    {
        if (!loaded.Draining || loaded.Closing || !loaded.IsIdle)
            return;
        loaded.Closing = true;
        _ = CloseAsync(loaded);
    }

    private async Task CloseAsync(LoadedModel loaded)
    {
        var loop = loaded.Loop;
        loop.Stop();
        // A pass of a usual length ends by itself; only a long one is interrupted.
        if (await Task.WhenAny(loop.Ended, Task.Delay(_interruptAfter, Clock)) != loop.Ended)
            loop.Runner.Interrupt();
    }

    /// <summary>Puts everything in order when the engine's thread has ended, for whatever reason.</summary>
    private async Task WatchAsync(LoadedModel loaded)
    {
        await loaded.Loop.Ended.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        var death = loaded.Loop.Ended.Exception?.InnerException;
        Metrics.Attach(null);
        Metrics.SetDescription(new ModelDescription { Device = loaded.Loop.Runner.Info.Device });
        lock (_gate)
        {
            _loaded = null;
            Volatile.Write(ref _progress, 0);
            _services.Residency.Free(this);
            if (death is not null)
                TakeDeath(loaded, death);
            else if (!_stopped)
                TakeLeaving(loaded);
        }
        loaded.Gone.SetResult();
        _services.Residency.Signal();
        if (loaded.Reason is null)
            KeepLoaded();
    }

    private void TakeDeath(LoadedModel loaded, Exception death)
    {
        var failure = $"its engine stopped working: {death.Message}";
        LogDied(Id, failure);
        TakeFailure(failure, Clock.GetElapsedTime(loaded.LoadedAt));
    }

    private void TakeLeaving(LoadedModel loaded)
    {
        _backoff.Reset();
        if (loaded.Reason is { } reason)
            Metrics.RecordEviction(reason);
        LogUnloaded(Id, loaded.Reason);
        if (_waiters.Count > 0)
            _services.Residency.RequestLoad(this);
    }

    /// <summary>Loads a model that should be in memory, and is not since its configuration changed or it failed.</summary>
    private void KeepLoaded()
    {
        lock (_gate)
        {
            if (_options.Residency == ResidencyMode.OnDemand || _stopped || _removed || _loaded is not null || _waiters.Count > 0)
                return;
            if (_backoff.Remaining > TimeSpan.Zero)
                return;
            _ = ReleaseAsync(AddWaiter(KindAtStart).Source.Task);
        }

        static async Task ReleaseAsync(Task<ModelLease> waiting)
        {
            await ((Task)waiting).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (waiting.IsCompletedSuccessfully)
                waiting.GetAwaiter().GetResult().Dispose();
        }
    }

    private void SetIdleTimer(TimeSpan? idleTimeout)
    {
        if (_loaded is not null && idleTimeout is { } timeout && _options.Residency != ResidencyMode.Pinned)
            _timer.Change(timeout, Timeout.InfiniteTimeSpan);
    }

    /// <summary>The model may have been idle for long enough, or the wait after a failure may be over.</summary>
    private void OnTimer()
    {
        lock (_gate)
        {
            if (_loaded is { Draining: false } loaded)
            {
                if (_options.IdleTimeout is not { } timeout || _options.Residency == ResidencyMode.Pinned)
                    return;
                var left = loaded.IsIdle ? timeout - Clock.GetElapsedTime(loaded.LastUsed) : timeout;
                if (left <= TimeSpan.Zero)
                    BeginDraining(loaded, EvictionReason.Timeout);
                else
                    _timer.Change(left, Timeout.InfiniteTimeSpan);
                return;
            }
            if (_failure is null)
                return;
        }
        KeepLoaded();
    }
}

/// <summary>A loaded model as the choice of what to evict sees it.</summary>
/// <param name="Host">The model.</param>
/// <param name="Priority">Its priority of residency.</param>
/// <param name="IsIdle">Whether it has no requests.</param>
/// <param name="LastUsed">When it was last used.</param>
/// <param name="LoadedAt">When it was loaded.</param>
internal readonly record struct EvictionCandidate(ModelHost Host, int Priority, bool IsIdle, long LastUsed, long LoadedAt);
