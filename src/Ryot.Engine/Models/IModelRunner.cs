using Ryot.Engine.Requests;
using Ryot.Engine.Scheduling;
using Ryot.Metrics;

namespace Ryot.Engine.Models;

/// <summary>Loads models. The seam between the engine and what computes: llama.cpp, or a simulation in tests.</summary>
public interface IModelBackend
{
    /// <summary>Version of the library that computes, for <c>ryot_build_info</c>.</summary>
    string Version { get; }

    /// <summary>Tells what a model will take of memory, before it is loaded.</summary>
    /// <param name="options">Which model, and how.</param>
    /// <returns>The figures, with a remark on what they leave out.</returns>
    /// <exception cref="ModelUnavailableException">There is no such file.</exception>
    MemoryEstimate EstimateMemory(ModelOptions options) => File.Exists(options.Path)
        ? MemoryEstimate.OnCpu(new FileInfo(options.Path).Length, "the file's size, without the KV cache and buffers")
        : throw new ModelUnavailableException($"There is no file '{options.Path}'.");

    /// <summary>Loads a model and everything that it needs to run. Called on a thread of its own, since it takes long.</summary>
    /// <param name="options">Which model, and how.</param>
    /// <param name="progress">Told the loaded share, 0 to 1.</param>
    /// <param name="phases">Told how long each phase of the load took.</param>
    /// <param name="cancellationToken">Gives the load up.</param>
    /// <returns>The model, ready for its first step.</returns>
    /// <exception cref="ModelUnavailableException">The file is missing, broken or of an unknown kind, or memory does not suffice.</exception>
    IModelRunner Load(ModelOptions options, IProgress<float> progress, LoadPhases phases, CancellationToken cancellationToken);
}

/// <summary>A loaded model that runs forward passes. <see cref="Run"/> and <see cref="IDisposable.Dispose"/> are called by one thread, the engine's.</summary>
public interface IModelRunner : IDisposable
{
    /// <summary>What the model is and what it can hold.</summary>
    ModelInfo Info { get; }

    /// <summary>Text to tokens and back. Safe on any thread.</summary>
    ITokenizer Tokenizer { get; }

    /// <summary>What the model has allocated, as the library that computes tells it. Cheap, and safe on any thread.</summary>
    ModelMemory Memory { get; }

    /// <summary>How the time of the sampled passes was shared; NaN before the first. Safe on any thread.</summary>
    KernelShares Kernels { get; }

    /// <summary>Makes the state that samples one sequence's tokens. Safe on any thread.</summary>
    /// <param name="parameters">How tokens are chosen.</param>
    /// <param name="seed">The sequence's own seed.</param>
    /// <param name="prompt">The prompt's tokens, which penalties look back on.</param>
    ISequenceSampler CreateSampler(SamplingParameters parameters, uint seed, ReadOnlySpan<int> prompt);

    /// <summary>Makes changes to the cache, in order. Called before each pass that needs some. Allocates nothing.</summary>
    /// <param name="operations">The changes.</param>
    void ChangeCache(ReadOnlySpan<CacheOperation> operations);

    /// <summary>
    /// Runs one forward pass over the plan's items and samples <see cref="StepItem.Sampled"/> for those that ask for it. Allocates nothing.
    /// </summary>
    /// <param name="plan">What to compute: at least one token, and at most <see cref="ModelInfo.MaxBatchTokens"/>.</param>
    /// <returns>Whether the pass ran. If it did not, no sequence's cache has changed.</returns>
    StepStatus Run(StepPlan plan);

    /// <summary>Makes a forward pass that is under way end early, as <see cref="StepStatus.Failed"/>. Safe on any thread.</summary>
    void Interrupt();
}

/// <summary>Chooses one sequence's tokens; holds its random state and its penalty window.</summary>
public interface ISequenceSampler : IDisposable;

/// <summary>How a forward pass ended.</summary>
public enum StepStatus
{
    /// <summary>All of it was computed and sampled.</summary>
    Completed,

    /// <summary>The KV cache had no room for the batch.</summary>
    OutOfCache,

    /// <summary>Memory of the device ran out.</summary>
    OutOfMemory,

    /// <summary>The pass failed or was interrupted.</summary>
    Failed,
}
