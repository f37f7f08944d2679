using System.Text.Json;
using Ryot.Monitoring.Tests.Support;
using Xunit;
using YamlDotNet.RepresentationModel;

namespace Ryot.Monitoring.Tests.Dashboards;

/// <summary>
/// What Grafana's published types require of a dashboard's JSON. The lists here were taken from @grafana/schema, @grafana/data and @grafana/prometheus
/// 12.1 and 13.2.
/// </summary>
public sealed class DashboardSchemaTests
{
    /// <summary>The kinds of panels with the options that their schema does not let one leave out.</summary>
    private static readonly Dictionary<string, string[]> _requiredOptions = new(StringComparer.Ordinal)
    {
        ["timeseries"] = ["legend.calcs", "legend.displayMode", "legend.placement", "legend.showLegend", "tooltip.mode", "tooltip.sort"],
        ["stat"] =
        [
            "colorMode", "graphMode", "justifyMode", "orientation", "percentChangeColorMode", "reduceOptions.calcs", "showPercentChange", "textMode", "wideLayout",
        ],
        ["bargauge"] =
        [
            "displayMode", "legend.calcs", "legend.displayMode", "legend.placement", "legend.showLegend", "maxVizHeight", "minVizHeight", "minVizWidth",
            "namePlacement", "orientation", "reduceOptions.calcs", "showUnfilled", "sizing", "valueMode",
        ],
        ["heatmap"] =
        [
            "color.exponent", "color.fill", "color.reverse", "color.scheme", "color.steps", "exemplars.color", "legend.show", "showValue", "tooltip.mode",
            "yAxis",
        ],
        ["table"] = ["frameIndex", "showHeader"],
    };

    /// <summary>Those of Grafana's units that fit what Ryot measures.</summary>
    private static readonly HashSet<string> _units =
    [
        "short", "percent", "percentunit", "s", "bytes", "reqps", "currencyUSD", "watt", "joule", "celsius", "hertz", "binBps",
    ];

    private static readonly string[] _requiredOfLinks = ["asDropdown", "icon", "includeVars", "keepTime", "tags", "targetBlank", "title", "tooltip", "type"];

    public static TheoryData<string> Names => DashboardStructureTests.Names;

    /// <summary>Without a version, or with an older one, Grafana converts what it reads as that of an older Grafana.</summary>
    [Theory]
    [MemberData(nameof(Names))]
    public void It_is_of_the_Grafana_that_is_shipped(string name)
    {
        var image = ((YamlScalarNode)MonitoringFiles.ReadYaml(MonitoringFiles.Path("compose.yaml"))["services"]["grafana"]["image"]).Value!;
        var version = image.Split(':')[1];
        Assert.StartsWith("12.1.", version, StringComparison.Ordinal);
        Assert.Equal(41, Root(name).GetProperty("schemaVersion").GetInt32());
        Assert.All(Charts(name), panel => Assert.Equal(version, panel.GetProperty("pluginVersion").GetString()));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_panel_has_the_options_that_its_kind_requires(string name)
        => Assert.All(Charts(name), panel =>
        {
            var options = panel.GetProperty("options");
            Assert.All(_requiredOptions[panel.GetProperty("type").GetString()!], path => Assert.True(Has(options, path.Split('.')), $"There is no {path}."));
        });

    /// <summary>Grafana shows an unknown unit as it is written, and puts a space before a suffix of one's own.</summary>
    [Theory]
    [MemberData(nameof(Names))]
    public void Every_unit_is_one_of_Grafanas_or_a_suffix(string name)
        => Assert.All(DashboardStructureTests.Charts(DashboardStructureTests.Find(name)), panel =>
            Assert.True(_units.Contains(panel.Unit) || IsSuffix(panel.Unit), $"{panel.Title}: there is no unit '{panel.Unit}'."));

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_link_is_complete(string name)
    {
        var links = Root(name).GetProperty("links").EnumerateArray()
            .Concat(Charts(name).Where(panel => panel.TryGetProperty("links", out _)).SelectMany(panel => panel.GetProperty("links").EnumerateArray()));
        Assert.All(links, link => Assert.All(_requiredOfLinks, property => Assert.True(link.TryGetProperty(property, out _), $"There is no {property}.")));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Everything_reads_the_data_source_that_is_chosen(string name)
    {
        var root = Root(name);
        var variables = root.GetProperty("templating").GetProperty("list").EnumerateArray().ToList();
        Assert.Equal("datasource", variables[0].GetProperty("type").GetString());
        Assert.Equal("prometheus", variables[0].GetProperty("query").GetString());
        var charts = Charts(name).ToList();
        var readers = charts.Concat(charts.SelectMany(panel => panel.GetProperty("targets").EnumerateArray())).Concat(variables.Skip(1))
            .Concat(root.GetProperty("annotations").GetProperty("list").EnumerateArray());
        Assert.All(readers, reader =>
        {
            Assert.Equal("prometheus", reader.GetProperty("datasource").GetProperty("type").GetString());
            Assert.Equal($"${{{variables[0].GetProperty("name").GetString()}}}", reader.GetProperty("datasource").GetProperty("uid").GetString());
        });
    }

    /// <summary>The Prometheus data source reads variables from an object, and annotations from their target.</summary>
    [Theory]
    [MemberData(nameof(Names))]
    public void Queries_of_variables_and_annotations_are_where_the_data_source_reads_them(string name)
    {
        const int labelValues = 1;
        Assert.All(Root(name).GetProperty("templating").GetProperty("list").EnumerateArray().Skip(1), variable =>
        {
            var query = variable.GetProperty("query");
            Assert.StartsWith("label_values(", query.GetProperty("query").GetString(), StringComparison.Ordinal);
            Assert.Equal(labelValues, query.GetProperty("qryType").GetInt32());
            Assert.NotEmpty(query.GetProperty("refId").GetString()!);
        });
        Assert.All(Root(name).GetProperty("annotations").GetProperty("list").EnumerateArray(), annotation =>
        {
            Assert.NotEmpty(annotation.GetProperty("target").GetProperty("expr").GetString()!);
            Assert.NotEmpty(annotation.GetProperty("target").GetProperty("refId").GetString()!);
            Assert.False(annotation.TryGetProperty("expr", out _), "It is of an older form.");
        });
    }

    private static bool IsSuffix(string unit) => unit.StartsWith("suffix:", StringComparison.Ordinal) && unit["suffix:".Length..] is [not ' ', ..];

    private static bool Has(JsonElement element, ReadOnlySpan<string> path)
        => path.IsEmpty || (element.TryGetProperty(path[0], out var value) && Has(value, path[1..]));

    private static JsonElement Root(string name) => DashboardStructureTests.Find(name).Root;

    private static IEnumerable<JsonElement> Charts(string name)
        => Root(name).GetProperty("panels").EnumerateArray().Where(panel => panel.GetProperty("type").GetString() != "row");
}
