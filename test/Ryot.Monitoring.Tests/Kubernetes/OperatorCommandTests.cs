using Ryot.Cli.Commands;
using Ryot.Monitoring.Tests.Support;
using Ryot.Testing.Monitoring;
using Xunit;
using YamlDotNet.RepresentationModel;

namespace Ryot.Monitoring.Tests.Kubernetes;

public sealed class OperatorCommandTests : IDisposable
{
    private readonly string _output = Directory.CreateTempSubdirectory("ryot-operator-").FullName;

    public void Dispose() => Directory.Delete(_output, recursive: true);

    [Fact]
    public void The_shipped_manifests_are_current()
    {
        string[] arguments = ["--monitoring", MonitoringFiles.Root, "--output", MonitoringFiles.Path("kubernetes")];
        var run = CommandRun.Of(OperatorCommand.Create(), Environment.GetEnvironmentVariable("RYOT_UPDATE") == "1" ? arguments : [.. arguments, "--check"]);
        Assert.True(run.Code == 0, run.Error);
    }

    [Fact]
    public void The_rules_in_it_are_those_of_the_rule_files()
    {
        Assert.Equal(0, Run(MonitoringFiles.Root).Code);
        Assert.All(RuleFile.Paths(), path =>
        {
            var manifest = MonitoringFiles.ReadYaml(Path.Combine(_output, $"rules-{Path.GetFileNameWithoutExtension(path)}.yaml"));
            Assert.Equal("PrometheusRule", ((YamlScalarNode)manifest["kind"]).Value);
            Assert.Equal(MonitoringFiles.ReadYaml(path)["groups"], manifest["spec"]["groups"]);
        });
    }

    [Fact]
    public void Dashboards_are_whole()
    {
        Assert.Equal(0, Run(MonitoringFiles.Root).Code);
        var dashboards = MonitoringFiles.List("grafana/dashboards", "*.json");
        Assert.NotEmpty(dashboards);
        Assert.All(dashboards, path =>
        {
            var manifest = MonitoringFiles.ReadYaml(Path.Combine(_output, $"dashboard-{Path.GetFileNameWithoutExtension(path)}.yaml"));
            Assert.Equal("1", ((YamlScalarNode)manifest["metadata"]["labels"]["grafana_dashboard"]).Value);
            Assert.Equal(File.ReadAllText(path).TrimEnd(), ((YamlScalarNode)manifest["data"][Path.GetFileName(path)]).Value!.TrimEnd());
        });
    }

    [Fact]
    public void Check_finds_what_is_missing_changed_or_obsolete()
    {
        Assert.Equal(0, Run(MonitoringFiles.Root).Code);
        Assert.Equal(new CommandRun(0, "", ""), Run(MonitoringFiles.Root, "--check"));
        File.AppendAllText(Path.Combine(_output, "servicemonitor.yaml"), "# changed\n");
        File.Delete(Path.Combine(_output, "rules-slo.yaml"));
        File.WriteAllText(Path.Combine(_output, "dashboard-gone.yaml"), "");
        var run = Run(MonitoringFiles.Root, "--check");
        Assert.Equal(1, run.Code);
        Assert.Equal(
            $"{Path.Combine(_output, "rules-slo.yaml")} is not what its sources say.\n"
            + $"{Path.Combine(_output, "servicemonitor.yaml")} is not what its sources say.\n"
            + $"{Path.Combine(_output, "dashboard-gone.yaml")} has no source any more.\n"
            + $"Run: ryot operator --monitoring {MonitoringFiles.Root} --output {_output}\n",
            run.Error);
        Assert.Equal(0, Run(MonitoringFiles.Root).Code);
        Assert.Equal(0, Run(MonitoringFiles.Root, "--check").Code);
    }

    [Fact]
    public void A_folder_without_rules_is_refused()
    {
        var run = Run(_output);
        Assert.Equal(2, run.Code);
        Assert.Equal($"There are no rule files in {Path.Combine(_output, "prometheus", "rules")}.\n", run.Error);
    }

    [Fact]
    public void It_scrapes_as_the_configuration_says()
    {
        Assert.Equal(0, Run(MonitoringFiles.Root).Code);
        var endpoint = MonitoringFiles.ReadYaml(Path.Combine(_output, "servicemonitor.yaml"))["spec"]["endpoints"][0];
        Assert.Equal("/metrics", ((YamlScalarNode)endpoint["path"]).Value);
        Assert.Equal("15s", ((YamlScalarNode)endpoint["interval"]).Value);
        Assert.Equal("ryot", ((YamlScalarNode)endpoint["relabelings"][0]["replacement"]).Value);
    }

    private CommandRun Run(string monitoring, params string[] more)
        => CommandRun.Of(OperatorCommand.Create(), ["--monitoring", monitoring, "--output", _output, .. more]);
}
