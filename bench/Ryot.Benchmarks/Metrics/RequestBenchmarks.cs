using System.Diagnostics.Metrics;
using BenchmarkDotNet.Attributes;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using Ryot.Metrics;

namespace Ryot.Benchmarks.Metrics;

/// <summary>
/// All that is recorded of one request, by one thread and by two at once: Ryot's recorder, and the same number of observations made by
/// hand with the other libraries. Ryot allocates the recorder itself, and nothing else.
/// </summary>
[MemoryDiagnoser]
public class RequestBenchmarks
{
    private const int Requests = 2_000;

    /// <summary>Distributions observed at the end of a request: latency, first token, queue, prefill, decode, per token, rate, two lengths.</summary>
    private const int Distributions = 9;

    private static readonly double[] _bounds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

    private static readonly long _millisecond = TimeProvider.System.TimestampFrequency / 1000;

    private readonly KeyValuePair<string, object?>[] _tags = [new("model", "tiny"), new("generation_mode", "standard")];
    private readonly Meter _meter = new("Ryot.Benchmarks.Requests");
    private readonly Histogram<double>[] _otelHistograms = new Histogram<double>[Distributions];
    private readonly Prometheus.Histogram.Child[] _netHistograms = new Prometheus.Histogram.Child[Distributions];
    private RyotMetrics _ryot = null!;
    private ModelMetrics _model = null!;
    private Writers _writers = null!;
    private MeterProvider _provider = null!;
    private Counter<long> _otelCounter = null!;
    private Histogram<double> _otelGap = null!;
    private Prometheus.Counter.Child _netCounter = null!;
    private Prometheus.Histogram.Child _netGap = null!;

    [Params(1, 2)]
    public int Threads { get; set; }

    [Params(1, 32)]
    public int Tokens { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        _writers = new Writers(Threads);
        _ryot = new RyotMetrics(TimeProvider.System);
        _model = _ryot.AddModel("tiny", new ModelDescription { Device = DeviceKind.Cpu });

        _otelCounter = _meter.CreateCounter<long>("events");
        _otelGap = _meter.CreateHistogram("gap", "s", "", advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = _bounds });
        for (var number = 0; number < Distributions; number++)
            _otelHistograms[number] = _meter.CreateHistogram($"h{number}", "s", "", advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = _bounds });
        _provider = Sdk.CreateMeterProviderBuilder().AddMeter(_meter.Name).AddReader(new BaseExportingMetricReader(new NoExporter())).Build();

        var factory = Prometheus.Metrics.WithCustomRegistry(Prometheus.Metrics.NewCustomRegistry());
        string[] names = ["model", "generation_mode"];
        var configuration = new Prometheus.HistogramConfiguration { Buckets = _bounds };
        _netCounter = factory.CreateCounter("events_total", "Events.", names).WithLabels("tiny", "standard");
        _netGap = factory.CreateHistogram("gap", "Gap.", names, configuration).WithLabels("tiny", "standard");
        for (var number = 0; number < Distributions; number++)
            _netHistograms[number] = factory.CreateHistogram($"h{number}", "H.", names, configuration).WithLabels("tiny", "standard");
    }

    [Benchmark(Baseline = true, OperationsPerInvoke = Requests)]
    public void Ryot() => _writers.Run(_ =>
    {
        for (var number = 0; number < Requests; number++)
            Record(default);
    });

    [Benchmark(OperationsPerInvoke = Requests)]
    public void RyotWithExemplars()
    {
        var exemplar = new ExemplarId("request-0123456789");
        _writers.Run(_ =>
        {
            for (var number = 0; number < Requests; number++)
                Record(exemplar);
        });
    }

    [Benchmark(OperationsPerInvoke = Requests)]
    public void OpenTelemetry() => _writers.Run(_ =>
    {
        for (var number = 0; number < Requests; number++)
        {
            // Received, admitted and finished: requests, finish reason, sequences, prompt tokens, waiting and running up and down.
            for (var counter = 0; counter < 8; counter++)
                _otelCounter.Add(1, _tags);
            for (var token = 0; token < Tokens; token++)
            {
                _otelCounter.Add(1, _tags);
                if (token > 0)
                    _otelGap.Record(0.01, _tags);
            }

            foreach (var histogram in _otelHistograms)
                histogram.Record(0.05, _tags);
        }
    });

    [Benchmark(OperationsPerInvoke = Requests)]
    public void PrometheusNet() => _writers.Run(_ =>
    {
        for (var number = 0; number < Requests; number++)
        {
            for (var counter = 0; counter < 8; counter++)
                _netCounter.Inc();
            for (var token = 0; token < Tokens; token++)
            {
                _netCounter.Inc();
                if (token > 0)
                    _netGap.Observe(0.01);
            }

            foreach (var histogram in _netHistograms)
                histogram.Observe(0.05);
        }
    });

    [GlobalCleanup]
    public void Cleanup()
    {
        _writers.Dispose();
        _provider.Dispose();
        _ryot.Dispose();
        _meter.Dispose();
    }

    private void Record(in ExemplarId exemplar)
    {
        long now = 0;
        var request = _model.StartRequest(InferenceEndpoint.Generate, GenerationMode.Standard, PriorityLevel.Normal, now, exemplar);
        request.Queued(now += _millisecond, 100);
        request.Admitted(now += 5 * _millisecond);
        for (var token = 0; token < Tokens; token++)
        {
            // As a reader does that is woken for each token; one that lags behind counts several at once.
            request.Token(0, now += 10 * _millisecond);
            request.Flush();
        }

        request.SequencePasses(Tokens, Tokens * 4L);
        request.Finish(now + _millisecond, RequestStatus.Success, FinishReason.Stop);
    }

    private sealed class NoExporter : BaseExporter<Metric>
    {
        public override ExportResult Export(in Batch<Metric> batch) => ExportResult.Success;
    }
}
