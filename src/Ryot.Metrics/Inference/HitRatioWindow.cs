namespace Ryot.Metrics;

/// <summary>
/// Prompt tokens of the last five minutes by second, and those of them that were reused. Many threads write and a scrape reads; nobody
/// waits: a cell holds its second together with the tokens, so that whoever comes first in a new second also clears the old one.
/// </summary>
internal sealed class HitRatioWindow(TimeProvider clock)
{
    internal const int WindowSeconds = 300;

    /// <summary>More than the window, so that a late writer does not meet a reader.</summary>
    private const int Slots = 320;

    private const int TokenBits = 36;
    private const long MostTokens = (1L << TokenBits) - 1;

    private readonly long _origin = clock.GetTimestamp();
    private readonly long[] _prompt = new long[Slots];
    private readonly long[] _reused = new long[Slots];

    /// <summary>Adds one prompt.</summary>
    internal void Add(int promptTokens, int reusedTokens)
    {
        var second = SecondOfNow();
        // In this order, so that a reader in between never sees more reused tokens than tokens.
        Add(ref _prompt[second % Slots], second, promptTokens);
        Add(ref _reused[second % Slots], second, reusedTokens);
    }

    /// <summary>Reused tokens divided by all of them, in the second that has begun and the 299 before it; NaN when there are none.</summary>
    internal double Ratio()
    {
        var last = SecondOfNow();
        long reused = 0;
        long prompt = 0;
        for (var second = Math.Max(0, last - WindowSeconds + 1); second <= last; second++)
        {
            reused += Read(ref _reused[second % Slots], second);
            prompt += Read(ref _prompt[second % Slots], second);
        }

        return prompt == 0 ? double.NaN : (double)reused / prompt;
    }

    private static void Add(ref long cell, long second, long tokens)
    {
        var seen = Volatile.Read(ref cell);
        while (true)
        {
            // Counted from 1, so that a cell never written is of no second.
            var sameSecond = seen >> TokenBits == second + 1;
            var total = Math.Min(MostTokens, sameSecond ? (seen & MostTokens) + tokens : tokens);
            var before = Interlocked.CompareExchange(ref cell, ((second + 1) << TokenBits) | total, seen);
            if (before == seen)
                return;
            seen = before;
        }
    }

    private static long Read(ref long cell, long second)
    {
        var value = Volatile.Read(ref cell);
        return value >> TokenBits == second + 1 ? value & MostTokens : 0;
    }

    private long SecondOfNow() => Math.Max(0, clock.GetTimestamp() - _origin) / clock.TimestampFrequency;
}
