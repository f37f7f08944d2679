namespace Ryot.Engine.Models;

/// <summary>When a model that failed may be tried again: after 1 s, then twice as long each time, up to 5 minutes.</summary>
/// <param name="clock">The clock of the waits.</param>
internal sealed class LoadBackoff(TimeProvider clock)
{
    private static readonly TimeSpan _first = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan _longest = TimeSpan.FromMinutes(5);

    private long _failed;
    private TimeSpan _wait;

    /// <summary>How long until the next attempt may be made; zero when it may be made now.</summary>
    public TimeSpan Remaining
    {
        get
        {
            var remaining = _wait - clock.GetElapsedTime(_failed);
            return remaining > TimeSpan.Zero && _wait > TimeSpan.Zero ? remaining : TimeSpan.Zero;
        }
    }

    /// <summary>Takes in a failure.</summary>
    /// <param name="worked">How long the model had worked before; after long enough the waits begin anew.</param>
    /// <returns>How long to wait.</returns>
    public TimeSpan Failed(TimeSpan worked)
    {
        if (worked >= _longest)
            Reset();
        _failed = clock.GetTimestamp();
        _wait = _wait == TimeSpan.Zero ? _first : TimeSpan.FromTicks(Math.Min(_wait.Ticks * 2, _longest.Ticks));
        return _wait;
    }

    /// <summary>Begins anew: something has changed, and the next attempt may be made now.</summary>
    public void Reset() => _wait = TimeSpan.Zero;
}
