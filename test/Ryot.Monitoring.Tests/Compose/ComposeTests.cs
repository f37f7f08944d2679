using Ryot.Monitoring.Tests.Support;
using Ryot.Testing;
using Xunit;
using YamlDotNet.RepresentationModel;

namespace Ryot.Monitoring.Tests.Compose;

/// <summary>What can be checked of the containers without running them.</summary>
public sealed class ComposeTests
{
    private static readonly YamlMappingNode _compose = MonitoringFiles.ReadYaml(MonitoringFiles.Path("compose.yaml"));

    private static IEnumerable<(string Name, YamlMappingNode Service)> Services
        => ((YamlMappingNode)_compose["services"]).Children.Select(child => (((YamlScalarNode)child.Key).Value!, (YamlMappingNode)child.Value));

    [Fact]
    public void Everything_that_is_mounted_exists()
    {
        var volumes = ((YamlMappingNode)_compose["volumes"]).Children.Keys.Select(key => ((YamlScalarNode)key).Value!).ToHashSet();
        var mounts = Services.SelectMany(service => MonitoringFiles.Texts(service.Service, "volumes")).Select(mount => mount.Split(':')[0]).ToList();
        Assert.NotEmpty(mounts);
        Assert.All(mounts, mount => Assert.True(
            mount.StartsWith("./", StringComparison.Ordinal) ? Path.Exists(MonitoringFiles.Path(mount[2..].Split('/'))) : volumes.Contains(mount),
            $"{mount} is mounted but does not exist."));
    }

    [Fact]
    public void Ports_are_published_on_this_machine_only()
        => Assert.All(Services, service => Assert.All(MonitoringFiles.Texts(service.Service, "ports"), port => Assert.StartsWith("127.0.0.1:", port)));

    [Fact]
    public void Addresses_name_services_and_their_ports()
    {
        var ports = Services.ToDictionary(service => service.Name, service => MonitoringFiles.Texts(service.Service, "ports").Single().Split(':')[^1]);
        var prometheus = MonitoringFiles.ReadYaml(MonitoringFiles.Path("compose", "prometheus.yml"));
        Assert.Equal([$"alertmanager:{ports["alertmanager"]}"], Targets(prometheus["alerting"]["alertmanagers"][0]));
        Assert.Equal([$"ryot:{ports["ryot"]}"], Targets(prometheus["scrape_configs"][0]));
        var listening = $"http://0.0.0.0:{ports["ryot"]}";
        Assert.Contains(listening, MonitoringFiles.Texts(Services.Single(service => service.Name == "ryot").Service, "command"));
        var dockerfile = File.ReadAllLines(RepositoryFiles.Path("Dockerfile"));
        Assert.Contains($"EXPOSE {ports["ryot"]}", dockerfile);
        Assert.Contains("ENV ASPNETCORE_HTTP_PORTS=", dockerfile);
        Assert.Contains(dockerfile, line => line.StartsWith("CMD", StringComparison.Ordinal) && line.Contains(listening, StringComparison.Ordinal));
        var datasources = Directory.GetFiles(MonitoringFiles.Path("grafana", "provisioning", "datasources")).Select(File.ReadAllText);
        Assert.Contains(datasources, text => text.Contains($"http://prometheus:{ports["prometheus"]}", StringComparison.Ordinal));
    }

    [Fact]
    public void Prometheus_is_configured_as_without_containers_but_for_addresses()
    {
        var ours = MonitoringFiles.ReadYaml(MonitoringFiles.Path("prometheus", "prometheus.yml"));
        var theirs = MonitoringFiles.ReadYaml(MonitoringFiles.Path("compose", "prometheus.yml"));
        Replace(theirs, ("alertmanager:9093", "127.0.0.1:9093"), ("ryot:8080", "127.0.0.1:8080"));
        Assert.Equal(ours, theirs);
    }

    private static IReadOnlyList<string> Targets(YamlNode discovery)
        => MonitoringFiles.Texts((YamlMappingNode)discovery["static_configs"][0], "targets");

    private static void Replace(YamlNode node, params (string Old, string New)[] addresses)
    {
        foreach (var scalar in node.AllNodes.OfType<YamlScalarNode>())
        {
            foreach (var (old, value) in addresses.Where(address => address.Old == scalar.Value))
                scalar.Value = value;
        }
    }
}
