using System.IO.Compression;
using System.IO.Pipelines;
using System.Text;
using CsCheck;
using Microsoft.Extensions.Time.Testing;

namespace Ryot.Metrics.Tests;

public sealed class TextTests
{
    private const string Special = "\"\\\nn \t\r{},=#";

    private readonly FakeTimeProvider _clock = new(new DateTimeOffset(2026, 3, 4, 5, 6, 7, 250, TimeSpan.Zero));

    [Fact]
    public async Task Prometheus_text_is_written_by_the_letter_of_the_format()
        => Assert.Equal(
            """
            # HELP requests_total Requests, "all" of them \\ in\nlines.
            # TYPE requests_total counter
            requests_total{model="a\"b\\c\nd",status="success"} 3
            requests_total{model="plain"} 1
            # HELP cost_usd Money.
            # TYPE cost_usd counter
            cost_usd 0.30000000000000004
            # HELP load_ratio Load.
            # TYPE load_ratio gauge
            load_ratio{device="0"} 1E-07
            load_ratio{device="1"} +Inf
            load_ratio{device="2"} 1.2345678901234568E+20
            # HELP latency_seconds Latency.
            # TYPE latency_seconds histogram
            latency_seconds_bucket{model="m",le="0.5"} 1
            latency_seconds_bucket{model="m",le="1.0"} 2
            latency_seconds_bucket{model="m",le="100000.0"} 3
            latency_seconds_bucket{model="m",le="+Inf"} 4
            latency_seconds_sum{model="m"} 200003.25
            latency_seconds_count{model="m"} 4
            # HELP bare_seconds Without labels.
            # TYPE bare_seconds histogram
            bare_seconds_bucket{le="1.0"} 0
            bare_seconds_bucket{le="+Inf"} 0
            bare_seconds_sum 0
            bare_seconds_count 0

            """,
            await Example().TextAsync());

    [Fact]
    public async Task OpenMetrics_is_written_by_the_letter_of_the_format()
        => Assert.Equal(
            """
            # HELP requests Requests, \"all\" of them \\ in\nlines.
            # TYPE requests counter
            requests_total{model="a\"b\\c\nd",status="success"} 3 # {trace_id="0000000000000abc0000000000000def",request_id="r\"2"} 1 1772600767.250
            requests_total{model="plain"} 1
            # HELP cost_usd Money.
            # TYPE cost_usd unknown
            cost_usd 0.30000000000000004
            # HELP load_ratio Load.
            # TYPE load_ratio gauge
            # UNIT load_ratio ratio
            load_ratio{device="0"} 1E-07
            load_ratio{device="1"} +Inf
            load_ratio{device="2"} 1.2345678901234568E+20
            # HELP latency_seconds Latency.
            # TYPE latency_seconds histogram
            # UNIT latency_seconds seconds
            latency_seconds_bucket{model="m",le="0.5"} 1
            latency_seconds_bucket{model="m",le="1.0"} 2 # {request_id="slow-1"} 0.75 1772600767.250
            latency_seconds_bucket{model="m",le="100000.0"} 3
            latency_seconds_bucket{model="m",le="+Inf"} 4
            latency_seconds_sum{model="m"} 200003.25
            latency_seconds_count{model="m"} 4
            # HELP bare_seconds Without labels.
            # TYPE bare_seconds histogram
            # UNIT bare_seconds seconds
            bare_seconds_bucket{le="1.0"} 0
            bare_seconds_bucket{le="+Inf"} 0
            bare_seconds_sum 0
            bare_seconds_count 0
            # EOF

            """,
            await Example().TextAsync(ExpositionFormat.OpenMetrics));

