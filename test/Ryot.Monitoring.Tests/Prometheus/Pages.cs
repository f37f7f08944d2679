using Ryot.Monitoring.Tests.Support;
using Ryot.Testing.Monitoring;

namespace Ryot.Monitoring.Tests.Prometheus;

/// <summary>The pages about monitoring.</summary>
internal static class Pages
{
    /// <summary>The pages of alerts.</summary>
    public static IReadOnlyList<string> Runbooks() => MonitoringFiles.List("runbooks", "*.md");

    /// <summary>All pages that name metrics.</summary>
    public static IEnumerable<string> All() => [MonitoringFiles.Path("queries.md"), MonitoringFiles.Path("README.md"), .. Runbooks()];

    /// <summary>All queries in them.</summary>
    public static IEnumerable<PageQuery> Queries() => All().SelectMany(MarkdownQueries.Read);
}
