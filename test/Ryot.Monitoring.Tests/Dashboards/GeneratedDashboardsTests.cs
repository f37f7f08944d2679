using Ryot.Cli.Commands;
using Ryot.Cli.Dashboards;
using Ryot.Monitoring.Tests.Support;
using Xunit;

namespace Ryot.Monitoring.Tests.Dashboards;

public sealed class GeneratedDashboardsTests
{
    private static string Folder => MonitoringFiles.Path("grafana", "dashboards");

    [Fact]
    public void The_dashboards_are_what_their_definitions_say()
    {
        var made = DashboardSet.Make();
        if (Environment.GetEnvironmentVariable("RYOT_UPDATE") == "1")
        {
            // Only those that changed: the test of the manifests, which are made of them, may just read them.
            foreach (var file in made.Select(file => new GeneratedFile(Path.Combine(Folder, file.Name), file.Content)).Where(file => !file.IsCurrent()))
                file.Write();
        }

        Assert.Equal(made.Select(file => file.Name).Order(StringComparer.Ordinal), Directory.GetFiles(Folder).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.All(made, file => Assert.True(
            File.ReadAllText(Path.Combine(Folder, file.Name)).ReplaceLineEndings("\n") == file.Content,
            $"monitoring/grafana/dashboards/{file.Name} is out of date; run this test with RYOT_UPDATE=1 in the environment."));
    }

    [Fact]
    public void They_are_the_same_every_time() => Assert.Equal(DashboardSet.Make(), DashboardSet.Make());
}
