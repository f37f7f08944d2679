namespace Ryot.Metrics;

/// <summary>One series of a family: a handle that is looked up once and then recorded on without a lock or an allocation.</summary>
public abstract class MetricSeries
{
    private byte[]? _protobufLabels;

    private protected MetricSeries(MetricFamily family, SeriesLabels labels)
    {
        Family = family;
        Labels = labels;
    }

    /// <summary>The family that the series belongs to.</summary>
    public MetricFamily Family { get; }

    internal SeriesLabels Labels { get; }

    /// <summary>The label pairs as protobuf fields, encoded on the first scrape that wants them.</summary>
    internal byte[] ProtobufLabels => _protobufLabels ??= ProtobufEncoding.EncodeLabels(Family.LabelNames, Labels.Values);

    private protected void Drop(DropReason reason) => Family.Registry.Drop(reason);
}

/// <summary>A series with one value: a counter or a gauge.</summary>
public abstract class ScalarSeries : MetricSeries
{
    private protected ScalarSeries(MetricFamily family, SeriesLabels labels)
        : base(family, labels)
        => SampleHead = LabelEncoding.SampleHead(family.Name, labels.Text);

    /// <summary>The sample line up to its value, e.g. <c>name{a="b"} </c>, encoded once.</summary>
    internal byte[] SampleHead { get; }

    /// <summary>The current value; NaN when there is none, and then the series is left out.</summary>
    internal abstract double Read();

    /// <summary>The exemplar to show beside the value, if the series keeps one.</summary>
    internal virtual bool TryReadExemplar(out Exemplar exemplar)
    {
        exemplar = default;
        return false;
    }
}
