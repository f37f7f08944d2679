using System.Diagnostics.Metrics;
using System.Globalization;
using BenchmarkDotNet.Attributes;
using BenchmarkDotNet.Configs;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using Ryot.Metrics;
using MetricType = Ryot.Metrics.MetricType;

namespace Ryot.Benchmarks.Metrics;

/// <summary>
/// One scrape of a counter with many label sets: into nothing, where a library allows that, and over HTTP on loopback, where
/// all three are served by <see cref="System.Net.HttpListener"/>. OpenTelemetry's cache of answers is switched off and its
/// limit on label sets lifted. <see cref="RyotHistograms"/> scrapes as many histograms of 11 bounds, 14 lines each.
/// </summary>
[MemoryDiagnoser]
[GroupBenchmarksBy(BenchmarkLogicalGroupRule.ByCategory)]
[CategoriesColumn]
public class ScrapeBenchmarks
{
    private static readonly double[] _bounds = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

    private readonly HttpClient _http = new();
    private readonly Meter _meter = new("Ryot.Benchmarks.Scrapes");
    private readonly Prometheus.CollectorRegistry _net = Prometheus.Metrics.NewCustomRegistry();
    private readonly MetricRegistry _counters = new();
    private readonly MetricRegistry _histograms = new();
    private MeterProvider _provider = null!;
    private HttpScrape _ryotServer = null!;
    private HttpScrape _netServer = null!;
    private Uri _otelAddress = null!;

    [Params(2_000, 20_000)]
    public int LabelSets { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        LabelDescriptor[] labels = [new("model"), new("status"), new("endpoint")];
        var ryot = _counters.AddCounter(new("requests_total", MetricType.Counter, "Requests.", labels));
        var histograms = _histograms.AddHistogram(new("latency_seconds", MetricType.Histogram, "Latency.", labels) { Bounds = _bounds });
        var net = Prometheus.Metrics.WithCustomRegistry(_net).CreateCounter("requests_total", "Requests.", "model", "status", "endpoint");
        var otel = _meter.CreateCounter<long>("requests");

        var port = HttpScrape.FreePort();
        _otelAddress = new Uri(string.Create(CultureInfo.InvariantCulture, $"http://localhost:{port}/metrics"));
        _provider = Sdk.CreateMeterProviderBuilder()
            .AddMeter(_meter.Name)
            .AddView("requests", new MetricStreamConfiguration { CardinalityLimit = LabelSets + 10 })
            .AddPrometheusHttpListener(options =>
            {
                options.Host = "localhost";
                options.Port = port;
                options.ScrapeResponseCacheDurationMilliseconds = 0;
            })
            .Build();

        for (var set = 0; set < LabelSets; set++)
        {
            var model = string.Create(CultureInfo.InvariantCulture, $"model-{set}");
            ryot.WithLabels(model, "success", "generate").Add(set * 7L);
            histograms.WithLabels(model, "success", "generate").Observe(set * 0.001);
            net.WithLabels(model, "success", "generate").Inc(set * 7);
            otel.Add(set * 7L, new("model", model), new("status", "success"), new("endpoint", "generate"));
        }

        _ryotServer = new HttpScrape(stream => _counters.WriteAsync(stream, ExpositionFormat.PrometheusText));
        _netServer = new HttpScrape(stream => _net.CollectAndExportAsTextAsync(stream));
        CheckAsync().GetAwaiter().GetResult();
    }

    [Benchmark(Baseline = true)]
    [BenchmarkCategory("Written")]
    public Task RyotText() => _counters.WriteAsync(Stream.Null, ExpositionFormat.PrometheusText);

    [Benchmark]
    [BenchmarkCategory("Written")]
    public Task RyotOpenMetrics() => _counters.WriteAsync(Stream.Null, ExpositionFormat.OpenMetrics);

    [Benchmark]
    [BenchmarkCategory("Written")]
    public Task RyotProtobuf() => _counters.WriteAsync(Stream.Null, ExpositionFormat.Protobuf);

    [Benchmark]
    [BenchmarkCategory("Written")]
    public Task RyotHistograms() => _histograms.WriteAsync(Stream.Null, ExpositionFormat.PrometheusText);

    [Benchmark]
    [BenchmarkCategory("Written")]
    public Task PrometheusNet() => _net.CollectAndExportAsTextAsync(Stream.Null);

    [Benchmark(Baseline = true)]
    [BenchmarkCategory("Over HTTP")]
    public Task<byte[]> RyotHttp() => _http.GetByteArrayAsync(_ryotServer.Address);

    [Benchmark]
    [BenchmarkCategory("Over HTTP")]
    public Task<byte[]> OpenTelemetryHttp() => _http.GetByteArrayAsync(_otelAddress);

    [Benchmark]
    [BenchmarkCategory("Over HTTP")]
    public Task<byte[]> PrometheusNetHttp() => _http.GetByteArrayAsync(_netServer.Address);

    [GlobalCleanup]
    public void Cleanup()
    {
        _http.Dispose();
        _provider.Dispose();
        _ryotServer.Dispose();
        _netServer.Dispose();
        _meter.Dispose();
    }

    /// <summary>A comparison is none unless all expose the same label sets.</summary>
    private async Task CheckAsync()
    {
        foreach (var address in (Uri[])[_ryotServer.Address, _otelAddress, _netServer.Address])
        {
            var text = await _http.GetStringAsync(address);
            var samples = text.Split('\n').Count(line => line.StartsWith("requests_total{", StringComparison.Ordinal));
            if (samples != LabelSets)
                throw new InvalidOperationException($"{address} exposes {samples} label sets, not {LabelSets}.");
        }
    }
}
