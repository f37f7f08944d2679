namespace Ryot.Metrics;

/// <summary>
/// Completion tokens of the last 15 minutes by second and batch size. The engine's thread writes, a scrape reads, and neither
/// waits: the ring is longer than the longest window, so the second that is overwritten is one that nobody reads.
/// </summary>
internal sealed class TokenRateWindow(TimeProvider clock)
{
    internal static readonly int[] WindowSeconds = [60, 300, 900];

    private const int Slots = 1024;

    private readonly long _origin = clock.GetTimestamp();
    private readonly long[] _seconds = [.. Enumerable.Repeat(-1L, Slots)];
    private readonly long[] _tokens = new long[Slots * Wire.BatchSizes.Length];
    private long _lastTimestamp;
    private long _newest = -1;

    /// <summary>Adds the tokens of one pass; called by one thread only.</summary>
    /// <returns>False when the time is earlier than that of the pass before; the tokens are counted at that one's.</returns>
    internal bool Add(int batchSize, int tokens, long timestamp)
    {
        var inOrder = timestamp >= Math.Max(_origin, _lastTimestamp);
        if (inOrder)
            _lastTimestamp = timestamp;
        var second = Math.Max(SecondOf(timestamp), Math.Max(0, _newest));
        var slot = (int)(second % Slots);
        var cells = _tokens.AsSpan(slot * Wire.BatchSizes.Length, Wire.BatchSizes.Length);
        if (_seconds[slot] != second)
        {
            for (var size = 0; size < cells.Length; size++)
                Volatile.Write(ref cells[size], 0);
            Volatile.Write(ref _seconds[slot], second);
        }

        Volatile.Write(ref cells[batchSize], cells[batchSize] + tokens);
        _newest = second;
        return inOrder;
    }

    /// <summary>Tokens per second over a window until now.</summary>
    internal double Rate(int windowSeconds, int batchSize)
    {
        var timestamp = clock.GetTimestamp();
        if (timestamp <= _origin)
            return 0;

        // A full window is the last whole seconds; one not yet full takes the begun second in, at the time that it really had.
        var now = SecondOf(timestamp);
        var full = now >= windowSeconds;
        var (first, last) = full ? (now - windowSeconds, now - 1) : (0, now);
        long tokens = 0;
        for (var second = first; second <= last; second++)
        {
            var slot = (int)(second % Slots);
            if (Volatile.Read(ref _seconds[slot]) == second)
                tokens += Volatile.Read(ref _tokens[(slot * Wire.BatchSizes.Length) + batchSize]);
        }

        return tokens / (full ? windowSeconds : (double)(timestamp - _origin) / clock.TimestampFrequency);
    }

    private long SecondOf(long timestamp) => (timestamp - _origin) / clock.TimestampFrequency;
}
