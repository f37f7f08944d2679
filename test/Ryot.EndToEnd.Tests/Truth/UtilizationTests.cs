using System.Diagnostics;
using System.Text.Json;
using Ryot.EndToEnd.Tests.Support;
using Ryot.Testing.Models;
using Xunit;

namespace Ryot.EndToEnd.Tests.Truth;

/// <summary>The utilization is the share of the last seconds that forward passes really took.</summary>
public sealed class UtilizationTests
{
    private const string Name = "ryot_gpu_utilization_percent";

    /// <summary>How many seconds the metric looks back on.</summary>
    private const int Window = 10;

    [Fact]
    public async Task Utilization_is_the_share_that_passes_take_and_falls_to_zero()
    {
        await using var server = await RyotProcess.StartFaultyAsync(RyotProcess.ForModel(TestModels.Llama()));
        // Passes that mostly sleep make the same load on every machine.
        (await server.PostAsync("/test/pass-delay/tiny?milliseconds=20", "")).EnsureSuccessStatusCode().Dispose();
        var passes = new List<(double Seconds, double Busy)>();
        var clock = Stopwatch.StartNew();
        while (clock.Elapsed.TotalSeconds < Window + 1.5)
        {
            passes.Add((clock.Elapsed.TotalSeconds, await ReadBusyAsync(server)));
            await server.PostForJsonAsync("/v1/completions", """{"model":"tiny","prompt":"Hi","max_tokens":5,"ignore_eos":true}""");
            var metrics = await server.ScrapeAsync();
            Assert.Equal(["attention", "matmul", "other"], metrics.Samples.Where(sample => sample.Name == Name)
                .Select(sample => sample.Labels["kernel_type"]).Order(StringComparer.Ordinal));
            Assert.All(metrics.Samples.Where(sample => sample.Name == Name), sample => Assert.InRange(sample.Value, 0, 100));
            Assert.InRange(metrics.Sum(Name, ("device_id", "cpu")), 0.001, 100.001);
            await Task.Delay(100, TestContext.Current.CancellationToken);
        }
        var told = (await server.ScrapeAsync()).Sum(Name);
        var (ended, busyAtEnd) = (clock.Elapsed.TotalSeconds, await ReadBusyAsync(server));
        var begun = passes.Last(pass => pass.Seconds <= ended - Window);
        var share = 100 * (busyAtEnd - begun.Busy) / (ended - begun.Seconds);
        // It covers whole seconds, so it may be up to one older.
        Assert.InRange(told, share - 8, share + 8);

        await server.ScrapeUntilAsync(metrics => metrics.Sum(Name) == 0, "the window holds no pass");
        Assert.Equal(3, (await server.ScrapeAsync()).Count(Name));
    }

    private static async Task<double> ReadBusyAsync(RyotProcess server)
    {
        var state = await server.Http.GetStringAsync("/test/faults/tiny", TestContext.Current.CancellationToken);
        return TimeSpan.FromTicks(JsonElement.Parse(state).GetProperty("busy_ticks").GetInt64()).TotalSeconds;
    }
}
