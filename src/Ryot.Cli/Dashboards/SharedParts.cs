using System.Text.Json.Nodes;

namespace Ryot.Cli.Dashboards;

/// <summary>What all dashboards have: the links to each other, the annotations and the variables.</summary>
internal static class SharedParts
{
    /// <summary>Grafana's number for a query of the form <c>label_values(series, label)</c>, by which its editor knows what to show.</summary>
    private const int LabelValuesQuery = 1;

    /// <summary>A reference to the data source that the dashboard's variable chooses.</summary>
    public static JsonObject DataSource() => new() { ["type"] = "prometheus", ["uid"] = "${datasource}" };

    /// <summary>A bar of links to all dashboards with Ryot's tag, which keep the time and the variables.</summary>
    public static JsonArray Links() => new((JsonNode)new JsonObject
    {
        ["type"] = "dashboards",
        ["title"] = "Ryot",
        ["tags"] = new JsonArray("ryot"),
        ["asDropdown"] = false,
        ["includeVars"] = true,
        ["keepTime"] = true,
        ["targetBlank"] = false,
        ["icon"] = "external link",
        ["tooltip"] = "",
    });

    public static JsonObject Annotations() => new()
    {
        ["list"] = new JsonArray(
            // The second part is for the load at the start: the counter has counted it before the first scrape.
            Annotation("Model loads", "blue", """
                sum by (instance, model) (increase(ryot_model_load_attempts_total{load_type!="from_cache",@both}[1m])) > 0
                or
                sum by (instance, model) (ryot_kv_cache_capacity_tokens{@both} unless ryot_kv_cache_capacity_tokens{@both} offset 1m)
                """, "{{model}} is loaded", "{{instance}}"),
            Annotation("Alerts", "red", """
                ALERTS{alertstate="firing",alertname=~"Ryot.*",model=~"$model|"}
                """, "{{alertname}}", "{{severity}}: {{model}} {{instance}}")),
    };

    public static JsonObject Variables() => new()
    {
        ["list"] = new JsonArray(
            new JsonObject { ["name"] = "datasource", ["label"] = "Prometheus", ["type"] = "datasource", ["query"] = "prometheus", ["refresh"] = 1 },
            // Models and instances that ended within the time that is shown are listed too.
            Variable("model", "Model", "label_values(ryot_requests_running, model)"),
            Variable("instance", "Instance", """label_values(up{job="ryot"}, instance)""")),
    };

    private static JsonObject Annotation(string name, string color, string expression, string title, string text) => new()
    {
        ["name"] = name,
        ["datasource"] = DataSource(),
        ["enable"] = true,
        ["iconColor"] = color,
        ["target"] = new JsonObject { ["expr"] = Panels.Query(expression, "").Expression, ["interval"] = "60s", ["refId"] = "Anno" },
        ["titleFormat"] = title,
        ["textFormat"] = text,
    };

    /// <summary>"All" is anything, so that requests for models that are not configured (<c>model="unknown"</c>) are not left out.</summary>
    private static JsonObject Variable(string name, string label, string query) => new()
    {
        ["name"] = name,
        ["label"] = label,
        ["type"] = "query",
        ["datasource"] = DataSource(),
        ["query"] = new JsonObject { ["qryType"] = LabelValuesQuery, ["query"] = query, ["refId"] = name },
        ["definition"] = query,
        ["refresh"] = 2,
        ["sort"] = 1,
        ["multi"] = true,
        ["includeAll"] = true,
        ["allValue"] = ".*",
        ["current"] = new JsonObject { ["text"] = new JsonArray("All"), ["value"] = new JsonArray("$__all") },
    };
}
