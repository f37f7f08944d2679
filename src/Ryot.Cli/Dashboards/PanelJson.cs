using System.Text.Json.Nodes;

namespace Ryot.Cli.Dashboards;

/// <summary>A panel as Grafana writes it, with every option that its schema requires.</summary>
internal static class PanelJson
{
    /// <summary>The Grafana whose options these are: one that finds no version here takes a panel for one of before 6.2 and converts it.</summary>
    private const string PluginVersion = "12.1.0";

    public static JsonObject Describe(Panel panel, int id, JsonObject position)
    {
        var described = new JsonObject
        {
            ["id"] = id,
            ["type"] = panel.Kind switch
            {
                PanelKind.TimeSeries or PanelKind.Stacked => "timeseries",
                PanelKind.Stat => "stat",
                PanelKind.Bars => "bargauge",
                PanelKind.HeatMap => "heatmap",
                PanelKind.Table => "table",
                _ => throw new ArgumentOutOfRangeException(nameof(panel), panel.Kind, "There is no such kind of panel."),
            },
            ["pluginVersion"] = PluginVersion,
            ["title"] = panel.Title,
            ["description"] = panel.Description,
            ["gridPos"] = position,
            ["datasource"] = SharedParts.DataSource(),
            ["targets"] = Targets(panel),
            ["fieldConfig"] = new JsonObject { ["defaults"] = Field(panel), ["overrides"] = panel.HidesIdle ? HideIdle() : [] },
            ["options"] = Options(panel),
        };
        if (panel.Kind == PanelKind.Table)
            described["transformations"] = Transformations(panel.Columns);
        if (panel.MoreIn is { } name)
        {
            described["links"] = new JsonArray((JsonNode)new JsonObject
            {
                ["type"] = "link",
                ["title"] = "More",
                ["icon"] = "external link",
                ["tooltip"] = "",
                ["tags"] = new JsonArray(),
                ["asDropdown"] = false,
                ["targetBlank"] = false,
                // The address names both itself.
                ["includeVars"] = false,
                ["keepTime"] = false,
                ["url"] = $"/d/{Dashboard.Uid(name)}?${{__url_time_range}}&${{datasource:queryparam}}&${{model:queryparam}}&${{instance:queryparam}}",
            });
        }

        return described;
    }

    private static JsonArray Targets(Panel panel)
    {
        var targets = new JsonArray();
        foreach (var query in panel.Queries)
        {
            var isNow = panel.Kind is PanelKind.Table;
            targets.Add((JsonNode)new JsonObject
            {
                ["refId"] = ((char)('A' + targets.Count)).ToString(),
                ["datasource"] = SharedParts.DataSource(),
                ["expr"] = query.Expression,
                ["legendFormat"] = query.Legend,
                ["exemplar"] = query.WithExemplars,
                ["instant"] = isNow,
                ["range"] = !isNow,
                ["format"] = panel.Kind switch { PanelKind.HeatMap => "heatmap", PanelKind.Table => "table", _ => "time_series" },
            });
        }

        return targets;
    }

    private static JsonObject Field(Panel panel)
    {
        var isGraph = panel.Kind is PanelKind.TimeSeries or PanelKind.Stacked;
        var field = new JsonObject
        {
            ["unit"] = panel.Unit,
            ["color"] = new JsonObject { ["mode"] = isGraph ? "palette-classic" : "thresholds" },
            ["thresholds"] = new JsonObject { ["mode"] = "absolute", ["steps"] = Steps(panel.Thresholds) },
        };
        if (panel.Kind is PanelKind.TimeSeries or PanelKind.Stacked or PanelKind.Bars)
            field["min"] = 0;
        if (panel.Max is { } max)
            field["max"] = max;
        if (isGraph)
        {
            field["custom"] = new JsonObject
            {
                ["lineWidth"] = 1,
                ["fillOpacity"] = panel.Kind == PanelKind.Stacked ? 40 : 8,
                ["showPoints"] = "never",
                ["stacking"] = new JsonObject { ["mode"] = panel.Kind == PanelKind.Stacked ? "normal" : "none", ["group"] = "A" },
                ["thresholdsStyle"] = new JsonObject { ["mode"] = panel.Thresholds is null ? "off" : "dashed" },
            };
        }

        return field;
    }

