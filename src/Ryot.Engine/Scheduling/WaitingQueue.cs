using Ryot.Metrics;

namespace Ryot.Engine.Scheduling;

/// <summary>
/// Sequences that wait, first in first out within each priority. Between priorities the head with the earliest virtual start goes
/// first: the time it was queued plus one ageing interval for each step of lower priority. So a higher priority overtakes, but only
/// what has waited less than that, and nobody starves.
/// </summary>
/// <param name="agingTicks">The ageing interval in ticks of the engine's clock.</param>
internal sealed class WaitingQueue(long agingTicks)
{
    private readonly LinkedList<Sequence>[] _queues = [new(), new(), new()];

    public int Count { get; private set; }

    public void Enqueue(Sequence sequence)
    {
        Queue(sequence).AddLast(sequence);
        Count++;
    }

    /// <summary>Puts a preempted sequence before all others of its priority.</summary>
    public void Requeue(Sequence sequence)
    {
        Queue(sequence).AddFirst(sequence);
        Count++;
    }

    public Sequence? Peek()
    {
        Sequence? best = null;
        var bestStart = long.MaxValue;
        for (var rank = 0; rank < _queues.Length; rank++)
        {
            if (_queues[rank].First is not { } node)
                continue;
            var start = node.Value.QueuedAt + rank * agingTicks;
            if (best is null || start < bestStart)
            {
                best = node.Value;
                bestStart = start;
            }
        }
        return best;
    }

    public void Remove(Sequence sequence)
    {
        if (Queue(sequence).Remove(sequence))
            Count--;
    }

    /// <summary>Adds all waiting sequences to a list, in no particular order.</summary>
    public void CopyTo(List<Sequence> target)
    {
        foreach (var queue in _queues)
        {
            foreach (var sequence in queue)
                target.Add(sequence);
        }
    }

    /// <summary>How many tokens of a text's beginning one of those that wait could take from the cache.</summary>
    public int CountShareable(ReadOnlySpan<int> text)
    {
        var most = 0;
        foreach (var queue in _queues)
        {
            foreach (var sequence in queue)
            {
                if (sequence.Job.Request.ReusesCache)
                    most = Math.Max(most, sequence.Tokens[..^1].CommonPrefixLength(text));
            }
        }
        return most;
    }

    private LinkedList<Sequence> Queue(Sequence sequence) => _queues[(int)sequence.Job.Request.Priority];

    /// <summary>0 for the highest priority.</summary>
    public static int Rank(PriorityLevel priority) => (int)priority;
}
