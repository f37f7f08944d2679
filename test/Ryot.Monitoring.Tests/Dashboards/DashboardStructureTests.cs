using Ryot.Testing.Monitoring;
using Xunit;

namespace Ryot.Monitoring.Tests.Dashboards;

/// <summary>The dashboards' files as Grafana reads them.</summary>
public sealed class DashboardStructureTests
{
    private const int GridWidth = 24;

    private static readonly IReadOnlyList<GrafanaDashboard> _dashboards = GrafanaDashboard.ReadAll();

    public static TheoryData<string> Names { get; } = [.. _dashboards.Select(one => Path.GetFileNameWithoutExtension(one.Path))];

    [Fact]
    public void Each_has_an_identity_and_a_title_of_its_own()
    {
        Assert.Equal(8, _dashboards.Count);
        Assert.Equal(_dashboards.Count, _dashboards.Select(one => one.Uid).Distinct().Count());
        Assert.Equal(_dashboards.Count, _dashboards.Select(one => one.Title).Distinct().Count());
        // Grafana's limit.
        Assert.All(_dashboards, one => Assert.InRange(one.Uid.Length, 1, 40));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_panel_says_what_it_shows(string name)
    {
        var dashboard = Find(name);
        Assert.Equal(dashboard.Panels.Count, dashboard.Panels.Select(panel => panel.Id).Distinct().Count());
        Assert.All(dashboard.Panels, panel => Assert.NotEmpty(panel.Title));
        Assert.All(Charts(dashboard), panel =>
        {
            Assert.NotEmpty(panel.Description);
            Assert.EndsWith(".", panel.Description, StringComparison.Ordinal);
            Assert.NotEmpty(panel.Unit);
            Assert.NotEmpty(panel.Thresholds);
            Assert.NotEmpty(panel.Targets);
            Assert.All(panel.Targets, target => Assert.NotEmpty(target.Legend));
        });
        var sections = dashboard.Panels.Where(panel => panel.Type == "row").Select(row => row.Position.Y).ToList();
        Assert.All(sections, y => Assert.Contains(dashboard.Panels, panel => panel.Position.Y == y + 1));
        Assert.Equal(
            Charts(dashboard).Count(),
            Charts(dashboard).Select(panel => (panel.Title, sections.Last(y => y < panel.Position.Y))).Distinct().Count());
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Panels_fill_the_grid_and_do_not_overlap(string name)
    {
        var panels = Find(name).Panels;
        Assert.All(panels, panel => Assert.InRange(panel.Position.X, 0, GridWidth - panel.Position.Width));
        for (var i = 0; i < panels.Count; i++)
            Assert.All(panels.Skip(i + 1), other => Assert.False(panels[i].Position.Overlaps(other.Position), $"{panels[i].Title} overlaps {other.Title}"));
        Assert.All(panels.GroupBy(panel => panel.Position.Y), line => Assert.Equal(GridWidth, line.Sum(panel => panel.Position.Width)));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_variable_is_defined_and_every_dashboard_has_the_same(string name)
    {
        var dashboard = Find(name);
        Assert.Equal(["datasource", "model", "instance"], dashboard.Variables);
        var used = Expressions(dashboard).SelectMany(GrafanaVariables.In).Where(variable => !GrafanaVariables.BuiltIn.Contains(variable)).ToHashSet();
        Assert.Subset(dashboard.Variables.ToHashSet(), used);
        Assert.All(dashboard.Root.GetProperty("templating").GetProperty("list").EnumerateArray().Skip(1), variable =>
        {
            Assert.True(variable.GetProperty("multi").GetBoolean());
            Assert.True(variable.GetProperty("includeAll").GetBoolean());
        });
    }

    /// <summary>Grafana takes other labels than those of the result as literal text.</summary>
    [Theory]
    [MemberData(nameof(Names))]
    public void Legends_name_labels_that_the_result_has(string name)
    {
        var vocabulary = new SeriesVocabulary(RuleFile.ReadAll());
        Assert.All(from panel in Charts(Find(name)) from target in panel.Targets select target, target =>
        {
            var labels = vocabulary.ResultLabels(target.Expression);
            Assert.All(LegendText.Labels(target.Legend), label => Assert.True(labels.Contains(label), $"{label} is no label of: {target.Expression}"));
        });
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Tables_keep_labels_that_their_series_have(string name)
    {
        var vocabulary = new SeriesVocabulary(RuleFile.ReadAll());
        Assert.All(Find(name).Panels.Where(panel => panel.Type == "table"), panel =>
        {
            Assert.NotEmpty(panel.Columns);
            Assert.Subset(vocabulary.ResultLabels(Assert.Single(panel.Targets).Expression).ToHashSet(), panel.Columns.ToHashSet());
        });
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Links_lead_to_dashboards_that_exist(string name)
    {
        var links = from panel in Find(name).Root.GetProperty("panels").EnumerateArray()
                    where panel.TryGetProperty("links", out _)
                    from link in panel.GetProperty("links").EnumerateArray()
                    select link.GetProperty("url").GetString()!;
        Assert.All(links, url => Assert.Contains(_dashboards, one => url.StartsWith($"/d/{one.Uid}?", StringComparison.Ordinal)));
        var bar = Assert.Single(Find(name).Root.GetProperty("links").EnumerateArray());
        Assert.Contains(bar.GetProperty("tags")[0].GetString(), Find(name).Root.GetProperty("tags").EnumerateArray().Select(tag => tag.GetString()));
    }

    internal static GrafanaDashboard Find(string name) => _dashboards.Single(one => Path.GetFileNameWithoutExtension(one.Path) == name);

    internal static IEnumerable<GrafanaPanel> Charts(GrafanaDashboard dashboard) => dashboard.Panels.Where(panel => panel.Type != "row");

    /// <summary>The expressions of all panels and annotations.</summary>
    internal static IEnumerable<string> Expressions(GrafanaDashboard dashboard)
        => [.. Charts(dashboard).SelectMany(panel => panel.Targets).Select(target => target.Expression), .. dashboard.Annotations.Select(one => one.Expression)];
}
