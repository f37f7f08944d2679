using System.Diagnostics;
using Xunit;

namespace Ryot.Monitoring.Tests.Support;

/// <summary>Runs a program to its end.</summary>
internal static class Tool
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>Runs a program that must end with success.</summary>
    /// <returns>All that it wrote.</returns>
    public static async Task<string> RunAsync(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        using var process = Process.Start(start)!;
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(Cancellation);
            var error = process.StandardError.ReadToEndAsync(Cancellation);
            await process.WaitForExitAsync(Cancellation);
            var text = await output + await error;
            Assert.True(process.ExitCode == 0, $"{program} {string.Join(' ', arguments)} ended with {process.ExitCode}:\n{text}");
            return text;
        }
        finally
        {
            if (!process.HasExited)
                process.Kill(entireProcessTree: true);
        }
    }
}
