using Ryot.Metrics;

namespace Ryot.Engine.Scheduling;

/// <summary>Told what the scheduler decides, on the engine's thread.</summary>
internal interface ISchedulerObserver
{
    /// <summary>A request left the queue: its first prompt chunk is in the plan.</summary>
    void Admitted(GenerationJob job);

    /// <summary>A request left the queue without ever having run.</summary>
    void LeftQueue(GenerationJob job);

    /// <summary>A sequence gave its cells up and waits again.</summary>
    void Preempted();

    /// <summary>A sequence ended; its counts are still those of its run.</summary>
    void Ended(Sequence sequence, FinishReason reason);
}
