using Ryot.EndToEnd.Tests.Support;
using Ryot.Server.Tests.Support;
using Xunit;

namespace Ryot.EndToEnd.Tests.Truth;

/// <summary>Scrapes all the time while something else goes on, and checks what must hold in every scrape.</summary>
internal sealed class ScrapeWatch : IAsyncDisposable
{
    private static readonly string[] _counterEndings = ["_total", "_count", "_bucket", "_sum", "_cost_estimate_usd"];

    private readonly CancellationTokenSource _end = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
    private readonly RyotProcess _server;
    private readonly Action<MetricsText> _check;
    private readonly Task _watching;
    private Dictionary<string, double> _counters = [];

    /// <param name="server">The server.</param>
    /// <param name="check">What else must hold in every scrape.</param>
    public ScrapeWatch(RyotProcess server, Action<MetricsText> check)
    {
        _server = server;
        _check = check;
        _watching = Task.Run(WatchAsync);
    }

    /// <summary>Scrapes so far.</summary>
    public int Scrapes { get; private set; }

    /// <summary>A series in words; equal for equal series.</summary>
    public static string Identity((string Name, Dictionary<string, string> Labels, double Value) sample) =>
        $"{sample.Name}{{{string.Join(',', sample.Labels.OrderBy(label => label.Key, StringComparer.Ordinal).Select(label => $"{label.Key}={label.Value}"))}}}";

    /// <summary>Ends, and fails if anything was wrong.</summary>
    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await _watching;
        _end.Dispose();
    }

    private async Task WatchAsync()
    {
        while (!_end.IsCancellationRequested)
        {
            Check(await _server.ScrapeAsync());
            Scrapes++;
            await Task.Delay(20, _end.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private void Check(MetricsText metrics)
    {
        var values = new Dictionary<string, double>();
        foreach (var sample in metrics.Samples)
        {
            Assert.True(values.TryAdd(Identity(sample), sample.Value), $"{Identity(sample)} is there twice.");
            Assert.True(sample.Value >= 0, $"{Identity(sample)} is {sample.Value}");
        }
        Assert.Equal(metrics.Samples.Count, metrics.Sum("ryot_metrics_series"));
        Assert.All(metrics.Samples.Where(sample => sample.Name == "ryot_kv_cache_usage_ratio"), sample => Assert.InRange(sample.Value, 0, 1));
        var counters = metrics.Samples.Where(sample => Array.Exists(_counterEndings, ending => sample.Name.EndsWith(ending, StringComparison.Ordinal)))
            .ToDictionary(Identity, sample => sample.Value);
        foreach (var (series, before) in _counters)
        {
            // Whatever came or went, counters only rise.
            var now = counters.GetValueOrDefault(series, -1);
            Assert.True(now >= before, $"{series} was {before} and is {now}");
        }
        _counters = counters;
        _check(metrics);
    }
}
