namespace Ryot.Cli.Slo;

/// <summary>A file of objectives is wrong.</summary>
/// <param name="problems">All that is wrong, each with its line and key.</param>
public sealed class ObjectivesException(IReadOnlyList<string> problems) : Exception(string.Join(Environment.NewLine, problems))
{
    /// <summary>All that is wrong, each with its line and key.</summary>
    public IReadOnlyList<string> Problems { get; } = problems;
}
