namespace Ryot.Server.Configuration;

/// <summary>The server cannot start as it is configured.</summary>
/// <param name="problems">All that is wrong, a sentence each.</param>
public sealed class ConfigurationException(IReadOnlyList<string> problems)
    : Exception("Ryot cannot start:" + string.Concat(problems.Select(problem => "\n  - " + problem)))
{
    /// <summary>All that is wrong, a sentence each.</summary>
    public IReadOnlyList<string> Problems { get; } = problems;
}
