using Ryot.LlamaCpp.Interop;

namespace Ryot.LlamaCpp;

/// <summary>The scheduling priority of ggml's worker threads.</summary>
public enum ThreadPriority
{
    /// <summary>Below normal.</summary>
    Low = -1,

    /// <summary>As other threads.</summary>
    Normal = 0,

    /// <summary>Above normal; may need a privilege.</summary>
    Medium = 1,

    /// <summary>High; may need a privilege.</summary>
    High = 2,

    /// <summary>Real time; needs a privilege.</summary>
    Realtime = 3,
}

/// <summary>How a thread pool is made.</summary>
public sealed record LlamaThreadPoolOptions
{
    /// <summary>Threads, the one that calls <see cref="LlamaContext.Decode"/> included; 1 to 512.</summary>
    public int Threads { get; init; } = 1;

    /// <summary>How long workers spin for work before they sleep: 0 not at all, 100 very long. ggml's own default is 50.</summary>
    public int Poll { get; init; } = 50;

    /// <summary>The workers' priority.</summary>
    public ThreadPriority Priority { get; init; } = ThreadPriority.Normal;

    /// <summary>The processors to run on; empty leaves it to the system.</summary>
    public IReadOnlyList<int> Processors { get; init; } = [];

    /// <summary>True to give each thread one of <see cref="Processors"/> for itself.</summary>
    public bool StrictProcessors { get; init; }
}

/// <summary>Worker threads that contexts compute with. A context that uses it keeps it alive.</summary>
public sealed unsafe class LlamaThreadPool : IDisposable
{
    /// <summary>Starts the threads.</summary>
    /// <param name="options">How many threads, and how they behave.</param>
    /// <exception cref="LlamaLibraryException">The CPU backend has no thread pools.</exception>
    public LlamaThreadPool(LlamaThreadPoolOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        LlamaContextOptions.CheckThreads(options.Threads, nameof(options));
        ArgumentOutOfRangeException.ThrowIfNegative(options.Poll);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(options.Poll, 100);
        LlamaLibrary.ThrowIfNotLoaded();

        ThreadPoolParams parameters;
        NativeGgml.ThreadPoolParamsInit(&parameters, options.Threads);
        parameters.Poll = (uint)options.Poll;
        parameters.Priority = (int)options.Priority;
        parameters.StrictCpu = Convert.ToByte(options.StrictProcessors);
        foreach (int processor in options.Processors)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(processor, nameof(options));
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(processor, ThreadPoolParams.MaxThreads, nameof(options));
            parameters.CpuMask[processor] = 1;
        }

        Threads = options.Threads;
        Handle = ThreadPoolHandle.Create(&parameters);
    }

    /// <summary>How many threads the pool has, the caller's included.</summary>
    public int Threads { get; }

    internal ThreadPoolHandle Handle { get; }

    /// <summary>Stops the threads once no context uses them.</summary>
    public void Dispose() => Handle.Dispose();
}
