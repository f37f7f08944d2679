using System.Diagnostics;
using Ryot.Cli.Dashboards;
using Xunit;

namespace Ryot.Monitoring.Tests.Dashboards;

/// <summary><c>ryot dashboards</c> as it is run by hand and in CI.</summary>
public sealed class DashboardsCommandTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("ryot-dashboards-");

    private string Output => Path.Combine(_folder.FullName, "made");

    [Fact]
    public async Task It_writes_and_checks_the_dashboards()
    {
        var (missing, missed) = await RunAsync("--check");
        Assert.Equal(1, missing);
        Assert.False(Directory.Exists(Output));
        Assert.Contains("overview.json is not what its definition says", missed, StringComparison.Ordinal);

        Assert.Equal(0, (await RunAsync()).Code);
        Assert.Equal(DashboardSet.Make().Select(file => file.Name).Order(), Directory.GetFiles(Output).Select(path => Path.GetFileName(path)!).Order());
        Assert.Equal((0, ""), await RunAsync("--check"));
    }

    [Fact]
    public async Task It_tells_of_files_that_are_not_current_and_replaces_them()
    {
        await RunAsync();
        await File.AppendAllTextAsync(Path.Combine(Output, "cost.json"), " ", TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(Path.Combine(Output, "old.json"), "{}", TestContext.Current.CancellationToken);

        var (code, error) = await RunAsync("--check");
        Assert.Equal(1, code);
        Assert.Contains("cost.json is not what its definition says", error, StringComparison.Ordinal);
        Assert.Contains("old.json has no definition any more", error, StringComparison.Ordinal);
        Assert.DoesNotContain("latency.json", error, StringComparison.Ordinal);

        await RunAsync();
        Assert.False(File.Exists(Path.Combine(Output, "old.json")));
        Assert.Equal((0, ""), await RunAsync("--check"));
    }

    public void Dispose() => _folder.Delete(recursive: true);

    private async Task<(int Code, string Error)> RunAsync(params string[] more)
    {
        var cancellation = TestContext.Current.CancellationToken;
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "ryot.dll"), "dashboards", "--output", Output, .. more])
        {
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        };
        using var process = Process.Start(start)!;
        var told = process.StandardOutput.ReadToEndAsync(cancellation);
        var error = await process.StandardError.ReadToEndAsync(cancellation);
        await told;
        await process.WaitForExitAsync(cancellation);
        return (process.ExitCode, error);
    }
}
