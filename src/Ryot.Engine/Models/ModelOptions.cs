using Ryot.LlamaCpp;
using Ryot.Metrics;

namespace Ryot.Engine.Models;

/// <summary>Which model to serve, and how. 0 lets the engine choose where a member says so.</summary>
public sealed record ModelOptions
{
    /// <summary>Name under which clients ask for the model, and the <c>model</c> label of its metrics.</summary>
    public required string Id { get; init; }

    /// <summary>Other names for the same model.</summary>
    public IReadOnlyList<string> Aliases { get; init; } = [];

    /// <summary>The GGUF file.</summary>
    public required string Path { get; init; }

    /// <summary>KV cells shared by all sequences, in tokens; 0 chooses.</summary>
    public int ContextLength { get; init; }

    /// <summary>Most sequences that run at once.</summary>
    public int MaxSequences { get; init; } = 16;

    /// <summary>Most tokens in one forward pass.</summary>
    public int BatchTokens { get; init; } = 512;

    /// <summary>Most tokens that the backend computes at a time within a pass; 0 is the same as <see cref="BatchTokens"/>.</summary>
    public int MicroBatchTokens { get; init; }

    /// <summary>Threads that compute; 0 chooses for the machine.</summary>
    public int Threads { get; init; }

    /// <summary>Layers to put on a GPU; -1 is all of them where there is one.</summary>
    public int GpuLayers { get; init; } = -1;

    /// <summary>Whether a model that does not fit on the GPU is loaded with fewer layers there.</summary>
    public bool AllowFewerGpuLayers { get; init; }

    /// <summary>Whether prompts that begin alike reuse each other's keys and values.</summary>
    public bool PrefixCache { get; init; } = true;

    /// <summary>Most KV cells that may be kept for reuse alone, in tokens; 0 chooses.</summary>
    public int PrefixCacheTokens { get; init; }

    /// <summary>A chat template to use instead of the file's: a Jinja template that llama.cpp knows, or the name of one.</summary>
    public string? ChatTemplate { get; init; }

    /// <summary>Requests that may wait; one more is turned away.</summary>
    public int QueueLimit { get; init; } = 256;

    /// <summary>After this long in the queue a request outranks new ones of the next higher priority, so that nobody starves.</summary>
    public TimeSpan PriorityAging { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How the KV cache stores keys: one of <see cref="LlamaContextOptions.KvTypes"/>. Smaller types are less exact.</summary>
    public GgmlType KvTypeK { get; init; } = GgmlType.F16;

    /// <summary>How the KV cache stores values. A quantized type needs flash attention, which is then switched on.</summary>
    public GgmlType KvTypeV { get; init; } = GgmlType.F16;

    /// <summary>
    /// Whether attention is computed by the fused kernels. Those sum differently for one token, few and many, so without them less depends
    /// on what a pass holds, at the price of speed and memory.
    /// </summary>
    public FlashAttention FlashAttention { get; init; } = FlashAttention.Auto;

    /// <summary>One forward pass in so many is profiled, which makes that pass slower; 0 profiles none.</summary>
    public int ProfileEvery { get; init; } = 512;

    /// <summary>When the model is in memory.</summary>
    public ResidencyMode Residency { get; init; } = ResidencyMode.OnStart;

    /// <summary>Among idle models, the one with the lowest number leaves memory first.</summary>
    public int ResidencyPriority { get; init; }

    /// <summary>After so long without a request the model leaves memory; null keeps it. A pinned model stays.</summary>
    public TimeSpan? IdleTimeout { get; init; }

    /// <summary>What its requests cost.</summary>
    public CostOptions Cost { get; init; } = new();

    /// <summary>What its requests are measured by.</summary>
    public ServiceObjectives Objectives { get; init; } = new();

    /// <summary>Whether all is the same, aliases by what they are.</summary>
    internal bool IsSameAs(ModelOptions other) => Aliases.SequenceEqual(other.Aliases) && this with { Aliases = other.Aliases } == other;

    /// <summary>Whether a model that was loaded like this must be loaded anew to be like others.</summary>
    /// <param name="other">How it should be.</param>
    internal bool NeedsReloadFor(ModelOptions other)
    {
        var changedAtOnce = this with
        {
            Aliases = other.Aliases,
            QueueLimit = other.QueueLimit,
            Residency = other.Residency,
            ResidencyPriority = other.ResidencyPriority,
            IdleTimeout = other.IdleTimeout,
            AllowFewerGpuLayers = other.AllowFewerGpuLayers,
            Cost = other.Cost,
            Objectives = other.Objectives,
        };
        return changedAtOnce != other;
    }
}
