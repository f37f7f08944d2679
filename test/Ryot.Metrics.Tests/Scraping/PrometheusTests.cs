using System.Globalization;
using Ryot.Testing;

namespace Ryot.Metrics.Tests;

/// <summary>A real Prometheus scrapes each format; its query API must know what was recorded.</summary>
public sealed class PrometheusTests : IAsyncDisposable
{
    /// <summary>Everything in a label value that may break something on the way.</summary>
    private const string Evil = "a\"b\\c\nd\te\rf{g=\"h\",i}# EOF \\n ☃ 日本語 😀 \u0001 \0 \u007f \u0085 \u2028 \uFFFD \\";

    private static readonly double[] _latencies = [0.02, 0.03, 0.03, 0.2, 0.2, 0.2, 0.2, 2, 2, 40];

    private readonly MetricRegistry _registry = new();
    private readonly RyotMetrics _ryot = new(TimeProvider.System);
    private readonly List<IAsyncDisposable> _running = [];

    public PrometheusTests()
    {
        _registry.AddCounter(new("evil_total", MetricType.Counter, "Evil: \"\\\n☃", new LabelDescriptor("model")) { KeepsExemplars = true })
            .WithLabels(Evil).Add(41);
        _registry.AddDoubleCounter(new("cost_usd", MetricType.Counter, "Cost", new LabelDescriptor("model"))).WithLabels("m").Add(0.1);
        _registry.AddGauge(new("tiny_ratio", MetricType.Gauge, "Tiny.") { Unit = "ratio" }).WithLabels().Set(1.5e-9);
        var latency = _registry.AddHistogram(new("latency_seconds", MetricType.Histogram, "Latency.", new LabelDescriptor("model"))
        {
            Unit = "seconds",
            Bounds = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
            KeepsExemplars = true,
        }).WithLabels(Evil);
        foreach (var seconds in _latencies)
            latency.Observe(seconds);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var one in Enumerable.Reverse(_running))
            await one.DisposeAsync();
        _ryot.Dispose();
    }

    [Fact]
    public async Task Prometheus_takes_in_the_text_format()
    {
        var (endpoint, prometheus) = await StartAsync("/text");
        await AssertScalarsAsync(prometheus);
        await AssertClassicAsync(prometheus);
        Assert.Contains("text/plain; version=0.0.4; charset=utf-8 gzip", endpoint.Answered);
    }

    [Fact]
    public async Task Prometheus_takes_in_OpenMetrics_with_exemplars()
    {
        var before = DateTimeOffset.UtcNow;
        Family("evil_total").WithLabels(Evil).Increment(new ExemplarId(0x0123456789abcdef, 0xfedcba9876543210, "request-7"));
        Latency().Observe(0.3, new ExemplarId("slow-request"));
        var (endpoint, prometheus) = await StartAsync("/metrics", "exemplar-storage");

        await prometheus.WaitForAsync("evil_total", values => values is [{ Value: 42 }], TestContext.Current.CancellationToken);
        Assert.Contains("application/openmetrics-text; version=1.0.0; charset=utf-8 gzip", endpoint.Answered);
        Assert.Equal(Evil, Assert.Single(await QueryAsync(prometheus, "latency_seconds_count")).Labels["model"]);
        Assert.Equal(0.1, Assert.Single(await QueryAsync(prometheus, "cost_usd")).Value);

        Assert.Equal(
            [("request_id", "slow-request", 0.3)],
            await ExemplarsAsync(prometheus, "latency_seconds_bucket", before));
        Assert.Equal(
            [("trace_id", "0123456789abcdeffedcba9876543210", 1), ("request_id", "request-7", 1)],
            await ExemplarsAsync(prometheus, "evil_total", before));
    }

    [Fact]
    public async Task Prometheus_takes_in_protobuf_with_native_histograms()
    {
        var (endpoint, prometheus) = await StartAsync("/metrics", "native-histograms");
        await AssertScalarsAsync(prometheus);
        Assert.Contains("application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited gzip", endpoint.Answered);

        Assert.Equal(10, Assert.Single(await QueryAsync(prometheus, "histogram_count(latency_seconds)")).Value);
        Assert.Equal(_latencies.Sum(), Assert.Single(await QueryAsync(prometheus, "histogram_sum(latency_seconds)")).Value, 1e-9);
        // Seven of ten are up to 0.2 s, which classic buckets would only know to lie between 0.1 and 0.25 s.
        Assert.InRange(Assert.Single(await QueryAsync(prometheus, "histogram_quantile(0.7, latency_seconds)")).Value, 0.2 / 1.0906, 0.2 * 1.0906);
        // The slowest took 40 s, which classic buckets would cap at 30 s.
        Assert.InRange(Assert.Single(await QueryAsync(prometheus, "histogram_quantile(0.99, latency_seconds)")).Value, 40 / 1.0906, 40 * 1.0906);
        Assert.Equal(0.3, Assert.Single(await QueryAsync(prometheus, "histogram_fraction(0, 0.1, latency_seconds)")).Value, 0.001);
    }

    [Theory]
    [InlineData("/text", null)]
    [InlineData("/metrics", null)]
    [InlineData("/metrics", "native-histograms")]
    public async Task Prometheus_takes_in_all_of_ryot_and_counts_its_series_alike(string path, string? feature)
    {
        _ryot.SetBuildInfo("1.2.3", "abc", "b1");
        var model = _ryot.AddModel(Evil, new ModelDescription { Architecture = "llama", Device = DeviceKind.Cpu });
        model.Attach(new Recording.FixedState(Recording.Loaded with { LastStepUnixSeconds = 1772600767.25 }));
        model.SetCostModel(CostModelKind.Tiered);
        var now = TimeProvider.System.GetTimestamp();
        for (var number = 0; number < 25; number++)
        {
            var request = model.StartRequest(InferenceEndpoint.Stream, GenerationMode.Streaming, PriorityLevel.High, now, new ExemplarId($"r-{number}"));
            request.Queued(now, 10);
            request.Admitted(now);
            request.Token(0, now);
            request.Token(0, now);
            request.SequencePasses(2, 4);
            request.PromptAdmitted(10, 4, TimeSpan.Zero);
            request.Cost(0.5, 0.25);
            request.Finish(now, RequestStatus.Success, FinishReason.Stop);
        }

        var (_, prometheus) = await StartAsync(path, feature, _ryot.Registry);
        await prometheus.WaitForScrapesAsync("ryot", cancellation: TestContext.Current.CancellationToken);
        Assert.Equal(25, Assert.Single(await QueryAsync(prometheus, "sum by (model) (ryot_inference_requests_total) > 0")).Value);
        Assert.Equal(
            Evil,
            Assert.Single(await QueryAsync(prometheus, """ryot_inference_requests_total{status="success",endpoint="stream",error_type=""} > 0""")).Labels["model"]);
        Assert.Equal(50, Assert.Single(await QueryAsync(prometheus, """ryot_tokens_generated_total{token_type="completion"} > 0""")).Value);
        Assert.Equal(12.5, Assert.Single(await QueryAsync(prometheus, """ryot_token_cost_estimate_usd{token_type="prompt",cost_model="tiered"} > 0""")).Value);
        Assert.Equal(0.4, Assert.Single(await QueryAsync(prometheus, """ryot_kv_cache_hit_ratio{context_type="standard"}""")).Value);
        Assert.Equal(0.25, Assert.Single(await QueryAsync(prometheus, "ryot_kv_cache_usage_ratio")).Value);
        Assert.Equal(1600, Assert.Single(await QueryAsync(prometheus, """ryot_kv_cache_size_bytes{context_length="512",batch_size="2-4"}""")).Value);
        Assert.Equal(10, Assert.Single(await QueryAsync(prometheus, """ryot_gpu_memory_percentage{device_id="cpu",batch_size="2-4"}""")).Value);
        Assert.Equal(1772600767.25, Assert.Single(await QueryAsync(prometheus, "ryot_scheduler_last_step_timestamp_seconds")).Value);
        Assert.Equal(1, Assert.Single(await QueryAsync(prometheus, """ryot_build_info{version="1.2.3"}""")).Value);
        if (feature is null)
        {
            var scraped = Assert.Single(await QueryAsync(prometheus, """scrape_samples_scraped{job="ryot"}"""));
            Assert.Equal(scraped.Value, Assert.Single(await QueryAsync(prometheus, "ryot_metrics_series")).Value);
            Assert.Equal(25, Assert.Single(await QueryAsync(prometheus, "sum(ryot_ttft_latency_seconds_count)")).Value);
        }
        else
        {
            Assert.Equal(25, Assert.Single(await QueryAsync(prometheus, "histogram_count(sum(ryot_ttft_latency_seconds))")).Value);
        }
    }

    private static async Task AssertScalarsAsync(PrometheusServer prometheus)
    {
        var evil = Assert.Single(await QueryAsync(prometheus, "evil_total"));
        Assert.Equal(41, evil.Value);
        Assert.Equal(Evil, evil.Labels["model"]);
        Assert.Equal(0.1, Assert.Single(await QueryAsync(prometheus, "cost_usd")).Value);
        Assert.Equal(1.5e-9, Assert.Single(await QueryAsync(prometheus, "tiny_ratio")).Value);
    }

    private static async Task AssertClassicAsync(PrometheusServer prometheus)
    {
        Assert.Equal(7, Assert.Single(await QueryAsync(prometheus, """latency_seconds_bucket{le="0.25"}""")).Value);
        Assert.Equal(7, Assert.Single(await QueryAsync(prometheus, """latency_seconds_bucket{le="1.0"}""")).Value);
        Assert.Equal(10, Assert.Single(await QueryAsync(prometheus, """latency_seconds_bucket{le="+Inf"}""")).Value);
        Assert.Equal(10, Assert.Single(await QueryAsync(prometheus, "latency_seconds_count")).Value);
        Assert.InRange(Assert.Single(await QueryAsync(prometheus, "histogram_quantile(0.7, latency_seconds_bucket)")).Value, 0.1, 0.25);
    }

    /// <summary>Waits for an answer with anything in it: on a busy machine a scrape may miss its time, and series are stale until the next.</summary>
    private static Task<IReadOnlyList<PrometheusValue>> QueryAsync(PrometheusServer prometheus, string query)
        => prometheus.WaitForAsync(query, values => values.Count > 0, TestContext.Current.CancellationToken);

    /// <summary>All labels of all exemplars of a metric, each with its exemplar's value.</summary>
    private static async Task<IEnumerable<(string Label, string Value, double Observed)>> ExemplarsAsync(
        PrometheusServer prometheus, string metric, DateTimeOffset since)
    {
        var from = since.AddMinutes(-1).ToUnixTimeSeconds();
        var until = since.AddMinutes(5).ToUnixTimeSeconds();
        var data = await prometheus.GetDataAsync(
            $"api/v1/query_exemplars?query={metric}&start={from}&end={until}", TestContext.Current.CancellationToken);
        return data.EnumerateArray()
            .SelectMany(series => series.GetProperty("exemplars").EnumerateArray())
            .SelectMany(exemplar => exemplar.GetProperty("labels").EnumerateObject()
                .OrderByDescending(label => label.Name, StringComparer.Ordinal)
                .Select(label => (
                    label.Name,
                    label.Value.GetString()!,
                    double.Parse(exemplar.GetProperty("value").GetString()!, CultureInfo.InvariantCulture))));
    }

    private async Task<(MetricsEndpoint Endpoint, PrometheusServer Prometheus)> StartAsync(string path, string? feature = null, MetricRegistry? registry = null)
    {
        var endpoint = await MetricsEndpoint.StartAsync(registry ?? _registry);
        _running.Add(endpoint);
        var prometheus = await PrometheusServer.StartAsync(
            [new ScrapeTarget("ryot", endpoint.Address(path))],
            features: feature is null ? null : [feature],
            cancellation: TestContext.Current.CancellationToken);
        _running.Add(prometheus);
        await prometheus.WaitForScrapesAsync("ryot", 1, TestContext.Current.CancellationToken);
        return (endpoint, prometheus);
    }

    private CounterFamily Family(string name) => (CounterFamily)_registry.Families.Single(family => family.Name == name);

    private Histogram Latency()
        => ((HistogramFamily)_registry.Families.Single(family => family.Name == "latency_seconds")).WithLabels(Evil);
}
