namespace Ryot.LlamaCpp;

/// <summary>llama.cpp's own timings of a context. They are 0 when the context was made with <see cref="LlamaContextOptions.NoPerf"/>.</summary>
/// <param name="Load">Time to load the model.</param>
/// <param name="Prompt">Time in batches of several tokens.</param>
/// <param name="Generation">Time in batches of one token.</param>
/// <param name="PromptTokens">Tokens in batches of several.</param>
/// <param name="GeneratedTokens">Batches of one token.</param>
/// <param name="ReusedGraphs">How often the last pass's graph could be used again.</param>
public readonly record struct LlamaTimings(
    TimeSpan Load, TimeSpan Prompt, TimeSpan Generation, int PromptTokens, int GeneratedTokens, int ReusedGraphs);
