using System.Diagnostics;

namespace Ryot.Metrics.Tests;

public sealed class PromtoolTests
{
    /// <summary>The one name that was promised although promtool does not like it.</summary>
    private const string PromisedName = "ryot_token_cost_estimate_usd counter metrics should have \"_total\" suffix";

    [Fact]
    public async Task Promtool_has_nothing_to_say_about_a_full_exposition_but_the_name_that_was_promised()
    {
        using var recording = new Recording();
        recording.RecordEverything();
        await recording.ScrapeAsync();
        Assert.Equal(PromisedName, (await CheckAsync(await recording.Metrics.Registry.TextAsync())).Trim());
    }

    [Fact]
    public async Task Promtool_complains_about_nothing_planned_but_the_name_that_was_promised()
    {
        var registry = new MetricRegistry();
        foreach (var metric in MetricCatalogue.All)
        {
            string[] values = [.. metric.Labels.Select(label => label.Values.Count > 0 ? label.Values[0] : "x")];
            switch (metric.Type)
            {
                case MetricType.Counter:
                    registry.AddDoubleCounter(metric).WithLabels(values).Add(1.5);
                    break;
                case MetricType.Gauge:
                    registry.AddGauge(metric).WithLabels(values).Set(1.5);
                    break;
                default:
                    registry.AddHistogram(metric).WithLabels(values).Observe(1.5);
                    break;
            }
        }

        Assert.Equal(PromisedName, (await CheckAsync(await registry.TextAsync())).Trim());
    }

    private static async Task<string> CheckAsync(string exposition)
    {
        using var process = Process.Start(new ProcessStartInfo("promtool", ["check", "metrics"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        var error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.StandardInput.WriteAsync(exposition);
        process.StandardInput.Close();
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return await output + await error;
    }
}
