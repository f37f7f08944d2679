using Ryot.Monitoring.Tests.Support;
using Xunit;
using YamlDotNet.RepresentationModel;

namespace Ryot.Monitoring.Tests.Dashboards;

/// <summary>Grafana's provisioning files and the containers that they are mounted into agree.</summary>
public sealed class ProvisioningTests
{
    private static YamlNode Compose => Read("compose.yaml")["services"];

    [Fact]
    public void Grafana_finds_the_dashboards_where_they_are_mounted()
    {
        var provider = Assert.Single((YamlSequenceNode)Read("grafana", "provisioning", "dashboards", "ryot.yml")["providers"]);
        Assert.Equal("file", Text(provider["type"]));
        var mounts = ((YamlSequenceNode)Compose["grafana"]["volumes"]).Select(mount => Text(mount).Split(':')).ToDictionary(parts => parts[1], parts => parts[0]);
        Assert.Equal("./grafana/dashboards", mounts[Text(provider["options"]["path"])]);
        Assert.Equal("./grafana/provisioning", mounts["/etc/grafana/provisioning"]);
    }

    [Fact]
    public void Grafana_finds_Prometheus()
    {
        var source = Assert.Single((YamlSequenceNode)Read("grafana", "provisioning", "datasources", "prometheus.yml")["datasources"]);
        Assert.Equal("prometheus", Text(source["type"]));
        var address = new Uri(Text(source["url"]));
        Assert.Contains($"127.0.0.1:{address.Port}:{address.Port}", ((YamlSequenceNode)Compose[address.Host]["ports"]).Select(Text));
        Assert.Equal(Text(Read("prometheus", "prometheus.yml")["global"]["scrape_interval"]), Text(source["jsonData"]["timeInterval"]));
        var exemplars = Assert.Single((YamlSequenceNode)source["jsonData"]["exemplarTraceIdDestinations"]);
        Assert.Equal("trace_id", Text(exemplars["name"]));
        // A single dollar sign would be taken for a variable of the environment.
        Assert.EndsWith("/$${__value.raw}", Text(exemplars["url"]), StringComparison.Ordinal);
    }

    private static YamlMappingNode Read(params string[] path) => MonitoringFiles.ReadYaml(MonitoringFiles.Path(path));

    private static string Text(YamlNode node) => ((YamlScalarNode)node).Value!;
}
