namespace Ryot.Metrics.Tests;

public sealed class InstrumentTests
{
    private readonly MetricRegistry _registry = new();

    [Fact]
    public void Counters_lose_nothing_when_many_threads_add_at_once()
    {
        var counter = _registry.AddCounter(new("c_total", MetricType.Counter, "c")).WithLabels();
        var money = _registry.AddDoubleCounter(new("money", MetricType.Counter, "c")).WithLabels();
        OnThreads(8, _ =>
        {
            for (var times = 0; times < 20_000; times++)
            {
                counter.Increment();
                counter.Add(2);
                money.Add(0.25);
            }
        });

        Assert.Equal(8 * 20_000 * 3, counter.Value);
        Assert.Equal(8 * 20_000 * 0.25, money.Value);
    }

    [Fact]
    public void Histograms_lose_nothing_when_many_threads_observe_at_once()
    {
        var histogram = Histogram(1, 2, 4);
        OnThreads(8, thread =>
        {
            for (var times = 0; times < 20_000; times++)
                histogram.Observe(thread * 0.5);
        });

        Assert.Equal(8 * 20_000, histogram.Count);
        Assert.Equal(20_000 * 0.5 * Enumerable.Range(0, 8).Sum(), histogram.Sum);
    }

    /// <summary>A scrape reads only the cells between the least and the greatest observation, both of which change while it reads.</summary>
    [Fact]
    public async Task Scraped_buckets_only_grow_while_threads_observe_and_are_exact_in_the_end()
    {
        double[] bounds = [0.001, 0.1, 1, 10, 1000];
        var histogram = Histogram(bounds);
        var values = Enumerable.Range(0, 4).Select(thread =>
        {
            var random = new Random(thread);
            // From the middle outwards, so that the range is widened again and again.
            return Enumerable.Range(1, 20_000).Select(i => Math.Pow(10, (random.NextDouble() - 0.5) * i / 2000)).ToArray();
        }).ToArray();
        var before = new double[bounds.Length + 1];
        var recording = new Thread(() => OnThreads(values.Length, thread =>
        {
            foreach (var value in values[thread])
                histogram.Observe(value);
        }));
        recording.Start();
        do
        {
            var now = await ScrapeBucketsAsync();
            Assert.All(now.Zip(before), pair => Assert.True(pair.First >= pair.Second));
            before = now;
        }
        while (!recording.Join(0));

        var all = values.SelectMany(one => one).ToList();
        double[] expected = [.. bounds.Append(double.PositiveInfinity).Select(bound => (double)all.Count(value => value <= bound))];
        Assert.Equal(expected, await ScrapeBucketsAsync());
    }

    [Fact]
    public void Levels_return_to_zero_when_each_thread_takes_what_another_added()
    {
        var level = _registry.AddGauge(new("g", MetricType.Gauge, "g")).Level();
        OnThreads(8, thread =>
        {
            for (var times = 0; times < 20_000; times++)
            {
                if (thread % 2 == 0)
                    level.Increment();
                else
                    level.Decrement();
                Assert.True(level.Value >= 0);
            }
        });

        Assert.Equal(0, level.Value);
    }

