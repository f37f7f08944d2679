using Ryot.Cli.Commands;
using Ryot.Cli.Dashboards;
using Ryot.Monitoring.Tests.Support;
using Xunit;

namespace Ryot.Monitoring.Tests.Dashboards;

/// <summary><c>ryot dashboards</c> as it is run by hand and in CI.</summary>
public sealed class DashboardsCommandTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("ryot-dashboards-");

    private string Output => Path.Combine(_folder.FullName, "made");

    [Fact]
    public void It_writes_and_checks_the_dashboards()
    {
        var missing = Run("--check");
        Assert.Equal(1, missing.Code);
        Assert.False(Directory.Exists(Output));
        Assert.Contains("overview.json is not what its definition says", missing.Error, StringComparison.Ordinal);

        Assert.Equal(new CommandRun(0, $"{Output}: 8 dashboards.\n", ""), Run());
        Assert.Equal(DashboardSet.Make().Select(file => file.Name).Order(), Directory.GetFiles(Output).Select(path => Path.GetFileName(path)!).Order());
        Assert.Equal(new CommandRun(0, "", ""), Run("--check"));
    }

    [Fact]
    public void It_tells_of_files_that_are_not_current_and_replaces_them()
    {
        Run();
        File.AppendAllText(Path.Combine(Output, "cost.json"), " ");
        File.WriteAllText(Path.Combine(Output, "old.json"), "{}");

        var run = Run("--check");
        Assert.Equal(1, run.Code);
        Assert.Contains("cost.json is not what its definition says", run.Error, StringComparison.Ordinal);
        Assert.Contains("old.json has no definition any more", run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("latency.json", run.Error, StringComparison.Ordinal);

        Run();
        Assert.False(File.Exists(Path.Combine(Output, "old.json")));
        Assert.Equal(new CommandRun(0, "", ""), Run("--check"));
    }

    public void Dispose() => _folder.Delete(recursive: true);

    private CommandRun Run(params string[] more) => CommandRun.Of(DashboardsCommand.Create(), ["--output", Output, .. more]);
}
