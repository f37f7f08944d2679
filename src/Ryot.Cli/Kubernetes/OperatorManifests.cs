using System.Globalization;
using System.Text;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Ryot.Cli.Kubernetes;

/// <summary>One manifest.</summary>
/// <param name="Name">The file's name.</param>
/// <param name="Content">Its text.</param>
public sealed record Manifest(string Name, string Content);

/// <summary>
/// Makes the manifests of the Prometheus Operator: a <c>PrometheusRule</c> for each rule file (whose text is taken as it is, comments
/// included), a <c>ServiceMonitor</c> that scrapes as <c>prometheus.yml</c> does, and a <c>ConfigMap</c> for each dashboard.
/// </summary>
public static class OperatorManifests
{
    private const string Job = "ryot";

    /// <summary>Makes all manifests from a folder like <c>monitoring/</c>.</summary>
    /// <exception cref="ManifestException">A source is missing or not as expected.</exception>
    public static IReadOnlyList<Manifest> Make(string monitoring)
    {
        var prometheus = Path.Combine(monitoring, "prometheus");
        var rules = Files(Path.Combine(prometheus, "rules"), "*.yml");
        if (rules.Count == 0)
            throw new ManifestException($"There are no rule files in {Path.Combine(prometheus, "rules")}.");
        return
        [
            .. rules.Select(Rule),
            ServiceMonitor(Path.Combine(prometheus, "prometheus.yml")),
            .. Files(Path.Combine(monitoring, "grafana", "dashboards"), "*.json").Select(Dashboard),
        ];
    }

    private static List<string> Files(string directory, string pattern)
        => Directory.Exists(directory) ? [.. Directory.GetFiles(directory, pattern).Order(StringComparer.Ordinal)] : [];

    private static Manifest Rule(string path)
    {
        var text = Read(path);
        var start = text.StartsWith("groups:\n", StringComparison.Ordinal) ? 0 : text.IndexOf("\ngroups:\n", StringComparison.Ordinal) + 1;
        if (start == 0 && !text.StartsWith("groups:\n", StringComparison.Ordinal))
            throw new ManifestException($"{path} has no line 'groups:'.");
        var name = "rules-" + Path.GetFileNameWithoutExtension(path);
        return new Manifest($"{name}.yaml", Header("monitoring.coreos.com/v1", "PrometheusRule", name, $"prometheus/rules/{Path.GetFileName(path)}")
            + "spec:\n" + Indent(text[start..], 2));
    }

    private static Manifest ServiceMonitor(string path)
    {
        var job = FindJob(path);
        var header = Header("monitoring.coreos.com/v1", "ServiceMonitor", "", "prometheus/prometheus.yml");
        return new Manifest("servicemonitor.yaml", header + $$"""
            spec:
              # The Service of Ryot needs this label, and a port named http.
              selector:
                matchLabels:
                  app.kubernetes.io/name: ryot
              endpoints:
                - port: http
                  path: {{job.Path}}
                  interval: {{job.Interval}}
                  # The rules find Ryot by its job, which would be the Service's name.
                  relabelings:
                    - targetLabel: job
                      replacement: {{Job}}

            """.ReplaceLineEndings("\n"));
    }

    private static (string Path, string Interval) FindJob(string path)
    {
        try
        {
            var stream = new YamlStream();
            stream.Load(new StringReader(Read(path)));
            var root = (YamlMappingNode)stream.Documents[0].RootNode;
            var job = ((YamlSequenceNode)root["scrape_configs"]).Cast<YamlMappingNode>().First(one => Text(one, "job_name") == Job);
            var interval = Text(job, "scrape_interval") ?? Text((YamlMappingNode)root["global"], "scrape_interval")!;
            return (Text(job, "metrics_path") ?? "/metrics", interval);
        }
        catch (Exception exception) when (exception
            is YamlException or InvalidOperationException or KeyNotFoundException or InvalidCastException or ArgumentOutOfRangeException)
        {
            throw new ManifestException($"{path} has no scrape job named {Job} with a scrape interval: {exception.Message}");
        }
    }

    private static string? Text(YamlMappingNode mapping, string key)
        => mapping.Children.TryGetValue(new YamlScalarNode(key), out var value) ? ((YamlScalarNode)value).Value : null;

    /// <summary>Grafana's sidecar picks up every ConfigMap with this label; the limit of a ConfigMap is 1 MiB, so each dashboard has its own.</summary>
    private static Manifest Dashboard(string path)
    {
        var file = Path.GetFileName(path);
        var name = "dashboard-" + Path.GetFileNameWithoutExtension(path);
        var header = Header("v1", "ConfigMap", name, $"grafana/dashboards/{file}", "    grafana_dashboard: \"1\"\n");
        return new Manifest($"{name}.yaml", header + $"data:\n  {file}: |\n" + Indent(Read(path).TrimEnd('\n') + "\n", 4));
    }

    private static string Header(string version, string kind, string name, string source, string labels = "")
    {
        var header = new StringBuilder();
        header.Append(CultureInfo.InvariantCulture, $"# Made by `ryot operator` from monitoring/{source}. Do not edit.\n");
        header.Append(CultureInfo.InvariantCulture, $"apiVersion: {version}\nkind: {kind}\nmetadata:\n");
        header.Append(CultureInfo.InvariantCulture, $"  name: {(name.Length == 0 ? "ryot" : $"ryot-{name}")}\n");
        header.Append("  labels:\n    app.kubernetes.io/name: ryot\n    app.kubernetes.io/component: monitoring\n").Append(labels);
        return header.ToString();
    }

    private static string Read(string path)
    {
        try
        {
            return File.ReadAllText(path).ReplaceLineEndings("\n");
        }
        catch (IOException exception)
        {
            throw new ManifestException($"{path} cannot be read: {exception.Message}");
        }
    }

    private static string Indent(string text, int spaces)
        => string.Join('\n', text.Split('\n').Select(line => line.Length == 0 ? line : new string(' ', spaces) + line));
}
