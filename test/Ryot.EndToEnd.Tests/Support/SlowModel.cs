using Ryot.Testing.Models;

namespace Ryot.EndToEnd.Tests.Support;

/// <summary>
/// A model that is large enough for thousands of tokens to take many seconds on any machine: what a test cancels, or lets run out of
/// time, cannot be complete before that.
/// </summary>
internal static class SlowModel
{
    /// <summary>More tokens than it generates within a test.</summary>
    public const int ManyTokens = 8000;

    public static string Path => TestModels.Llama(new TestModelOptions { Layers = 8, Width = 256, ContextLength = 8192 });
}
