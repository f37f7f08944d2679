using System.Collections.Concurrent;
using System.Diagnostics;

namespace Ryot.Testing.Faults;

/// <summary>The faults of one model that are still to come, and what became of those before. Safe on any thread.</summary>
public sealed class FaultInjection : IDisposable
{
    /// <summary>A text that holds this cannot be tokenized.</summary>
    public const string UntokenizableMark = "<untokenizable>";

    private readonly ConcurrentQueue<Fault> _coming = new();
    private readonly SemaphoreSlim _hangEnds = new(0);
    private int _hanging;
    private int _happened;
    private int _loads;
    private int _loaded;
    private long _busyTicks;
    private int _failingLoads;
    private long _passDelay;

    /// <summary>Faults that have happened.</summary>
    public int Happened => Volatile.Read(ref _happened);

    /// <summary>Faults that are still to come.</summary>
    public int Coming => _coming.Count;

    /// <summary>Whether a pass hangs now.</summary>
    public bool IsHanging => Volatile.Read(ref _hanging) > 0;

    /// <summary>Attempts to load the model.</summary>
    public int Loads => Volatile.Read(ref _loads);

    /// <summary>Those of them that gave a model.</summary>
    public int Loaded => Volatile.Read(ref _loaded);

    /// <summary>How long forward passes took, all together.</summary>
    public TimeSpan Busy => Stopwatch.GetElapsedTime(0, Volatile.Read(ref _busyTicks));

    /// <summary>How much longer every forward pass takes.</summary>
    public TimeSpan PassDelay
    {
        get => TimeSpan.FromTicks(Volatile.Read(ref _passDelay));
        set => Volatile.Write(ref _passDelay, value.Ticks);
    }

    /// <summary>Lets the next forward passes that hold tokens go wrong, one after the other.</summary>
    public void Add(params ReadOnlySpan<Fault> faults)
    {
        foreach (var fault in faults)
            _coming.Enqueue(fault);
    }

    /// <summary>Lets the next attempts to load the model fail.</summary>
    public void FailLoads(int count) => Interlocked.Add(ref _failingLoads, count);

    /// <summary>Nothing goes wrong any more that has not yet.</summary>
    public void Clear()
    {
        _coming.Clear();
        Volatile.Write(ref _failingLoads, 0);
    }

    /// <summary>Lets a pass that hangs go on.</summary>
    public void EndHang() => _hangEnds.Release();

    /// <inheritdoc/>
    public void Dispose() => _hangEnds.Dispose();

    internal bool TryTake(out Fault fault)
    {
        if (!_coming.TryDequeue(out fault))
            return false;
        Interlocked.Increment(ref _happened);
        return true;
    }

    internal bool TakeLoad()
    {
        Interlocked.Increment(ref _loads);
        while (Volatile.Read(ref _failingLoads) is > 0 and var left)
        {
            if (Interlocked.CompareExchange(ref _failingLoads, left - 1, left) == left)
                return true;
        }
        return false;
    }

    internal void CountLoaded() => Interlocked.Increment(ref _loaded);

    internal void CountPass(long started) => Interlocked.Add(ref _busyTicks, Stopwatch.GetTimestamp() - started);

    internal void Hang()
    {
        Interlocked.Increment(ref _hanging);
        _hangEnds.Wait();
        Interlocked.Decrement(ref _hanging);
    }
}
