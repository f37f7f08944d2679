using Ryot.Engine.Scheduling;
using Ryot.Metrics;

namespace Ryot.Engine.Models;

/// <summary>One residence of a model in memory, from its load to its end. Its members change under its host's lock.</summary>
internal sealed class LoadedModel(EngineLoop loop, ModelOptions options, long loadedAt)
{
    public EngineLoop Loop { get; } = loop;

    /// <summary>How it was loaded; the host's may have changed since.</summary>
    public ModelOptions Options { get; } = options;

    /// <summary>When it was loaded.</summary>
    public long LoadedAt { get; } = loadedAt;

    /// <summary>Completes when the engine's thread has ended and the memory is free.</summary>
    public TaskCompletionSource Gone { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Leases that were given out and not given back.</summary>
    public int Leases { get; set; }

    /// <summary>When it was last used.</summary>
    public long LastUsed { get; set; } = loadedAt;

    /// <summary>Whether it takes no new requests since it is to leave memory.</summary>
    public bool Draining { get; set; }

    /// <summary>Whether the engine's thread was told to end.</summary>
    public bool Closing { get; set; }

    /// <summary>Why it leaves memory; null when it does not, or when that is no eviction.</summary>
    public EvictionReason? Reason { get; set; }

    /// <summary>Whether nobody uses it. A request that its reader gave up may run on after its lease was given back.</summary>
    public bool IsIdle => Leases == 0 && Loop.UnfinishedRequests == 0;
}
