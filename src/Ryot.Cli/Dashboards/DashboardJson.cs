using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Ryot.Cli.Dashboards;

/// <summary>Writes a dashboard as Grafana's JSON: places the panels, numbers them, and adds what all dashboards share.</summary>
internal static class DashboardJson
{
    /// <summary>The version of the JSON that Grafana 12.1 writes; newer ones read it.</summary>
    private const int SchemaVersion = 41;
    private const int GridWidth = 24;

    private static readonly JsonWriterOptions _format = new() { Indented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The text of the dashboard's file.</summary>
    public static string Write(Dashboard dashboard)
    {
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer, _format))
            Describe(dashboard).WriteTo(writer);
        return Encoding.UTF8.GetString(buffer.GetBuffer().AsSpan(0, (int)buffer.Length)) + "\n";
    }

    private static JsonObject Describe(Dashboard dashboard) => new()
    {
        ["uid"] = Dashboard.Uid(dashboard.Name),
        ["title"] = dashboard.Title,
        ["description"] = dashboard.Description,
        ["tags"] = new JsonArray("ryot"),
        ["schemaVersion"] = SchemaVersion,
        ["editable"] = true,
        ["graphTooltip"] = 1,
        ["refresh"] = "30s",
        ["time"] = new JsonObject { ["from"] = "now-1h", ["to"] = "now" },
        ["timezone"] = "browser",
        ["links"] = SharedParts.Links(),
        ["annotations"] = SharedParts.Annotations(),
        ["templating"] = SharedParts.Variables(),
        ["panels"] = Place(dashboard),
    };

    private static JsonArray Place(Dashboard dashboard)
    {
        var placed = new JsonArray();
        var y = 0;
        foreach (var section in dashboard.Sections)
        {
            placed.Add((JsonNode)new JsonObject
            {
                ["id"] = placed.Count + 1,
                ["type"] = "row",
                ["title"] = section.Title,
                ["collapsed"] = false,
                ["gridPos"] = Position(0, y++, GridWidth, 1),
                ["panels"] = new JsonArray(),
            });
            foreach (var line in section.Lines)
            {
                var width = GridWidth / line.Panels.Count;
                for (var i = 0; i < line.Panels.Count; i++)
                    placed.Add((JsonNode)PanelJson.Describe(line.Panels[i], placed.Count + 1, Position(i * width, y, width, line.Height)));
                y += line.Height;
            }
        }

        return placed;
    }

    private static JsonObject Position(int x, int y, int width, int height) => new() { ["x"] = x, ["y"] = y, ["w"] = width, ["h"] = height };
}
