using System.Text.Json;

namespace Ryot.Testing.Monitoring;

/// <summary>A query of a panel.</summary>
/// <param name="Expression">Its PromQL, with Grafana's variables.</param>
/// <param name="Legend">The name of each series, with labels in double braces.</param>
/// <param name="HasExemplars">Whether exemplars are shown too.</param>
public sealed record GrafanaTarget(string Expression, string Legend, bool HasExemplars);

/// <summary>A step of the thresholds: the color from a value on.</summary>
/// <param name="Color">Grafana's name of the color.</param>
/// <param name="Value">Where it begins; null for the first, which begins at the lowest.</param>
public sealed record GrafanaThreshold(string Color, double? Value);

/// <summary>A place on the dashboard's grid of 24 columns.</summary>
/// <param name="X">The first column.</param>
/// <param name="Y">The first row.</param>
/// <param name="Width">In columns.</param>
/// <param name="Height">In rows.</param>
public sealed record GridPosition(int X, int Y, int Width, int Height)
{
    /// <summary>Whether two places share a cell.</summary>
    public bool Overlaps(GridPosition other)
        => X < other.X + other.Width && other.X < X + Width && Y < other.Y + other.Height && other.Y < Y + Height;
}

/// <summary>A panel; of a row (the heading of a section) only title and place matter.</summary>
public sealed record GrafanaPanel
{
    /// <summary>Its number in the dashboard.</summary>
    public required int Id { get; init; }

    /// <summary>Its kind: <c>row</c>, <c>timeseries</c>, <c>stat</c>, <c>bargauge</c>, <c>heatmap</c>, <c>table</c>.</summary>
    public required string Type { get; init; }

    /// <summary>Its title.</summary>
    public required string Title { get; init; }

    /// <summary>What it tells.</summary>
    public required string Description { get; init; }

    /// <summary>The unit of its values by Grafana's name.</summary>
    public required string Unit { get; init; }

    /// <summary>Where it is.</summary>
    public required GridPosition Position { get; init; }

    /// <summary>What it shows.</summary>
    public required IReadOnlyList<GrafanaTarget> Targets { get; init; }

    /// <summary>Where values become good or bad.</summary>
    public required IReadOnlyList<GrafanaThreshold> Thresholds { get; init; }

    /// <summary>The end of the axis, if it has one.</summary>
    public required double? Max { get; init; }

    /// <summary>Whether its series stand on each other.</summary>
    public required bool IsStacked { get; init; }

    /// <summary>Whether series that were 0 all the time are left out of the legend.</summary>
    public required bool HidesIdle { get; init; }

    /// <summary>The columns that a table keeps, in their order.</summary>
    public required IReadOnlyList<string> Columns { get; init; }
}

/// <summary>A dashboard of the repository, read from its JSON as Grafana would.</summary>
/// <param name="Path">Its file.</param>
/// <param name="Root">All of its JSON.</param>
/// <param name="Panels">Its panels and rows, in their order.</param>
public sealed record GrafanaDashboard(string Path, JsonElement Root, IReadOnlyList<GrafanaPanel> Panels)
{
    /// <summary>Its identity.</summary>
    public string Uid => Root.GetProperty("uid").GetString()!;

    /// <summary>Its title.</summary>
    public string Title => Root.GetProperty("title").GetString()!;

    /// <summary>The names of its variables.</summary>
    public IReadOnlyList<string> Variables
        => [.. Root.GetProperty("templating").GetProperty("list").EnumerateArray().Select(one => one.GetProperty("name").GetString()!)];

    /// <summary>The queries of its annotations, with their titles as legends.</summary>
    public IReadOnlyList<GrafanaTarget> Annotations
        => [.. Root.GetProperty("annotations").GetProperty("list").EnumerateArray().Select(one => new GrafanaTarget(
            one.GetProperty("target").GetProperty("expr").GetString()!, one.GetProperty("titleFormat").GetString()!, HasExemplars: false))];

    /// <summary>The dashboards under <c>monitoring/grafana/dashboards</c>.</summary>
    public static IReadOnlyList<GrafanaDashboard> ReadAll()
        => [.. Directory.GetFiles(RepositoryFiles.Path("monitoring", "grafana", "dashboards"), "*.json").Order(StringComparer.Ordinal).Select(Read)];

    /// <summary>Reads a dashboard.</summary>
    public static GrafanaDashboard Read(string path)
    {
        var root = JsonElement.Parse(File.ReadAllText(path));
        return new GrafanaDashboard(path, root, [.. root.GetProperty("panels").EnumerateArray().Select(ReadPanel)]);
    }

    private static GrafanaPanel ReadPanel(JsonElement panel)
    {
        var field = Find(panel, "fieldConfig", "defaults");
        var position = panel.GetProperty("gridPos");
        return new GrafanaPanel
        {
            Id = panel.GetProperty("id").GetInt32(),
            Type = panel.GetProperty("type").GetString()!,
            Title = Text(panel, "title"),
            Description = Text(panel, "description"),
            Unit = Text(field, "unit"),
            Position = new(position.GetProperty("x").GetInt32(), position.GetProperty("y").GetInt32(), position.GetProperty("w").GetInt32(), position.GetProperty("h").GetInt32()),
            Targets = [.. Items(panel, "targets").Select(target => new GrafanaTarget(
                Text(target, "expr"), Text(target, "legendFormat"), target.GetProperty("exemplar").GetBoolean()))],
            Thresholds = [.. Items(Find(field, "thresholds"), "steps").Select(step => new GrafanaThreshold(Text(step, "color"), Number(step, "value")))],
            Max = Number(field, "max"),
            IsStacked = Text(Find(field, "custom", "stacking"), "mode") == "normal",
            HidesIdle = Items(Find(panel, "fieldConfig"), "overrides").Exists(one => Text(Find(one, "matcher", "options"), "reducer") == "allIsZero"),
            Columns = [.. Items(panel, "transformations").Where(one => Text(one, "id") == "filterFieldsByName")
                .SelectMany(one => Items(Find(one, "options", "include"), "names")).Select(name => name.GetString()!)],
        };
    }

    private static JsonElement Find(JsonElement element, params string[] path)
        => path.Aggregate(element, (from, name) => from.ValueKind == JsonValueKind.Object && from.TryGetProperty(name, out var value) ? value : default);

    private static List<JsonElement> Items(JsonElement element, string name)
        => Find(element, name) is { ValueKind: JsonValueKind.Array } items ? [.. items.EnumerateArray()] : [];

    private static string Text(JsonElement element, string name) => Find(element, name) is { ValueKind: JsonValueKind.String } text ? text.GetString()! : "";

    private static double? Number(JsonElement element, string name) => Find(element, name) is { ValueKind: JsonValueKind.Number } number ? number.GetDouble() : null;
}
