namespace Ryot.Server.Generation;

/// <summary>The tokens that a client is told of.</summary>
/// <param name="PromptTokens">Tokens of the prompts.</param>
/// <param name="CachedTokens">Those of them whose keys and values were in the cache already.</param>
/// <param name="CompletionTokens">Tokens of the answers.</param>
/// <param name="CostUsd">What they cost, in US dollars; null when clients are not told.</param>
internal readonly record struct UsageReport(int PromptTokens, int CachedTokens, int CompletionTokens, double? CostUsd = null);