    [Fact]
    public async Task A_counter_whose_name_lacks_total_never_carries_an_exemplar()
    {
        var registry = new MetricRegistry(_clock);
        registry.AddCounter(new("cost_usd", MetricType.Counter, "Money.") { KeepsExemplars = true }).WithLabels()
            .Increment(new ExemplarId("r"));
        Assert.DoesNotContain("request_id", await registry.TextAsync(ExpositionFormat.OpenMetrics), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Exemplars_can_be_switched_off()
    {
        var registry = new MetricRegistry(_clock, exemplars: false);
        registry.AddCounter(new("c_total", MetricType.Counter, "c") { KeepsExemplars = true }).WithLabels().Increment(new ExemplarId("r"));
        Assert.DoesNotContain("request_id", await registry.TextAsync(ExpositionFormat.OpenMetrics), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_longest_exemplar_fits_the_limit_of_OpenMetrics_and_a_longer_request_id_makes_none()
    {
        var registry = new MetricRegistry(_clock);
        var family = registry.AddCounter(
            new("c_total", MetricType.Counter, "c", new LabelDescriptor("which")) { KeepsExemplars = true });
        family.WithLabels("longest").Increment(new ExemplarId(ulong.MaxValue, 1, new string('x', 64)));
        family.WithLabels("longer").Increment(new ExemplarId(new string('x', 65)));

        var samples = TextParser.Parse(await registry.TextAsync(ExpositionFormat.OpenMetrics));
        var exemplar = Assert.Single(samples, sample => sample.Exemplar is not null).Exemplar!;
        var labels = exemplar[1..exemplar.IndexOf('}', StringComparison.Ordinal)];
        Assert.True(labels.Count(character => character is not ('"' or '=' or ',')) <= 128);
    }

    [Fact]
    public void Any_label_values_come_back_from_the_text_as_they_went_in()
        => Gen.Select(LabelValue(), LabelValue()).Array[0, 8].Sample(
            pairs =>
            {
                foreach (var format in (ExpositionFormat[])[ExpositionFormat.PrometheusText, ExpositionFormat.OpenMetrics])
                {
                    var registry = new MetricRegistry(_clock);
                    var family = registry.AddGauge(new("g", MetricType.Gauge, "g", new LabelDescriptor("a"), new LabelDescriptor("b")));
                    foreach (var (a, b) in pairs)
                        family.WithLabels(a, b).Set(a.Length);

                    var read = TextParser.Parse(registry.TextAsync(format).GetAwaiter().GetResult().Replace("# EOF\n", "", StringComparison.Ordinal))
                        .Select(sample => (sample.Labels.GetValueOrDefault("a", ""), sample.Labels.GetValueOrDefault("b", "")));
                    Assert.Equal(pairs.Select(pair => (WellFormed(pair.Item1), WellFormed(pair.Item2))).Distinct(), read);
                }
            });

    [Fact]
    public void Any_value_comes_back_from_the_text_as_it_went_in()
        => Gen.Double.Where(value => !double.IsNaN(value)).Sample(value =>
        {
            var registry = new MetricRegistry(_clock);
            registry.AddGauge(new("g", MetricType.Gauge, "g")).WithLabels().Set(value);
            Assert.Equal(value, Assert.Single(TextParser.Parse(registry.TextAsync().GetAwaiter().GetResult())).Value);
        });

    [Fact]
    public async Task Gzip_holds_the_same_bytes()
    {
        var registry = Example();
        using var compressed = new MemoryStream(await registry.BytesAsync(ExpositionFormat.OpenMetrics, gzip: true));
        using var plain = new MemoryStream();
        await using (var gzip = new GZipStream(compressed, CompressionMode.Decompress))
            await gzip.CopyToAsync(plain, TestContext.Current.CancellationToken);
        Assert.Equal(await registry.BytesAsync(ExpositionFormat.OpenMetrics), plain.ToArray());
    }

    [Fact]
    public async Task A_pipe_gets_the_same_bytes_and_stays_open()
    {
        var registry = Example();
        using var stream = new MemoryStream();
        var pipe = PipeWriter.Create(stream, new StreamPipeWriterOptions(leaveOpen: true));
        await registry.WriteAsync(pipe, ExpositionFormat.PrometheusText, cancellation: TestContext.Current.CancellationToken);
        await pipe.WriteAsync("more"u8.ToArray(), TestContext.Current.CancellationToken);
        await pipe.CompleteAsync();
        Assert.Equal(await registry.TextAsync() + "more", Encoding.UTF8.GetString(stream.ToArray()));
    }

    [Fact]
    public async Task Scrapes_at_once_do_not_disturb_each_other()
    {
        var registry = Example();
        var expected = await registry.TextAsync();
        var scrapes = Enumerable.Range(0, 16).Select(_ => Task.Run(() => registry.TextAsync()));
        Assert.All(await Task.WhenAll(scrapes), text => Assert.Equal(expected, text));
    }

    [Fact]
    public async Task Scrapes_reuse_their_memory()
    {
        var registry = new MetricRegistry(_clock);
        var family = registry.AddHistogram(new("h", MetricType.Histogram, "h", new LabelDescriptor("number")) { Bounds = [1, 2, 3] });
        for (var number = 0; number < 1000; number++)
            family.WithLabels($"{number}").Observe(number);
        foreach (var format in Enum.GetValues<ExpositionFormat>())
        {
            await registry.WriteAsync(Stream.Null, format, cancellation: TestContext.Current.CancellationToken);
            var before = GC.GetAllocatedBytesForCurrentThread();
            await registry.WriteAsync(Stream.Null, format, cancellation: TestContext.Current.CancellationToken);
            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 2000);
        }
    }

    private MetricRegistry Example()
    {
        var registry = new MetricRegistry(_clock);
        var requests = registry.AddCounter(
            new("requests_total", MetricType.Counter, "Requests, \"all\" of them \\ in\nlines.", new LabelDescriptor("model"), new LabelDescriptor("status"))
            {
                KeepsExemplars = true,
            });
        requests.WithLabels("a\"b\\c\nd", "success").Add(2);
        requests.WithLabels("a\"b\\c\nd", "success").Increment(new ExemplarId(0xabc, 0xdef, "r\"2"));
        requests.WithLabels("plain", "").Increment();

        var cost = registry.AddDoubleCounter(new("cost_usd", MetricType.Counter, "Money.")).WithLabels();
        cost.Add(0.1);
        cost.Add(0.2);

        var load = registry.AddGauge(new("load_ratio", MetricType.Gauge, "Load.", new LabelDescriptor("device")) { Unit = "ratio" });
        load.WithLabels("0").Set(1e-7);
        load.WithLabels("1").Set(double.PositiveInfinity);
        load.WithLabels("2").Set(123456789012345680000d);

        var latency = registry.AddHistogram(
            new("latency_seconds", MetricType.Histogram, "Latency.", new LabelDescriptor("model"))
            {
                Unit = "seconds",
                Bounds = [0.5, 1, 100000],
                KeepsExemplars = true,
            }).WithLabels("m");
        latency.Observe(0.5);
        latency.Observe(0.75, new ExemplarId("slow-1"));
        latency.Observe(2);
        latency.Observe(200000);
        registry.AddHistogram(new("bare_seconds", MetricType.Histogram, "Without labels.") { Unit = "seconds", Bounds = [1] }).WithLabels();
        return registry;
    }

    /// <summary>Text with what needs escaping, every plane of Unicode, and halves of surrogate pairs.</summary>
    private static Gen<string> LabelValue() => Gen.OneOf(
        Gen.Int[0, Special.Length - 1].Select(index => Special[index]).Array[0, 8].Select(characters => new string(characters)),
        Gen.Int[0x1, 0x10FFFF].Where(Rune.IsValid).Select(point => new Rune(point).ToString()).Array[0, 6].Select(string.Concat),
        Gen.Char['\uD800', '\uDFFF'].Array[0, 3].Select(characters => new string(characters)));

    private static string WellFormed(string value) => Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(value));
}
