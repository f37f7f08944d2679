namespace Ryot.Cli.Dashboards;

/// <summary>A dashboard as it is defined: what it shows, not how Grafana writes that down.</summary>
/// <param name="Name">Its name: that of its file, and with <c>ryot-</c> before it its identity (uid) in Grafana, which is part of its address.</param>
/// <param name="Title">Its title.</param>
/// <param name="Description">What it is for, in a sentence.</param>
/// <param name="Sections">Its sections, from the top.</param>
internal sealed record Dashboard(string Name, string Title, string Description, IReadOnlyList<Section> Sections)
{
    /// <summary>The identity of the dashboard with a name.</summary>
    public static string Uid(string name) => $"ryot-{name}";
}

/// <summary>A part of a dashboard with a heading, which can be folded.</summary>
/// <param name="Title">The heading.</param>
/// <param name="Lines">Its panels, line by line.</param>
internal sealed record Section(string Title, params IReadOnlyList<Line> Lines);

/// <summary>Panels side by side, which share the width equally.</summary>
/// <param name="Height">Their height, in cells of Grafana's grid.</param>
/// <param name="Panels">1, 2, 3, 4, 6 or 8 panels, so that their widths are whole cells.</param>
internal sealed record Line(int Height, params IReadOnlyList<Panel> Panels);

/// <summary>How a panel shows its data; the names in Grafana are <see cref="DashboardJson"/>'s business.</summary>
internal enum PanelKind
{
    /// <summary>Lines over time.</summary>
    TimeSeries,

    /// <summary>Areas over time that stand on each other.</summary>
    Stacked,

    /// <summary>The last value of each series as a number.</summary>
    Stat,

    /// <summary>The last value of each series as a bar.</summary>
    Bars,

    /// <summary>A histogram over time.</summary>
    HeatMap,

    /// <summary>The labels of each series as a row.</summary>
    Table,
}

/// <summary>One panel.</summary>
/// <param name="Kind">How it shows its data.</param>
/// <param name="Title">Its title.</param>
/// <param name="Description">What it tells and what to make of it.</param>
/// <param name="Unit">The unit of its values, one of <see cref="Dashboards.Unit"/>.</param>
/// <param name="Queries">What it shows.</param>
internal sealed record Panel(PanelKind Kind, string Title, string Description, string Unit, params IReadOnlyList<Query> Queries)
{
    /// <summary>Where values become bad; null when no value is.</summary>
    public Thresholds? Thresholds { get; init; }

    /// <summary>The end of the axis; null to fit the data. It always begins at 0 or below.</summary>
    public double? Max { get; init; }

    /// <summary>Whether series that were 0 all the time are left out of the legend: of many that could be, few are.</summary>
    public bool HidesIdle { get; init; }

    /// <summary>The labels that a table shows, as its columns.</summary>
    public IReadOnlyList<string> Columns { get; init; } = [];

    /// <summary>The dashboard that tells more, by its name; null when there is none.</summary>
    public string? MoreIn { get; init; }
}

/// <summary>A query of a panel.</summary>
/// <param name="Expression">Its PromQL.</param>
/// <param name="Legend">The name of each series, with labels in double braces.</param>
/// <param name="WithExemplars">Whether exemplars are asked for too, which only raw buckets have.</param>
internal sealed record Query(string Expression, string Legend, bool WithExemplars = false);

/// <summary>Where values become bad.</summary>
/// <param name="Target">The least value that is bad, or good.</param>
/// <param name="IsUpperLimit">Whether values from there on are bad, not good.</param>
internal sealed record Thresholds(double Target, bool IsUpperLimit)
{
    /// <summary>Good below the target.</summary>
    public static Thresholds Below(double target) => new(target, true);

    /// <summary>Good from the target on.</summary>
    public static Thresholds AtLeast(double target) => new(target, false);
}
