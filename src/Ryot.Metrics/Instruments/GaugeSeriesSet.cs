using System.Runtime.InteropServices;

namespace Ryot.Metrics;

/// <summary>
/// Gauges that share the values of their first labels and are made at the scrape: only those that are shown then are exposed. What
/// was encoded once is kept, so that a scrape that shows what the one before it showed allocates nothing.
/// </summary>
public sealed class GaugeSeriesSet : MetricSeries
{
    /// <summary>Encodings that are kept at most; with more, the values have no bound, and all are made anew.</summary>
    private const int MostKept = 256;

    private readonly string[] _leading;
    private readonly Action<GaugeSeriesSet> _read;
    private readonly List<ShownGauge> _shown = [];
    private readonly Dictionary<string[], ShownGauge> _known;
    private readonly Dictionary<string[], ShownGauge>.AlternateLookup<ReadOnlySpan<string>> _lookup;
    private long _scrape;

    internal GaugeSeriesSet(GaugeFamily family, SeriesLabels labels, int leading, Action<GaugeSeriesSet> read)
        : base(family, labels)
    {
        _leading = labels.Values[..leading];
        _read = read;
        _known = new Dictionary<string[], ShownGauge>(LabelValuesComparer.Instance);
        _lookup = _known.GetAlternateLookup<ReadOnlySpan<string>>();
    }

    /// <summary>
    /// Shows one series in the scrape that is under way; only the function that the set was made with may call it. NaN shows nothing.
    /// A series that was shown already is not shown again, which is counted as dropped.
    /// </summary>
    /// <param name="value">The value.</param>
    /// <param name="labelValues">The values of the labels that follow the shared ones.</param>
    /// <exception cref="ArgumentException">The number of values is not that of the labels that are left.</exception>
    public void Show(double value, params ReadOnlySpan<string> labelValues)
    {
        if (double.IsNaN(value))
            return;
        if (!_lookup.TryGetValue(labelValues, out var series))
        {
            series = new ShownGauge(Family, Family.Encode([.. _leading, .. labelValues]));
            _known.Add(labelValues.ToArray(), series);
        }

        if (series.ShownIn == _scrape)
        {
            Drop(DropReason.Inconsistent);
            return;
        }

        series.ShownIn = _scrape;
        series.Value = value;
        _shown.Add(series);
    }

    /// <summary>The series of this moment. One scrape at a time reads.</summary>
    internal ReadOnlySpan<ShownGauge> Read()
    {
        _scrape++;
        _shown.Clear();
        if (_known.Count > MostKept)
            _known.Clear();
        try
        {
            _read(this);
        }
        catch (Exception)
        {
            // Half of what belongs together would mislead.
            _shown.Clear();
            Drop(DropReason.ReadFailed);
        }

        return CollectionsMarshal.AsSpan(_shown);
    }

    /// <summary>Compares label values one by one, also those that are not yet in an array.</summary>
    private sealed class LabelValuesComparer : IEqualityComparer<string[]>, IAlternateEqualityComparer<ReadOnlySpan<string>, string[]>
    {
        internal static readonly LabelValuesComparer Instance = new();

        public bool Equals(string[]? x, string[]? y) => x.AsSpan().SequenceEqual(y);

        public bool Equals(ReadOnlySpan<string> alternate, string[] other) => alternate.SequenceEqual(other);

        public int GetHashCode(string[] obj) => GetHashCode(obj.AsSpan());

        public int GetHashCode(ReadOnlySpan<string> alternate)
        {
            var hash = new HashCode();
            foreach (var value in alternate)
                hash.Add(value);
            return hash.ToHashCode();
        }

        public string[] Create(ReadOnlySpan<string> alternate) => alternate.ToArray();
    }
}

/// <summary>A gauge of a <see cref="GaugeSeriesSet"/>.</summary>
internal sealed class ShownGauge(MetricFamily family, SeriesLabels labels) : ScalarSeries(family, labels)
{
    internal double Value { get; set; }

    /// <summary>The number of the last scrape that it was shown in.</summary>
    internal long ShownIn { get; set; }

    internal override double Read() => Value;
}
