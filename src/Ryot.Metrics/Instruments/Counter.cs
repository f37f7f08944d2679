using System.Runtime.CompilerServices;

namespace Ryot.Metrics;

/// <summary>A whole number that only grows. Recording costs a few nanoseconds, takes no lock and allocates nothing.</summary>
public sealed class Counter : ScalarSeries
{
    private readonly long[] _cells;
    private readonly int _stride;
    private readonly ExemplarSlot[]? _exemplar;

    internal Counter(MetricFamily family, SeriesLabels labels)
        : base(family, labels)
    {
        _cells = Stripes.Allocate(1, out _stride);
        _exemplar = family.KeepsExemplars ? new ExemplarSlot[1] : null;
    }

    /// <summary>The sum of all additions so far.</summary>
    public long Value => Stripes.Sum(_cells, _stride, 0);

    /// <summary>Adds one.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Increment() => Interlocked.Increment(ref Stripes.Current(_cells, _stride));

    /// <summary>Adds a number of things; a negative number is dropped and counted as dropped.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Add(long amount)
    {
        if (amount < 0)
            Drop(DropReason.Negative);
        else
            Interlocked.Add(ref Stripes.Current(_cells, _stride), amount);
    }

    /// <summary>Adds one and keeps what it was for as the series' exemplar.</summary>
    public void Increment(in ExemplarId exemplar) => Increment(exemplar, Family.Registry.UnixSeconds());

    internal void Increment(in ExemplarId exemplar, double unixSeconds)
    {
        Increment();
        if (_exemplar is not null && !exemplar.IsEmpty)
            _exemplar[0].Set(exemplar, 1, unixSeconds);
    }

    internal override double Read() => Value;

    internal override bool TryReadExemplar(out Exemplar exemplar)
    {
        exemplar = default;
        return _exemplar is not null && _exemplar[0].TryRead(out exemplar);
    }
}

/// <summary>A number with fractions that only grows, such as seconds or money.</summary>
public sealed class DoubleCounter : ScalarSeries
{
    private readonly long[] _cells;
    private readonly int _stride;

    internal DoubleCounter(MetricFamily family, SeriesLabels labels)
        : base(family, labels)
        => _cells = Stripes.Allocate(1, out _stride);

    /// <summary>The sum of all additions so far.</summary>
    public double Value => Stripes.SumDouble(_cells, _stride, 0);

    /// <summary>Adds an amount; NaN, infinite and negative amounts are dropped and counted as dropped.</summary>
    public void Add(double amount)
    {
        if (amount >= 0 && amount < double.PositiveInfinity)
            Stripes.AddDouble(ref Stripes.Current(_cells, _stride), amount);
        else
            Drop(DropReasons.ForNumber(amount));
    }

    internal override double Read() => Value;
}

/// <summary>A counter whose value is computed from others when it is read; where series were merged, the sum of several.</summary>
internal sealed class ComputedCounter(MetricFamily family, SeriesLabels labels, params Func<long>[] reads) : ScalarSeries(family, labels)
{
    private volatile Func<long>[] _reads = reads;

    /// <summary>Adds another number to the sum.</summary>
    internal void Add(Func<long> read) => _reads = [.. _reads, read];

    internal override double Read()
    {
        long sum = 0;
        foreach (var read in _reads)
            sum += read();
        return sum;
    }
}
