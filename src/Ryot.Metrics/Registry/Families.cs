namespace Ryot.Metrics;

/// <summary>Counters of one name.</summary>
public sealed class CounterFamily : MetricFamily
{
    internal CounterFamily(MetricRegistry registry, MetricDescriptor descriptor)
        : base(registry, descriptor)
    {
    }

    /// <summary>Gives the counter with these label values, made at 0 if there is none. Hold on to it: looking it up takes a lock.</summary>
    /// <inheritdoc cref="MetricFamily.GetOrAdd" path="/exception"/>
    public Counter WithLabels(params ReadOnlySpan<string> labelValues)
        => GetOrAdd(labelValues, labels => new Counter(this, labels));

    /// <summary>Exposes a number that something else counts; it must never fall.</summary>
    /// <inheritdoc cref="MetricFamily.AddNew" path="/exception"/>
    public void Compute(Func<long> read, params ReadOnlySpan<string> labelValues)
    {
        if (MergesLabels)
            GetOrAdd(labelValues, labels => new ComputedCounter(this, labels)).Add(read);
        else
            AddNew(labelValues, labels => new ComputedCounter(this, labels, read));
    }
}

/// <summary>Counters of one name that count fractions.</summary>
public sealed class DoubleCounterFamily : MetricFamily
{
    internal DoubleCounterFamily(MetricRegistry registry, MetricDescriptor descriptor)
        : base(registry, descriptor)
    {
    }

    /// <summary>Gives the counter with these label values, made at 0 if there is none. Hold on to it: looking it up takes a lock.</summary>
    /// <inheritdoc cref="MetricFamily.GetOrAdd" path="/exception"/>
    public DoubleCounter WithLabels(params ReadOnlySpan<string> labelValues)
        => GetOrAdd(labelValues, labels => new DoubleCounter(this, labels));
}

/// <summary>Gauges of one name.</summary>
public sealed class GaugeFamily : MetricFamily
{
    internal GaugeFamily(MetricRegistry registry, MetricDescriptor descriptor)
        : base(registry, descriptor)
    {
    }

    /// <summary>Gives the gauge with these label values, which is absent from the exposition until it is set.</summary>
    /// <inheritdoc cref="MetricFamily.GetOrAdd" path="/exception"/>
    public Gauge WithLabels(params ReadOnlySpan<string> labelValues)
        => GetOrAdd(labelValues, labels => new Gauge(this, labels));

    /// <summary>Gives the gauge with these label values that is counted up and down, made at 0 if there is none.</summary>
    /// <inheritdoc cref="MetricFamily.GetOrAdd" path="/exception"/>
    public LevelGauge Level(params ReadOnlySpan<string> labelValues)
        => GetOrAdd(labelValues, labels => new LevelGauge(this, labels));

    /// <summary>
    /// Exposes a value that is computed at each scrape. The function must be quick and change nothing; NaN leaves the series
    /// out, and so does an exception, which is counted as dropped.
    /// </summary>
    /// <inheritdoc cref="MetricFamily.AddNew" path="/exception"/>
    public void Compute(Func<double> read, params ReadOnlySpan<string> labelValues)
        => AddNew(labelValues, labels => new ComputedGauge(this, labels, read));

    /// <summary>
    /// Exposes series whose label values, too, are only known at the scrape: those that the function tells there and no others, so
    /// that none is left behind. The function must be quick and change nothing; if it throws, none of its series is exposed, which is
    /// counted as dropped.
    /// </summary>
    /// <param name="read">Tells the series of the moment by <see cref="GaugeSeriesSet.Show"/>.</param>
    /// <param name="leadingValues">The values of the first labels, which all these series have and which no other series has.</param>
    /// <exception cref="ArgumentException">There are more values than labels.</exception>
    /// <exception cref="InvalidOperationException">The family has series with these leading values already.</exception>
    public void ComputeSeries(Action<GaugeSeriesSet> read, params ReadOnlySpan<string> leadingValues)
    {
        var values = new string[Math.Max(LabelNames.Count, leadingValues.Length)];
        Array.Fill(values, "");
        leadingValues.CopyTo(values);
        var leading = leadingValues.Length;
        AddNew(values, labels => new GaugeSeriesSet(this, labels, leading, read));
    }
}

/// <summary>Histograms of one name, which share their bounds.</summary>
public sealed class HistogramFamily : MetricFamily
{
    internal HistogramFamily(MetricRegistry registry, MetricDescriptor descriptor)
        : base(registry, descriptor)
    {
        Layout = new BucketLayout(descriptor.Bounds!);
        TextParts = new TextHistogramParts(descriptor.Name, Layout.Bounds);
    }

    internal BucketLayout Layout { get; }

    internal TextHistogramParts TextParts { get; }

    /// <summary>Gives the histogram with these label values, made empty if there is none. Hold on to it: looking it up takes a lock.</summary>
    /// <inheritdoc cref="MetricFamily.GetOrAdd" path="/exception"/>
    public Histogram WithLabels(params ReadOnlySpan<string> labelValues)
        => GetOrAdd(labelValues, labels => new Histogram(this, labels));
}
