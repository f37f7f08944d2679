namespace Ryot.Metrics;

/// <summary>The live state of a loaded model, read at each scrape.</summary>
public interface IModelState
{
    /// <summary>Reads the state of now. Must be quick and must take no lock that the engine's loop waits for.</summary>
    ModelStateSnapshot Read();
}

/// <summary>The live state of a loaded model at one moment.</summary>
/// <param name="KvCapacityTokens">Tokens that the KV cache can hold.</param>
/// <param name="KvUsedTokens">Tokens that it holds.</param>
/// <param name="LastStepUnixSeconds">Unix time of the last forward pass; NaN before the first.</param>
public readonly record struct ModelStateSnapshot(int KvCapacityTokens, int KvUsedTokens, double LastStepUnixSeconds);

/// <summary>One forward pass of the engine.</summary>
public readonly record struct StepObservation
{
    /// <summary>Sequences that sampled a token in the pass; 0 for a pass of prompt chunks only.</summary>
    public int BatchSize { get; init; }

    /// <summary>Prompt tokens that were computed in the pass.</summary>
    public int PrefillTokens { get; init; }

    /// <summary>Tokens in the pass of sequences past their prompt.</summary>
    public int DecodeTokens { get; init; }

    /// <summary>How most of the sequences in the pass deliver their output.</summary>
    public GenerationMode Majority { get; init; }

    /// <summary>When the pass ended, as the clock's <see cref="TimeProvider.GetTimestamp"/>.</summary>
    public long Timestamp { get; init; }
}