    [Fact]
    public void Recording_allocates_nothing()
    {
        var counter = _registry.AddCounter(new("c_total", MetricType.Counter, "c") { KeepsExemplars = true }).WithLabels();
        var money = _registry.AddDoubleCounter(new("money", MetricType.Counter, "c")).WithLabels();
        var gauge = _registry.AddGauge(new("g", MetricType.Gauge, "g"));
        var set = gauge.WithLabels();
        var level = _registry.AddGauge(new("l", MetricType.Gauge, "l")).Level();
        var histogram = _registry.AddHistogram(new("h", MetricType.Histogram, "h") { Bounds = [1, 2], KeepsExemplars = true }).WithLabels();
        var exemplar = new ExemplarId("request-1");

        Record();
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var times = 0; times < 1000; times++)
            Record();
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);

        void Record()
        {
            counter.Increment();
            counter.Increment(exemplar);
            counter.Add(-1);
            money.Add(1.5);
            set.Set(3);
            level.Increment();
            histogram.Observe(1.5);
            histogram.Observe(1.5, exemplar);
            histogram.Observe(double.NaN);
        }
    }

    [Fact]
    public void Impossible_numbers_are_dropped_and_counted_by_reason()
    {
        var counter = _registry.AddCounter(new("c_total", MetricType.Counter, "c")).WithLabels();
        var money = _registry.AddDoubleCounter(new("money", MetricType.Counter, "c")).WithLabels();
        var histogram = Histogram(1);

        counter.Add(-1);
        money.Add(-0.1);
        money.Add(double.NaN);
        money.Add(double.PositiveInfinity);
        histogram.Observe(-1);
        histogram.Observe(double.NaN);
        histogram.Observe(double.NegativeInfinity);
        histogram.Observe(double.PositiveInfinity, new ExemplarId("r"));

        Assert.Equal((0, 0, 0), (counter.Value, money.Value, histogram.Count));
        Assert.Equal(3, _registry.Dropped(DropReason.Negative));
        Assert.Equal(2, _registry.Dropped(DropReason.NotANumber));
        Assert.Equal(3, _registry.Dropped(DropReason.Infinite));
    }

    [Fact]
    public async Task An_exemplar_is_never_a_mixture_of_two()
    {
        var histogram = _registry.AddHistogram(new("h", MetricType.Histogram, "h") { Bounds = [10], KeepsExemplars = true }).WithLabels();
        using var stop = new CancellationTokenSource();
        var writers = Enumerable.Range(1, 2).Select(number => Task.Run(() =>
        {
            var exemplar = new ExemplarId((ulong)number, (ulong)number, new string((char)('0' + number), 20));
            while (!stop.IsCancellationRequested)
                histogram.Observe(number, exemplar);
        }, TestContext.Current.CancellationToken)).ToList();

        string[] possible =
        [
            "{trace_id=\"00000000000000010000000000000001\",request_id=\"11111111111111111111\"} 1",
            "{trace_id=\"00000000000000020000000000000002\",request_id=\"22222222222222222222\"} 2",
        ];
        for (var scrapes = 0; scrapes < 300; scrapes++)
        {
            var text = (await _registry.TextAsync(ExpositionFormat.OpenMetrics)).Replace("# EOF\n", "", StringComparison.Ordinal);
            foreach (var exemplar in TextParser.Parse(text).Select(sample => sample.Exemplar).OfType<string>())
                Assert.Contains(exemplar[..exemplar.LastIndexOf(' ')], possible);
        }

        await stop.CancelAsync();
        await Task.WhenAll(writers);
    }

    [Fact]
    public async Task A_gauge_is_absent_until_it_is_set_and_again_when_it_is_unset()
    {
        var gauge = _registry.AddGauge(new("g", MetricType.Gauge, "g")).WithLabels();
        Assert.Empty((await _registry.ScrapeAsync()).Samples);
        gauge.Set(2.5);
        Assert.Equal(2.5, (await _registry.ScrapeAsync()).One("g"));
        gauge.Set(double.NaN);
        Assert.Empty((await _registry.ScrapeAsync()).Samples);
    }

    [Fact]
    public async Task A_reading_that_throws_leaves_out_its_series_only()
    {
        var gauges = _registry.AddGauge(new("g", MetricType.Gauge, "g", new LabelDescriptor("which")));
        gauges.Compute(() => throw new InvalidOperationException("gone"), "broken");
        gauges.Compute(() => 7, "well");

        var sample = Assert.Single((await _registry.ScrapeAsync()).Samples);
        Assert.Equal(7, sample.Value);
        Assert.Equal(1, _registry.Dropped(DropReason.ReadFailed));
    }

    private Histogram Histogram(params double[] bounds)
        => _registry.AddHistogram(new("h", MetricType.Histogram, "h") { Bounds = bounds }).WithLabels();

    /// <summary>What a scrape tells of buckets, each with all below it.</summary>
    private async Task<double[]> ScrapeBucketsAsync() => [.. (await _registry.ScrapeAsync()).Matching("h_bucket").Select(sample => sample.Value)];

    private static void OnThreads(int count, Action<int> work)
    {
        var failures = new List<Exception>();
        var threads = Enumerable.Range(0, count).Select(number => new Thread(() =>
        {
            try
            {
                work(number);
            }
            catch (Exception failure)
            {
                lock (failures)
                    failures.Add(failure);
            }
        })).ToList();
        threads.ForEach(thread => thread.Start());
        threads.ForEach(thread => thread.Join());
        Assert.Empty(failures);
    }
}
