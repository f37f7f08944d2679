namespace Ryot.Metrics;

/// <summary>
/// How much of the last seconds the engine's thread was in a forward pass. That thread writes, a scrape reads, and neither waits: the
/// ring is longer than the window, so the second that is overwritten is one that nobody reads.
/// </summary>
internal sealed class BusyWindow(TimeProvider clock)
{
    internal const int WindowSeconds = 10;

    private const int Slots = 32;

    private readonly long _origin = clock.GetTimestamp();
    private readonly long _frequency = clock.TimestampFrequency;
    private readonly long[] _seconds = [.. Enumerable.Repeat(-1L, Slots)];
    private readonly long[] _ticks = new long[Slots];
    private long _recordedUntil;

    /// <summary>Adds one pass to the seconds that it spanned; called by one thread only.</summary>
    internal void Add(long started, long ended)
    {
        // What is older than the window is never read.
        var from = Math.Max(Math.Max(started, ended - ((WindowSeconds + 1) * _frequency)), Math.Max(_recordedUntil, _origin));
        while (from < ended)
        {
            var second = (from - _origin) / _frequency;
            var until = Math.Min(ended, _origin + ((second + 1) * _frequency));
            AddTo(second, until - from);
            from = until;
        }

        if (ended > _recordedUntil)
            Volatile.Write(ref _recordedUntil, ended);
    }

    /// <summary>The busy share, from 0 to 1, of the last whole seconds; while there are not enough of them, of the time so far.</summary>
    /// <param name="busySince">Since when the pass under way has been running, which is not in the ring yet; 0 when none is.</param>
    internal double Share(long busySince)
    {
        var now = clock.GetTimestamp();
        if (now <= _origin)
            return 0;
        // A pass that has ended since its begin was read is in the ring by now.
        var under = busySince > 0 ? Math.Max(busySince, Volatile.Read(ref _recordedUntil)) : now;
        var current = (now - _origin) / _frequency;
        var full = current >= WindowSeconds;
        var (first, last) = full ? (current - WindowSeconds, current - 1) : (0, current);
        long busy = 0;
        for (var second = first; second <= last; second++)
        {
            var begin = _origin + (second * _frequency);
            var end = Math.Min(begin + _frequency, now);
            var slot = (int)(second % Slots);
            var ticks = Volatile.Read(ref _seconds[slot]) == second ? Volatile.Read(ref _ticks[slot]) : 0;
            ticks += Math.Max(0, end - Math.Max(begin, under));
            // A pass that ends right now may be in both.
            busy += Math.Min(ticks, end - begin);
        }

        return busy / (full ? (double)WindowSeconds * _frequency : now - _origin);
    }

    private void AddTo(long second, long ticks)
    {
        var slot = (int)(second % Slots);
        if (_seconds[slot] != second)
        {
            Volatile.Write(ref _ticks[slot], 0);
            Volatile.Write(ref _seconds[slot], second);
        }

        Volatile.Write(ref _ticks[slot], _ticks[slot] + ticks);
    }
}
