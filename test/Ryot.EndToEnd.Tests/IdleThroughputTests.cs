using Ryot.EndToEnd.Tests.Support;
using Xunit;

namespace Ryot.EndToEnd.Tests;

/// <summary>Throughput falls when the engine is idle, and is 0 once the window holds no token.</summary>
public sealed class IdleThroughputTests(TinyLlamaServer fixture) : IClassFixture<TinyLlamaServer>
{
    [Fact]
    public async Task An_idle_model_has_no_throughput()
    {
        var server = fixture.Process;
        await server.PostForJsonAsync("/v1/completions", """{"model":"tiny","prompt":"Hi","max_tokens":500,"ignore_eos":true}""");
        var first = await server.ScrapeIdleAsync(1);
        await Task.Delay(1500, TestContext.Current.CancellationToken);
        var second = await server.ScrapeAsync();
        foreach (var window in (string[])["1m", "5m", "15m"])
        {
            var before = first.Sum("ryot_tokens_per_second", ("time_window", window));
            var after = second.Sum("ryot_tokens_per_second", ("time_window", window));
            Assert.True(before > 0 && after > 0, $"{window}: {before}, then {after}");
            // The time since the start grows, the tokens do not.
            Assert.True(after < before, $"{window}: {before}, then {after}");
        }

        var idle = await server.ScrapeUntilAsync(
            metrics => metrics.Sum("ryot_tokens_per_second", ("time_window", "1m")) == 0, "the last minute has no token");
        Assert.True(idle.Sum("ryot_tokens_per_second", ("time_window", "5m")) > 0);
        Assert.Equal(500, idle.Sum("ryot_tokens_generated_total", ("token_type", "completion")));
    }
}
