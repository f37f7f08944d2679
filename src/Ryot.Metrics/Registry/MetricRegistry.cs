namespace Ryot.Metrics;

/// <summary>
/// The families of a process and their exposition. Making families and series takes a lock; recording and scraping never
/// wait for each other.
/// </summary>
public sealed partial class MetricRegistry
{
    private static readonly int _dropCells = Enum.GetValues<DropReason>().Length;

    private readonly Lock _changes = new();
    private readonly Dictionary<string, MetricFamily> _byName = [];
    private readonly TimeProvider _clock;
    private readonly long[] _drops;
    private readonly int _dropStride;
    private volatile MetricFamily[] _families = [];

    /// <summary>Makes an empty registry.</summary>
    /// <param name="clock">Stamps exemplars and measures scrapes; the system's clock when null.</param>
    /// <param name="exemplars">Whether families that are to keep exemplars do.</param>
    public MetricRegistry(TimeProvider? clock = null, bool exemplars = true)
    {
        _clock = clock ?? TimeProvider.System;
        ExemplarsEnabled = exemplars;
        _drops = Stripes.Allocate(_dropCells, out _dropStride);
    }

    /// <summary>The families, in the order in which they are exposed.</summary>
    public IReadOnlyList<MetricFamily> Families => _families;

    internal bool ExemplarsEnabled { get; }

    /// <summary>Adds a family of whole-numbered counters.</summary>
    /// <exception cref="ArgumentException">The descriptor is not a counter's, its names are invalid, or the name is taken.</exception>
    public CounterFamily AddCounter(MetricDescriptor descriptor)
        => Add(descriptor, MetricType.Counter, new CounterFamily(this, descriptor));

    /// <summary>Adds a family of counters with fractions.</summary>
    /// <exception cref="ArgumentException">The descriptor is not a counter's, its names are invalid, or the name is taken.</exception>
    public DoubleCounterFamily AddDoubleCounter(MetricDescriptor descriptor)
        => Add(descriptor, MetricType.Counter, new DoubleCounterFamily(this, descriptor));

    /// <summary>Adds a family of gauges.</summary>
    /// <exception cref="ArgumentException">The descriptor is not a gauge's, its names are invalid, or the name is taken.</exception>
    public GaugeFamily AddGauge(MetricDescriptor descriptor)
        => Add(descriptor, MetricType.Gauge, new GaugeFamily(this, descriptor));

    /// <summary>Adds a family of histograms.</summary>
    /// <exception cref="ArgumentException">
    /// The descriptor is not a histogram's, its names or bounds are invalid, or the name is taken.
    /// </exception>
    public HistogramFamily AddHistogram(MetricDescriptor descriptor)
    {
        if (BucketBounds.Check(descriptor.Bounds) is { } problem)
            throw new ArgumentException($"{descriptor.Name}: {problem}", nameof(descriptor));
        return Add(descriptor, MetricType.Histogram, new HistogramFamily(this, descriptor));
    }

    /// <summary>Removes every series, in all families, that has this value in this label.</summary>
    /// <returns>How many there were.</returns>
    public int RemoveAll(string labelName, string value) => _families.Sum(family => family.RemoveAll(labelName, value));

    /// <summary>How many observations were dropped for a reason.</summary>
    public long Dropped(DropReason reason) => Stripes.Sum(_drops, _dropStride, (int)reason);

    internal void Drop(DropReason reason)
    {
        ref var stripe = ref Stripes.Current(_drops, _dropStride);
        Interlocked.Increment(ref System.Runtime.CompilerServices.Unsafe.Add(ref stripe, (int)reason));
    }

    internal double UnixSeconds() => (_clock.GetUtcNow() - DateTimeOffset.UnixEpoch).TotalSeconds;

    private TFamily Add<TFamily>(MetricDescriptor descriptor, MetricType type, TFamily family)
        where TFamily : MetricFamily
    {
        if (descriptor.Type != type)
            throw new ArgumentException($"{descriptor.Name} is a {descriptor.Type}, not a {type}.", nameof(descriptor));
        descriptor.ThrowIfInvalid();
        lock (_changes)
        {
            if (!_byName.TryAdd(descriptor.Name, family))
                throw new ArgumentException($"There is already a family named {descriptor.Name}.", nameof(descriptor));
            // The library's own metrics come last, so that they can tell about all before them.
            _families = [.. _families.Append(family).OrderBy(one => one.Descriptor.IsSelfMetric)];
        }

        return family;
    }
}
