namespace Ryot.Engine.Scheduling;

/// <summary>
/// Remembers when the beginnings of prompts were last asked for, longer than their cells are kept: by a hash over every 16 tokens from the
/// start. Bounded; the oldest are forgotten. Safe on any thread.
/// </summary>
/// <param name="clock">Tells how long ago.</param>
internal sealed class PrefixHistory(TimeProvider clock)
{
    private const int BlockLength = KvPool.LeastShared;
    private const int Ways = 4;
    private const int Sets = 1 << 14;

    private readonly Lock _changes = new();
    private (ulong Hash, long Seen)[]? _entries;

    /// <summary>Notes a prompt.</summary>
    /// <param name="prompt">Its tokens.</param>
    /// <returns>The longest known beginning of it, and how long ago that was last noted; null when none is known.</returns>
    public (int Length, TimeSpan? LastSeen) Visit(ReadOnlySpan<int> prompt)
    {
        long? seen = null;
        var length = 0;
        long now;
        // FNV-1a, token by token; a block's hash covers all tokens before it too.
        var hash = 14695981039346656037UL;
        lock (_changes)
        {
            // Under the lock, so that whoever visits later has the later time.
            now = clock.GetTimestamp();
            _entries ??= new (ulong, long)[Sets * Ways];
            for (var i = 0; i < prompt.Length; i++)
            {
                hash = (hash ^ (uint)prompt[i]) * 1099511628211UL;
                if ((i + 1) % BlockLength != 0)
                    continue;
                if (Replace(_entries, hash, now) is not { } before)
                    continue;
                seen = before;
                length = i + 1;
            }
        }
        return (length, seen is { } timestamp ? clock.GetElapsedTime(timestamp, now) : null);
    }

    private static long? Replace((ulong Hash, long Seen)[] entries, ulong hash, long now)
    {
        // The upper bits, since the lower ones of this hash depend on few bits of the tokens.
        var set = entries.AsSpan((int)(hash >> 50) * Ways, Ways);
        ref var oldest = ref set[0];
        foreach (ref var entry in set)
        {
            if (entry.Hash == hash)
            {
                var before = entry.Seen;
                entry.Seen = now;
                return before;
            }
            if (entry.Seen < oldest.Seen)
                oldest = ref entry;
        }
        oldest = (hash, now);
        return null;
    }
}
