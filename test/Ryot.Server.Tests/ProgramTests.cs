using System.Diagnostics;
using Ryot.Server.Tests.Support;
using Xunit;

namespace Ryot.Server.Tests;

/// <summary>The program as a process.</summary>
public sealed class ProgramTests
{
    [Fact]
    public async Task Help_and_version_are_printed()
    {
        var (code, output, error) = await RunAsync("--help");
        Assert.Equal((0, ""), (code, error));
        Assert.Contains("--model PATH", output, StringComparison.Ordinal);

        (code, output, error) = await RunAsync("--version");
        Assert.Equal((0, ""), (code, error));
        Assert.Matches(@"^\d+\.\d+\.\d+", output);
    }

    [Fact]
    public async Task What_is_wrong_is_told_on_stderr_with_exit_code_2()
    {
        var (code, output, error) = await RunAsync("--model", ModelFile.Path, "--prallel", "4", "--urls", "http://0.0.0.0:0", "--llama-cpp", "/nowhere");
        Assert.Equal((2, ""), (code, output));
        Assert.StartsWith("Ryot cannot start:", error, StringComparison.Ordinal);
        Assert.Contains("Did you mean --parallel?", error, StringComparison.Ordinal);
        Assert.Contains("--no-api-key", error, StringComparison.Ordinal);
        Assert.Contains("there is no folder '/nowhere'", error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_folder_without_llama_cpp_is_told_on_stderr_with_exit_code_2()
    {
        var folder = Directory.CreateTempSubdirectory("ryot-no-llama");
        try
        {
            var (code, _, error) = await RunAsync("--model", ModelFile.Path, "--urls", "http://127.0.0.1:0", "--llama-cpp", folder.FullName);
            Assert.Equal(2, code);
            Assert.StartsWith("Ryot cannot start:", error, StringComparison.Ordinal);
            Assert.DoesNotContain("   at ", error, StringComparison.Ordinal);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static async Task<(int Code, string Output, string Error)> RunAsync(params string[] arguments)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath is { } path && Path.GetFileNameWithoutExtension(path) == "dotnet" ? path : "dotnet")
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.ArgumentList.Add(typeof(RyotServer).Assembly.Location);
        foreach (var argument in arguments)
            start.ArgumentList.Add(argument);
        using var process = Process.Start(start)!;
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
            var error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);
            return (process.ExitCode, await output, await error);
        }
        finally
        {
            if (!process.HasExited)
                process.Kill(entireProcessTree: true);
        }
    }
}
