using CsCheck;
using Microsoft.Extensions.Time.Testing;

namespace Ryot.Metrics.Tests;

public sealed class ProtobufTests
{
    private readonly FakeTimeProvider _clock = new(new DateTimeOffset(2026, 3, 4, 5, 6, 7, 250, TimeSpan.Zero));

    [Fact]
    public async Task Counters_and_gauges_carry_name_help_type_labels_value_and_exemplar()
    {
        var registry = new MetricRegistry(_clock);
        var requests = registry.AddCounter(
            new("requests_total", MetricType.Counter, "Requests: \"☃\".", new LabelDescriptor("model"), new LabelDescriptor("status"))
            {
                KeepsExemplars = true,
            });
        requests.WithLabels("a\"\\\n☃", "").Increment(new ExemplarId(0xabc, 0xdef, "r-1"));
        registry.AddDoubleCounter(new("cost_usd", MetricType.Counter, "Money.")).WithLabels().Add(0.1);
        registry.AddGauge(new("load_ratio", MetricType.Gauge, "Load.") { Unit = "ratio" }).WithLabels().Set(double.NegativeInfinity);

        var families = await registry.ProtobufAsync();
        Assert.Equal(["requests_total", "cost_usd", "load_ratio"], families.Select(family => family.Name));
        Assert.Equal("Requests: \"☃\".", families[0].Help);
        Assert.Equal([Wire.MetricType.Counter, Wire.MetricType.Counter, Wire.MetricType.Gauge], families.Select(family => family.Type));
        Assert.Equal("ratio", families[2].Unit);

        var metric = Assert.Single(families[0].Metric);
        Assert.Equal(("model", "a\"\\\n☃"), (Assert.Single(metric.Label).Name, metric.Label[0].Value));
        Assert.Equal(1, metric.Counter.Value);
        Assert.Equal(
            [("trace_id", "0000000000000abc0000000000000def"), ("request_id", "r-1")],
            metric.Counter.Exemplar.Label.Select(pair => (pair.Name, pair.Value)));
        Assert.Equal((1772600767L, 250_000_000), (metric.Counter.Exemplar.Timestamp.Seconds, metric.Counter.Exemplar.Timestamp.Nanos));
        Assert.Equal(0.1, families[1].Metric[0].Counter.Value);
        Assert.Equal(double.NegativeInfinity, families[2].Metric[0].Gauge.Value);
    }

    [Fact]
    public async Task Histograms_carry_classic_and_native_buckets_and_exemplars()
    {
        var registry = new MetricRegistry(_clock);
        var histogram = registry.AddHistogram(
            new("h", MetricType.Histogram, "h") { Bounds = [0, 1, 4], KeepsExemplars = true }).WithLabels();
        foreach (var value in (double[])[0, 0, 1, 1.05, 4, 1000])
            histogram.Observe(value);
        histogram.Observe(3.5, new ExemplarId("slow"));

        var read = Assert.Single(Assert.Single(await registry.ProtobufAsync()).Metric).Histogram;
        Assert.Equal(7ul, read.SampleCount);
        Assert.Equal(1009.55, read.SampleSum, 1e-9);
        Assert.Equal(
            [(0d, 2ul), (1d, 3ul), (4d, 6ul), (double.PositiveInfinity, 7ul)],
            read.Bucket.Select(bucket => (bucket.UpperBound, bucket.CumulativeCount)));
        Assert.Equal(3.5, read.Bucket[2].Exemplar.Value);
        Assert.Equal("slow", Assert.Single(read.Bucket[2].Exemplar.Label).Value);
        Assert.Equal(2ul, read.ZeroCount);
        Assert.Equal(
            new Dictionary<int, long> { [0] = 1, [1] = 1, [15] = 1, [16] = 1, [80] = 1 },
            Native.Buckets(read));
    }

    [Fact]
    public async Task An_empty_histogram_is_still_seen_to_be_native()
    {
        var registry = new MetricRegistry(_clock);
        registry.AddHistogram(new("h", MetricType.Histogram, "h") { Bounds = [1] }).WithLabels();
        var read = Assert.Single(Assert.Single(await registry.ProtobufAsync()).Metric).Histogram;
        Assert.Equal(0ul, read.SampleCount);
        Assert.True(read.ZeroThreshold > 0);
        Assert.Equal(3, read.Schema);
    }

    [Fact]
    public void Messages_of_any_length_are_framed_so_that_all_come_back()
        => Gen.Select(Gen.Int[0, 300], Gen.Int[0, 40_000]).Sample(
            (seriesCount, helpLength) =>
            {
                var registry = new MetricRegistry(_clock);
                var family = registry.AddCounter(
                    new("c_total", MetricType.Counter, new string('h', helpLength), new LabelDescriptor("number")));
                for (var number = 0; number < seriesCount; number++)
                    family.WithLabels($"{number}").Add(number);
                registry.AddGauge(new("last", MetricType.Gauge, "")).WithLabels().Set(7);

                var families = registry.ProtobufAsync().GetAwaiter().GetResult();
                Assert.Equal(seriesCount > 0 ? 2 : 1, families.Count);
                Assert.Equal(7, families[^1].Metric[0].Gauge.Value);
                if (seriesCount > 0)
                {
                    Assert.Equal(helpLength, families[0].Help.Length);
                    Assert.Equal(
                        Enumerable.Range(0, seriesCount).Select(number => ($"{number}", (double)number)),
                        families[0].Metric.Select(metric => (metric.Label[0].Value, metric.Counter.Value)));
                }
            },
            iter: 60);
}
