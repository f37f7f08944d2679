using System.Text;

namespace Ryot.Metrics;

/// <summary>All series of one metric name. Label names are fixed; series come and go.</summary>
public abstract class MetricFamily
{
    private readonly Lock _changes = new();
    private readonly Dictionary<string, MetricSeries> _byText = [];
    private readonly bool[]? _merged;
    private volatile MetricSeries[]? _series;
    private byte[]? _textHeader;
    private byte[]? _openMetricsHeader;

    private protected MetricFamily(MetricRegistry registry, MetricDescriptor descriptor)
    {
        Registry = registry;
        Descriptor = descriptor;
        LabelNames = [.. descriptor.Labels.Select(label => label.Name)];
        if (descriptor.Labels.Any(label => label.IsMerged))
            _merged = [.. descriptor.Labels.Select(label => label.IsMerged)];
    }

    /// <summary>What the metric is.</summary>
    public MetricDescriptor Descriptor { get; }

    /// <summary>The metric's name.</summary>
    public string Name => Descriptor.Name;

    /// <summary>The names of the labels, in the order in which values are given.</summary>
    public IReadOnlyList<string> LabelNames { get; }

    internal MetricRegistry Registry { get; }

    internal bool KeepsExemplars => Descriptor.KeepsExemplars && Registry.ExemplarsEnabled;

    /// <summary>Whether OpenMetrics sees a counter in it, which alone may carry exemplars there.</summary>
    internal bool IsOpenMetricsCounter
        => Descriptor.Type == MetricType.Counter && Name.EndsWith(TextHeaders.TotalSuffix, StringComparison.Ordinal);

    /// <summary>The series of the moment; the array is never changed, only made anew after series came or went.</summary>
    internal MetricSeries[] Series
    {
        get
        {
            if (_series is { } series)
                return series;
            lock (_changes)
                return _series = [.. _byText.Values];
        }
    }

    /// <summary>Removes the series with these label values.</summary>
    /// <returns>Whether there was one.</returns>
    public bool Remove(params ReadOnlySpan<string> labelValues)
    {
        var (_, text) = Normalize(labelValues);
        lock (_changes)
        {
            _series = null;
            return _byText.Remove(text);
        }
    }

    /// <summary>Removes every series that has this value in this label.</summary>
    /// <returns>How many there were; 0 as well when the family has no such label.</returns>
    public int RemoveAll(string labelName, string value)
    {
        var label = LabelNames.ToList().IndexOf(labelName);
        if (label < 0)
            return 0;
        value = LabelEncoding.WellFormed(value);
        lock (_changes)
        {
            var removed = 0;
            foreach (var (text, series) in _byText.ToArray())
            {
                if (series.Labels.Values[label] == value && _byText.Remove(text))
                    removed++;
            }

            _series = null;
            return removed;
        }
    }

    /// <summary>Whether the values of some label are thrown away, so that what was several series is one.</summary>
    private protected bool MergesLabels => _merged is not null;

    /// <summary>Whether the values of a label are thrown away.</summary>
    internal bool Merges(string labelName) => Descriptor.Labels.Any(label => label.IsMerged && label.Name == labelName);

    /// <summary>Encodes label values.</summary>
    /// <inheritdoc cref="GetOrAdd" path="/exception"/>
    internal SeriesLabels Encode(ReadOnlySpan<string> labelValues)
    {
        var (values, text) = Normalize(labelValues);
        return new SeriesLabels(values, Encoding.UTF8.GetBytes(text));
    }

    /// <summary>The lines before the family's samples, made on the first scrape that wants them.</summary>
    internal byte[] TextHeader(bool openMetrics)
        => openMetrics
            ? _openMetricsHeader ??= TextHeaders.Make(Descriptor, openMetrics: true)
            : _textHeader ??= TextHeaders.Make(Descriptor, openMetrics: false);

    /// <summary>Gives the series with these label values, which is made if there is none.</summary>
    /// <exception cref="ArgumentException">The number of values is not the number of label names.</exception>
    /// <exception cref="InvalidOperationException">The series exists as one of another kind (set, counted, computed).</exception>
    private protected TSeries GetOrAdd<TSeries>(ReadOnlySpan<string> labelValues, Func<SeriesLabels, TSeries> make)
        where TSeries : MetricSeries
    {
        var (values, text) = Normalize(labelValues);
        lock (_changes)
        {
            if (_byText.TryGetValue(text, out var existing))
                return existing as TSeries ?? throw Exists(text, existing);
            return Make(values, text, make);
        }
    }

    /// <summary>Makes the series with these label values.</summary>
    /// <exception cref="ArgumentException">The number of values is not the number of label names.</exception>
    /// <exception cref="InvalidOperationException">The series exists already.</exception>
    private protected void AddNew(ReadOnlySpan<string> labelValues, Func<SeriesLabels, MetricSeries> make)
    {
        var (values, text) = Normalize(labelValues);
        lock (_changes)
        {
            if (_byText.TryGetValue(text, out var existing))
                throw Exists(text, existing);
            Make(values, text, make);
        }
    }

    private TSeries Make<TSeries>(string[] values, string text, Func<SeriesLabels, TSeries> make)
        where TSeries : MetricSeries
    {
        var series = make(new SeriesLabels(values, Encoding.UTF8.GetBytes(text)));
        _byText.Add(text, series);
        _series = null;
        return series;
    }

    private InvalidOperationException Exists(string text, MetricSeries existing)
        => new($"{Name}{{{text}}} exists already as a {existing.GetType().Name}.");

    private (string[] Values, string Text) Normalize(ReadOnlySpan<string> labelValues)
    {
        if (labelValues.Length != LabelNames.Count)
        {
            throw new ArgumentException(
                $"{Name} has {LabelNames.Count} labels ({string.Join(", ", LabelNames)}), but {labelValues.Length} values were given.",
                nameof(labelValues));
        }

        var values = new string[labelValues.Length];
        for (var label = 0; label < values.Length; label++)
            values[label] = _merged is not null && _merged[label] ? "" : LabelEncoding.WellFormed(labelValues[label]);
        return (values, LabelEncoding.Text(LabelNames, values));
    }
}
