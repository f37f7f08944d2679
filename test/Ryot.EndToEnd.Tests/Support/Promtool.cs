using System.Diagnostics;
using Xunit;

namespace Ryot.EndToEnd.Tests.Support;

/// <summary>Prometheus' own check of an exposition.</summary>
internal static class Promtool
{
    /// <summary>The one name that was promised although promtool does not like it.</summary>
    public const string KnownComplaint = "ryot_token_cost_estimate_usd counter metrics should have \"_total\" suffix";

    /// <summary>Checks an exposition.</summary>
    /// <returns>What it says. An exit code of 3 is remarks on style; metrics that cannot be read are another.</returns>
    public static async Task<(string Complaints, int ExitCode)> CheckAsync(string exposition)
    {
        var cancellation = TestContext.Current.CancellationToken;
        var start = ProcessStarter.Describe("promtool", "check", "metrics");
        start.RedirectStandardInput = true;
        using var process = new Process { StartInfo = start };
        await ProcessStarter.StartAsync(process);
        var output = process.StandardOutput.ReadToEndAsync(cancellation);
        var error = process.StandardError.ReadToEndAsync(cancellation);
        await process.StandardInput.WriteAsync(exposition);
        process.StandardInput.Close();
        await process.WaitForExitAsync(cancellation);
        return ((await output + await error).Trim(), process.ExitCode);
    }
}
