namespace Ryot.Metrics;

/// <summary>A value that is set. Absent from the exposition until it is set, and again when it is set to NaN.</summary>
public sealed class Gauge : ScalarSeries
{
    private long _bits = BitConverter.DoubleToInt64Bits(double.NaN);

    internal Gauge(MetricFamily family, SeriesLabels labels)
        : base(family, labels)
    {
    }

    /// <summary>The last value that was set; NaN when there is none.</summary>
    public double Value => BitConverter.Int64BitsToDouble(Volatile.Read(ref _bits));

    /// <summary>Sets the value.</summary>
    public void Set(double value) => Volatile.Write(ref _bits, BitConverter.DoubleToInt64Bits(value));

    internal override double Read() => Value;
}

/// <summary>
/// How many things of a kind are there now: whoever adds one takes it away again. Striped like a counter, so that
/// many threads can come and go at once.
/// </summary>
public sealed class LevelGauge : ScalarSeries
{
    private readonly long[] _cells;
    private readonly int _stride;

    internal LevelGauge(MetricFamily family, SeriesLabels labels)
        : base(family, labels)
        => _cells = Stripes.Allocate(1, out _stride);

    /// <summary>
    /// How many there are. Never negative: while it is read, one may be added on a stripe already read and taken from one
    /// yet to be read.
    /// </summary>
    public long Value => Math.Max(0, Stripes.Sum(_cells, _stride, 0));

    /// <summary>One more.</summary>
    public void Increment() => Interlocked.Increment(ref Stripes.Current(_cells, _stride));

    /// <summary>One less.</summary>
    public void Decrement() => Interlocked.Decrement(ref Stripes.Current(_cells, _stride));

    internal override double Read() => Value;
}

/// <summary>A gauge whose value is computed from live state when it is read; NaN leaves the series out.</summary>
internal sealed class ComputedGauge(MetricFamily family, SeriesLabels labels, Func<double> read) : ScalarSeries(family, labels)
{
    internal override double Read() => read();
}
