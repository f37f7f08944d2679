using System.Runtime.CompilerServices;
using System.Threading.Tasks.Sources;

namespace Ryot.Engine.Requests;

/// <summary>
/// The events of one request, for one reader at a time. Ends after every sequence has finished. Disposing it before that cancels
/// the request.
/// </summary>
public sealed class GenerationStream : IValueTaskSource<bool>, IThreadPoolWorkItem, IAsyncDisposable
{
    private const int NotWaiting = 0;
    private const int Waiting = 1;

    private readonly EventBuffer _events = new();
    private readonly Action<GenerationStream> _cancel;
    private ManualResetValueTaskSourceCore<bool> _waiter = new() { RunContinuationsAsynchronously = false };
    private int _state;
    private bool _completed;
    private int _cancelRequested;
    private CancellationToken _giveUp;

    internal GenerationStream(Action<GenerationStream> cancel) => _cancel = cancel;

    /// <summary>Whether the request was cancelled through <see cref="Cancel"/>.</summary>
    public bool CancelRequested => Volatile.Read(ref _cancelRequested) != 0;

    /// <summary>The scheduler's side of this request.</summary>
    internal object? Owner { get; set; }

    /// <summary>Takes the next event, if there is one already.</summary>
    /// <param name="value">The event.</param>
    public bool TryRead(out GenerationEvent value) => _events.TryRead(out value);

    /// <summary>Waits until there is an event to read. The wait itself allocates nothing.</summary>
    /// <returns>False once all events were read and none will follow.</returns>
    public ValueTask<bool> WaitToReadAsync()
    {
        if (_events.HasUnread)
            return new ValueTask<bool>(true);
        if (Volatile.Read(ref _completed))
            return new ValueTask<bool>(_events.HasUnread);
        _waiter.Reset();
        var task = new ValueTask<bool>(this, _waiter.Version);
        WaitForWake();
        return task;
    }

    /// <summary>Waits like <see cref="WaitToReadAsync()"/>, but gives up when the token is cancelled.</summary>
    /// <param name="cancellationToken">Ends the wait, not the request.</param>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<bool> WaitToReadAsync(CancellationToken cancellationToken)
    {
        if (_events.HasUnread)
            return true;
        _giveUp = cancellationToken;
        using var registration = cancellationToken.UnsafeRegister(static (state, token) => ((GenerationStream)state!).GiveUp(token), this);
        try
        {
            return await WaitToReadAsync();
        }
        finally
        {
            _giveUp = default;
        }
    }

    /// <summary>
    /// Asks the engine to stop. It does so within one step; the remaining events, up to each sequence's end, still arrive.
    /// </summary>
    public void Cancel()
    {
        if (Interlocked.Exchange(ref _cancelRequested, 1) == 0)
            _cancel(this);
    }

    /// <summary>Cancels what has not finished.</summary>
    public ValueTask DisposeAsync()
    {
        if (!Volatile.Read(ref _completed))
            Cancel();
        return ValueTask.CompletedTask;
    }

    /// <summary>Adds an event. The reader is woken by <see cref="Wake"/>, once for all that a step adds.</summary>
    internal void Publish(in GenerationEvent value) => _events.Write(value);

    /// <summary>No event follows. Wakes the reader.</summary>
    internal void Complete()
    {
        Volatile.Write(ref _completed, true);
        Wake();
    }

    /// <summary>Lets a waiting reader go on, on a thread of the pool: the engine's thread runs no continuation.</summary>
    internal void Wake()
    {
        if (Interlocked.Exchange(ref _state, NotWaiting) == Waiting)
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }

    void IThreadPoolWorkItem.Execute()
    {
        if (HasNews)
            _waiter.SetResult(_events.HasUnread);
        else
            // The reader had already read what it was woken for, before it began this wait.
            WaitForWake();
    }

    bool IValueTaskSource<bool>.GetResult(short token) => _waiter.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource<bool>.GetStatus(short token) => _waiter.GetStatus(token);

    void IValueTaskSource<bool>.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _waiter.OnCompleted(continuation, state, token, flags);

    private bool HasNews => _events.HasUnread || Volatile.Read(ref _completed);

    private void WaitForWake()
    {
        Interlocked.Exchange(ref _state, Waiting);
        // What was published between the last check and the exchange would otherwise wake nobody.
        if (HasNews && Interlocked.Exchange(ref _state, NotWaiting) == Waiting)
            _waiter.SetResult(_events.HasUnread);
        // And the token may have been cancelled while nobody waited.
        else if (_giveUp.IsCancellationRequested)
            GiveUp(_giveUp);
    }

    private void GiveUp(CancellationToken token)
    {
        if (Interlocked.Exchange(ref _state, NotWaiting) == Waiting)
            _waiter.SetException(new OperationCanceledException(token));
    }
}
