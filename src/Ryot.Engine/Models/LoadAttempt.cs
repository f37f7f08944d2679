namespace Ryot.Engine.Models;

/// <summary>One attempt to load a model, from its turn on. Its members change under its host's lock.</summary>
/// <param name="options">How the model is loaded.</param>
/// <param name="started">When its turn came.</param>
internal sealed class LoadAttempt(ModelOptions options, long started) : IAsyncDisposable
{
    private readonly CancellationTokenSource _givenUp = new();
    private Task _givingUp = Task.CompletedTask;

    public ModelOptions Options { get; } = options;

    public long Started { get; } = started;

    /// <summary>Whether the backend is at work; before that, the attempt waits for memory.</summary>
    public bool HasRoom { get; set; }

    /// <summary>Whether this was given up.</summary>
    public bool IsGivenUp => _givenUp.IsCancellationRequested;

    public CancellationToken Token => _givenUp.Token;

    /// <summary>Completes when the attempt has ended, however it did.</summary>
    public TaskCompletionSource Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Gives the attempt up. What waits for it goes on on other threads, since the caller holds the host's lock.</summary>
    public void GiveUp()
    {
        if (!IsGivenUp)
            _givingUp = _givenUp.CancelAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _givingUp;
        _givenUp.Dispose();
    }
}

/// <summary>Somebody who waits for a model to be loaded: a request, an administrator, or the start of the server.</summary>
/// <param name="kind">Who waits.</param>
internal sealed class LoadWaiter(LoadWaiterKind kind)
{
    public LoadWaiterKind Kind { get; } = kind;

    /// <summary>Gets the lease, or learns why there is none.</summary>
    public TaskCompletionSource<ModelLease> Source { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
}

/// <summary>Who waits for a model.</summary>
internal enum LoadWaiterKind
{
    /// <summary>A request of a client.</summary>
    Request,

    /// <summary>An administrator, or a model that must be in memory.</summary>
    Order,

    /// <summary>A model that should be in memory, but not at the cost of another one.</summary>
    IfRoom,
}
