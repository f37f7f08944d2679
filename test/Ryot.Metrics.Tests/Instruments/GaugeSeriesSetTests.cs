namespace Ryot.Metrics.Tests;

public sealed class GaugeSeriesSetTests
{
    private readonly MetricRegistry _registry = new();
    private readonly GaugeFamily _family;
    private Action<GaugeSeriesSet> _read = _ => { };

    public GaugeSeriesSetTests()
    {
        _family = _registry.AddGauge(
            new("used_bytes", MetricType.Gauge, "Used.", new LabelDescriptor("model"), new LabelDescriptor("device"), new LabelDescriptor("size")));
        _family.ComputeSeries(set => _read(set), "tiny");
    }

    [Theory]
    [InlineData(ExpositionFormat.PrometheusText)]
    [InlineData(ExpositionFormat.OpenMetrics)]
    public async Task A_scrape_shows_what_is_told_in_it_and_nothing_from_before(ExpositionFormat format)
    {
        _read = set => set.Show(1, "0", "2-4");
        await _registry.TextAsync(format);
        _read = set =>
        {
            set.Show(2.5, "0", "5-8");
            set.Show(-3, "cpu", "a\"b");
        };
        Assert.Equal(
            ["""used_bytes{model="tiny",device="0",size="5-8"} 2.5""", """used_bytes{model="tiny",device="cpu",size="a\"b"} -3"""],
            (await _registry.TextAsync(format)).Split('\n').Where(line => line.StartsWith("used_bytes{", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Protobuf_shows_the_same()
    {
        _read = set => set.Show(7, "0", "1");
        await _registry.ProtobufAsync();
        _read = set => set.Show(8, "1", "");
        var metric = Assert.Single(Assert.Single(await _registry.ProtobufAsync()).Metric);
        Assert.Equal([("model", "tiny"), ("device", "1")], metric.Label.Select(label => (label.Name, label.Value)));
        Assert.Equal(8, metric.Gauge.Value);
    }

    [Fact]
    public async Task Without_series_there_is_no_family_either()
    {
        Assert.Equal("", await _registry.TextAsync());
        _read = set => set.Show(double.NaN, "0", "1");
        Assert.Equal("", await _registry.TextAsync());
        Assert.Empty(await _registry.ProtobufAsync());
    }

    [Fact]
    public async Task A_series_that_is_told_twice_is_shown_once_and_counted()
    {
        _read = set =>
        {
            set.Show(1, "0", "1");
            set.Show(2, "0", "1");
        };
        for (var scrape = 1; scrape <= 2; scrape++)
        {
            Assert.Equal(1, (await _registry.ScrapeAsync()).One("used_bytes"));
            Assert.Equal(scrape, _registry.Dropped(DropReason.Inconsistent));
        }
    }

    [Fact]
    public async Task A_reading_that_fails_shows_none_of_its_series_and_leaves_the_others()
    {
        _family.ComputeSeries(set => set.Show(5, "0", "1"), "other");
        _read = set =>
        {
            set.Show(1, "0", "1");
            throw new InvalidOperationException("The device is gone.");
        };
        Assert.Equal("other", Assert.Single((await _registry.ScrapeAsync()).Samples).Labels["model"]);
        Assert.Equal(1, _registry.Dropped(DropReason.ReadFailed));

        _read = set => set.Show(1, "one value too few");
        Assert.Equal("other", Assert.Single((await _registry.ScrapeAsync()).Samples).Labels["model"]);
        Assert.Equal(2, _registry.Dropped(DropReason.ReadFailed));
    }

    [Fact]
    public async Task Series_are_removed_by_the_values_that_they_share()
    {
        _read = set => set.Show(1, "0", "1");
        Assert.Equal(0, _registry.RemoveAll("device", "0"));
        Assert.Equal(1, _registry.RemoveAll("model", "tiny"));
        Assert.Empty((await _registry.ScrapeAsync()).Samples);
        _family.ComputeSeries(set => _read(set), "tiny");
        Assert.Single((await _registry.ScrapeAsync()).Samples);
    }

    [Fact]
    public void Leading_values_must_fit_and_be_new()
    {
        Assert.Throws<InvalidOperationException>(() => _family.ComputeSeries(_ => { }, "tiny"));
        Assert.Contains(
            "used_bytes has 3 labels (model, device, size), but 4 values were given",
            Assert.Throws<ArgumentException>(() => _family.ComputeSeries(_ => { }, "a", "b", "c", "d")).Message,
            StringComparison.Ordinal);
    }

    /// <summary>litellm#12159: labels without bounds leaked memory.</summary>
    [Fact]
    public async Task What_was_shown_long_ago_is_forgotten()
    {
        var seen = new List<WeakReference>();
        for (var scrape = 0; scrape < 400; scrape++)
        {
            Show(scrape);
            await _registry.ScrapeAsync();
        }

        _read = _ => { };
        await _registry.ScrapeAsync();
        GC.Collect();
        Assert.DoesNotContain(seen.Take(200), value => value.IsAlive);

        void Show(int number)
        {
            var value = $"device {number}";
            seen.Add(new WeakReference(value));
            _read = set => set.Show(number, value, "1");
        }
    }

    [Fact]
    public async Task A_scrape_that_shows_the_same_series_again_allocates_no_more_than_one_of_a_plain_gauge()
    {
        var plain = new MetricRegistry();
        plain.AddGauge(new("plain", MetricType.Gauge, "Plain.")).WithLabels().Set(1);
        _read = set =>
        {
            set.Show(1, "0", "1");
            set.Show(2, "1", "1");
        };
        Assert.Equal(await AllocatedAsync(plain), await AllocatedAsync(_registry));

        static async Task<long> AllocatedAsync(MetricRegistry registry)
        {
            for (var scrape = 0; scrape < 3; scrape++)
                await registry.WriteAsync(Stream.Null, ExpositionFormat.PrometheusText);
            var before = GC.GetAllocatedBytesForCurrentThread();
            await registry.WriteAsync(Stream.Null, ExpositionFormat.PrometheusText);
            return GC.GetAllocatedBytesForCurrentThread() - before;
        }
    }
}
