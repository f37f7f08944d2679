using System.Diagnostics.Metrics;
using BenchmarkDotNet.Attributes;
using BenchmarkDotNet.Configs;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using Ryot.Metrics;
using MetricType = Ryot.Metrics.MetricType;

namespace Ryot.Benchmarks.Metrics;

/// <summary>
/// One counter increment and one histogram observation, by one thread and by two at once, on series that were looked up before where the
/// library knows such a thing. The time is that of one operation on one thread: flat means that two threads do not hinder each other.
/// </summary>
[MemoryDiagnoser]
[GroupBenchmarksBy(BenchmarkLogicalGroupRule.ByCategory)]
[CategoriesColumn]
public class RecordingBenchmarks
{
    private const int Operations = 100_000;
    private const int Values = 1024;

    private static readonly double[] _bounds = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

    private readonly double[] _values = new double[Values];
    private readonly KeyValuePair<string, object?>[] _tags = [new("model", "tiny"), new("status", "success"), new("endpoint", "generate")];
    private readonly Meter _meter = new("Ryot.Benchmarks.Recording");
    private Writers _writers = null!;
    private MeterProvider _provider = null!;
    private Ryot.Metrics.Counter _counter = null!;
    private Ryot.Metrics.Histogram _histogram = null!;
    private Counter<long> _otelCounter = null!;
    private Histogram<double> _otelHistogram = null!;
    private Prometheus.Counter.Child _netCounter = null!;
    private Prometheus.Histogram.Child _netHistogram = null!;

    [Params(1, 2)]
    public int Threads { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        var random = new Random(1);
        for (var index = 0; index < Values; index++)
            _values[index] = Math.Exp((random.NextDouble() * 10) - 6);
        _writers = new Writers(Threads);

        var registry = new MetricRegistry();
        LabelDescriptor[] labels = [new("model"), new("status"), new("endpoint")];
        _counter = registry.AddCounter(new("requests_total", MetricType.Counter, "Requests.", labels)).WithLabels("tiny", "success", "generate");
        _histogram = registry.AddHistogram(new("latency_seconds", MetricType.Histogram, "Latency.", labels) { Bounds = _bounds })
            .WithLabels("tiny", "success", "generate");

        _otelCounter = _meter.CreateCounter<long>("requests");
        _otelHistogram = _meter.CreateHistogram("latency", "s", "", advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = _bounds });
        _provider = Sdk.CreateMeterProviderBuilder()
            .AddMeter(_meter.Name)
            .AddReader(new BaseExportingMetricReader(new NoExporter()))
            .Build();

        var factory = Prometheus.Metrics.WithCustomRegistry(Prometheus.Metrics.NewCustomRegistry());
        string[] names = ["model", "status", "endpoint"];
        _netCounter = factory.CreateCounter("requests_total", "Requests.", names).WithLabels("tiny", "success", "generate");
        _netHistogram = factory.CreateHistogram(
            "latency_seconds", "Latency.", names, new Prometheus.HistogramConfiguration { Buckets = _bounds }).WithLabels("tiny", "success", "generate");
    }

    [Benchmark(Baseline = true, OperationsPerInvoke = Operations)]
    [BenchmarkCategory("Counter")]
    public void RyotCounter() => _writers.Run(_ =>
    {
        for (var operation = 0; operation < Operations; operation++)
            _counter.Increment();
    });

    [Benchmark(OperationsPerInvoke = Operations)]
    [BenchmarkCategory("Counter")]
    public void OpenTelemetryCounter() => _writers.Run(_ =>
    {
        for (var operation = 0; operation < Operations; operation++)
            _otelCounter.Add(1, _tags);
    });

    [Benchmark(OperationsPerInvoke = Operations)]
    [BenchmarkCategory("Counter")]
    public void PrometheusNetCounter() => _writers.Run(_ =>
    {
        for (var operation = 0; operation < Operations; operation++)
            _netCounter.Inc();
    });

    [Benchmark(Baseline = true, OperationsPerInvoke = Operations)]
    [BenchmarkCategory("Histogram")]
    public void RyotHistogram() => _writers.Run(_ =>
    {
        for (var operation = 0; operation < Operations; operation++)
            _histogram.Observe(_values[operation % Values]);
    });

    [Benchmark(OperationsPerInvoke = Operations)]
    [BenchmarkCategory("Histogram")]
    public void OpenTelemetryHistogram() => _writers.Run(_ =>
    {
        for (var operation = 0; operation < Operations; operation++)
            _otelHistogram.Record(_values[operation % Values], _tags);
    });

    [Benchmark(OperationsPerInvoke = Operations)]
    [BenchmarkCategory("Histogram")]
    public void PrometheusNetHistogram() => _writers.Run(_ =>
    {
        for (var operation = 0; operation < Operations; operation++)
            _netHistogram.Observe(_values[operation % Values]);
    });

    [GlobalCleanup]
    public void Cleanup()
    {
        _writers.Dispose();
        _provider.Dispose();
        _meter.Dispose();
    }

    private sealed class NoExporter : BaseExporter<Metric>
    {
        public override ExportResult Export(in Batch<Metric> batch) => ExportResult.Success;
    }
}
