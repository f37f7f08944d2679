namespace Ryot.Server.Tests.Support;

/// <summary>Lets the simulated model take its steps, or only some of them.</summary>
internal sealed class StepGate
{
    private readonly SemaphoreSlim _allowed = new(0);
    private volatile bool _open = true;
    private volatile int _waiting;

    /// <summary>Whether the engine waits here.</summary>
    public bool IsWaiting => _waiting > 0;

    /// <summary>From now on steps need to be allowed.</summary>
    public void Close() => _open = false;

    /// <summary>From now on all steps are taken.</summary>
    public void Open()
    {
        _open = true;
        _allowed.Release();
    }

    /// <summary>Lets one step more be taken.</summary>
    public void Allow() => _allowed.Release();

    /// <summary>Called by the engine at each step.</summary>
    public void Pass()
    {
        if (_open)
            return;
        Interlocked.Increment(ref _waiting);
        _allowed.Wait();
        Interlocked.Decrement(ref _waiting);
        // Opening releases one waiter, which lets the next one go.
        if (_open)
            _allowed.Release();
    }
}
