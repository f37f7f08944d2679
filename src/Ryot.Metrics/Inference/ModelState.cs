namespace Ryot.Metrics;

/// <summary>The live state of a loaded model, read at each scrape.</summary>
public interface IModelState
{
    /// <summary>Reads the state of now. Must be quick and must take no lock that the engine's loop waits for.</summary>
    ModelStateSnapshot Read();
}

/// <summary>The live state of a loaded model at one moment. What is not known is 0, empty or NaN, and its series are absent.</summary>
public readonly record struct ModelStateSnapshot
{
    /// <summary>Tokens that the KV cache can hold.</summary>
    public int KvCapacityTokens { get; init; }

    /// <summary>Cells of the KV cache that running sequences hold. Those that only the prefix cache keeps are free for use and not counted.</summary>
    public int KvUsedTokens { get; init; }

    /// <summary>Unix time of the last forward pass; 0 or NaN before the first.</summary>
    public double LastStepUnixSeconds { get; init; }

    /// <summary>Bytes that one token takes in the KV cache.</summary>
    public double KvBytesPerToken { get; init; }

    /// <summary>Tokens of the longest running sequence; 0 when none runs.</summary>
    public int LongestContextTokens { get; init; }

    /// <summary>Sequences that run.</summary>
    public int RunningSequences { get; init; }

    /// <summary>
    /// Since when the forward pass under way has been running, as the clock's <see cref="TimeProvider.GetTimestamp"/>; 0 when none is.
    /// </summary>
    public long BusySince { get; init; }

    /// <summary>What the model takes of each device that it is on.</summary>
    public IReadOnlyList<DeviceMemory> Memory
    {
        get => field ?? [];
        init;
    }

    /// <summary>How the time of the last profiled pass was shared.</summary>
    public KernelShares Kernels { get; init; }

    /// <summary>The data type of most weights, a value of label <c>dtype</c>, e.g. <c>float16</c>.</summary>
    public string DataType
    {
        get => field ?? "";
        init;
    }
}

/// <summary>What a model takes of one device.</summary>
/// <param name="DeviceId">The device's index (<c>0</c>, <c>1</c>, ...), or <c>cpu</c> for host memory.</param>
public readonly record struct DeviceMemory(string DeviceId)
{
    /// <summary>Bytes of the model's weights.</summary>
    public long WeightsBytes { get; init; }

    /// <summary>Bytes that the KV cache was given.</summary>
    public long KvCacheBytes { get; init; }

    /// <summary>Bytes for what is computed on the way.</summary>
    public long ActivationsBytes { get; init; }

    /// <summary>The most bytes that the model ever had there at once.</summary>
    public long PeakBytes { get; init; }

    /// <summary>Bytes of the device that are in use, by whomever; 0 when not known.</summary>
    public long DeviceUsedBytes { get; init; }

    /// <summary>Bytes that the device has; 0 when not known.</summary>
    public long DeviceTotalBytes { get; init; }

    /// <summary>The device's utilization from 0 to 100; NaN where it is the busy share of the engine's thread.</summary>
    public double UtilizationPercent { get; init; } = double.NaN;
}

/// <summary>How the time of a forward pass is shared between kinds of operations, each from 0 to 1, together 1; NaN or 0 before it was measured.</summary>
/// <param name="MatMul">Matrix multiplications.</param>
/// <param name="Attention">Attention.</param>
/// <param name="Other">Everything else.</param>
public readonly record struct KernelShares(double MatMul, double Attention, double Other);

/// <summary>One forward pass of the engine.</summary>
public readonly record struct StepObservation
{
    /// <summary>Sequences that sampled a token in the pass; 0 for a pass of prompt chunks only.</summary>
    public int BatchSize { get; init; }

    /// <summary>Prompt tokens that were computed in the pass.</summary>
    public int PrefillTokens { get; init; }

    /// <summary>Those of them that were computed for the first time; what is computed again after a preemption does not count.</summary>
    public int PromptTokensComputed { get; init; }

    /// <summary>Tokens in the pass of sequences past their prompt.</summary>
    public int DecodeTokens { get; init; }

    /// <summary>How most of the sequences in the pass deliver their output.</summary>
    public GenerationMode Majority { get; init; }

    /// <summary>When the pass began, as the clock's <see cref="TimeProvider.GetTimestamp"/>; 0 when that is not known.</summary>
    public long Started { get; init; }

    /// <summary>When the pass ended, as the clock's <see cref="TimeProvider.GetTimestamp"/>.</summary>
    public long Timestamp { get; init; }
}
