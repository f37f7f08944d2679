using Ryot.Cli.Dashboards.Definitions;

namespace Ryot.Cli.Dashboards;

/// <summary>A dashboard's file.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Content">Its text.</param>
public sealed record DashboardFile(string Name, string Content);

/// <summary>All dashboards that come with Ryot.</summary>
public static class DashboardSet
{
    private static readonly Dashboard[] _all =
    [
        OverviewDashboard.Create(),
        LatencyDashboard.Create(),
        ThroughputDashboard.Create(),
        MemoryDashboard.Create(),
        DeviceDashboard.Create(),
        CostDashboard.Create(),
        LifecycleDashboard.Create(),
        SelfDashboard.Create(),
    ];

    /// <summary>The files of all dashboards. The same every time.</summary>
    public static IReadOnlyList<DashboardFile> Make() => [.. _all.Select(one => new DashboardFile($"{one.Name}.json", DashboardJson.Write(one)))];
}