    private static JsonArray HideIdle() => new((JsonNode)new JsonObject
    {
        ["matcher"] = new JsonObject { ["id"] = "byValue", ["options"] = new JsonObject { ["reducer"] = "allIsZero", ["op"] = "gte", ["value"] = 0 } },
        ["properties"] = new JsonArray((JsonNode)new JsonObject
        {
            ["id"] = "custom.hideFrom",
            ["value"] = new JsonObject { ["legend"] = true, ["tooltip"] = true, ["viz"] = false },
        }),
    });

    private static JsonArray Steps(Thresholds? thresholds) => thresholds switch
    {
        null => new(Step("blue", null)),
        { IsUpperLimit: true } => new(Step("green", null), Step("red", thresholds.Target)),
        _ => new(Step("red", null), Step("green", thresholds.Target)),
    };

    private static JsonObject Step(string color, double? value) => new() { ["color"] = color, ["value"] = value };

    private static JsonObject Options(Panel panel) => panel.Kind switch
    {
        PanelKind.Stat => new()
        {
            ["reduceOptions"] = LastValue(),
            ["colorMode"] = "value",
            ["graphMode"] = "area",
            ["textMode"] = "auto",
            ["justifyMode"] = "auto",
            ["orientation"] = "auto",
            ["wideLayout"] = true,
            ["showPercentChange"] = false,
            ["percentChangeColorMode"] = "standard",
        },
        PanelKind.Bars => new()
        {
            ["reduceOptions"] = LastValue(),
            ["displayMode"] = "basic",
            ["orientation"] = "horizontal",
            ["valueMode"] = "color",
            ["namePlacement"] = "auto",
            ["showUnfilled"] = true,
            ["sizing"] = "auto",
            ["minVizWidth"] = 8,
            ["minVizHeight"] = 16,
            ["maxVizHeight"] = 300,
            ["legend"] = new JsonObject { ["showLegend"] = false, ["displayMode"] = "list", ["placement"] = "bottom", ["calcs"] = new JsonArray() },
        },
        PanelKind.HeatMap => new()
        {
            ["calculate"] = false,
            ["cellGap"] = 1,
            ["color"] = new JsonObject
            {
                ["mode"] = "scheme",
                ["scheme"] = "Oranges",
                ["fill"] = "dark-orange",
                ["scale"] = "exponential",
                ["exponent"] = 0.5,
                ["steps"] = 64,
                ["reverse"] = false,
            },
            ["exemplars"] = new JsonObject { ["color"] = "rgba(255,0,255,0.7)" },
            ["filterValues"] = new JsonObject { ["le"] = 1e-9 },
            ["legend"] = new JsonObject { ["show"] = true },
            ["showValue"] = "never",
            ["rowsFrame"] = new JsonObject { ["layout"] = "auto" },
            ["tooltip"] = new JsonObject { ["mode"] = "single", ["yHistogram"] = false },
            ["yAxis"] = new JsonObject { ["unit"] = panel.Unit, ["axisPlacement"] = "left", ["reverse"] = false },
        },
        PanelKind.Table => new() { ["frameIndex"] = 0, ["showHeader"] = true, ["cellHeight"] = "sm" },
        _ => new()
        {
            ["legend"] = new JsonObject { ["showLegend"] = true, ["displayMode"] = "list", ["placement"] = "bottom", ["calcs"] = new JsonArray() },
            ["tooltip"] = new JsonObject { ["mode"] = "multi", ["sort"] = "desc" },
        },
    };

    private static JsonObject LastValue() => new() { ["calcs"] = new JsonArray("lastNotNull"), ["values"] = false, ["fields"] = "" };

    /// <summary>Grafana makes a column of each label, the time and the value; only those that are wanted stay, in their order.</summary>
    private static JsonArray Transformations(IReadOnlyList<string> columns)
    {
        var names = new JsonArray();
        var order = new JsonObject();
        foreach (var column in columns)
        {
            order[column] = names.Count;
            names.Add((JsonNode)column);
        }

        return new(
            new JsonObject
            {
                ["id"] = "filterFieldsByName",
                ["options"] = new JsonObject { ["include"] = new JsonObject { ["names"] = names } },
            },
            new JsonObject { ["id"] = "organize", ["options"] = new JsonObject { ["indexByName"] = order } });
    }
}
