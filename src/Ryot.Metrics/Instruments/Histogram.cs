using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Ryot.Metrics;

/// <summary>
/// A distribution of non-negative numbers, exposed with classic buckets in every format and as a native histogram as well in
/// protobuf. Recording takes no lock and allocates nothing.
/// </summary>
public sealed class Histogram : MetricSeries
{
    /// <summary>
    /// The first cells of each stripe hold the sum, and the range of bucket cells that all its observations are in, so that a scrape need
    /// not read the many that are empty. The bucket cells follow.
    /// </summary>
    private const int SumCell = 0;
    private const int RangeCell = 1;
    private const int FirstBucketCell = 2;

    private readonly BucketLayout _layout;
    private readonly long[] _cells;
    private readonly int _stride;
    private readonly ExemplarSlot[]? _exemplars;
    private byte[]? _bucketHead;

    internal Histogram(HistogramFamily family, SeriesLabels labels)
        : base(family, labels)
    {
        _layout = family.Layout;
        _cells = Stripes.Allocate(FirstBucketCell + _layout.CellCount, out _stride);
        _exemplars = family.KeepsExemplars ? new ExemplarSlot[_layout.Bounds.Length + 1] : null;
    }

    /// <summary>The number of observations so far.</summary>
    public long Count
    {
        get
        {
            long count = 0;
            for (var cell = 0; cell < _layout.CellCount; cell++)
                count += Stripes.Sum(_cells, _stride, FirstBucketCell + cell);
            return count;
        }
    }

    /// <summary>The sum of the observations so far.</summary>
    public double Sum => Stripes.SumDouble(_cells, _stride, SumCell);

    /// <summary>The beginning of each bucket's line, encoded on the first scrape that wants text.</summary>
    internal byte[] BucketHead => _bucketHead ??= ((HistogramFamily)Family).TextParts.BucketHead(Labels.Text);

    /// <summary>Records one observation; NaN, infinite and negative ones are dropped and counted as dropped.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Observe(double value)
    {
        if (value >= 0 && value < double.PositiveInfinity)
            AddTo(_layout.CellOf(value), value);
        else
            Drop(DropReasons.ForNumber(value));
    }

    /// <summary>Records one observation and keeps what it was for as its bucket's exemplar.</summary>
    public void Observe(double value, in ExemplarId exemplar) => Observe(value, exemplar, Family.Registry.UnixSeconds());

    internal void Observe(double value, in ExemplarId exemplar, double unixSeconds)
    {
        if (!(value >= 0 && value < double.PositiveInfinity))
        {
            Drop(DropReasons.ForNumber(value));
            return;
        }

        var cell = _layout.CellOf(value);
        AddTo(cell, value);
        if (_exemplars is not null && !exemplar.IsEmpty)
            _exemplars[_layout.ClassicOf[cell]].Set(exemplar, value, unixSeconds);
    }

    /// <summary>Adds the counts of all cells to <paramref name="counts"/>, which starts cleared, and gives the sum of observations.</summary>
    /// <param name="counts">One for each cell of the layout.</param>
    /// <param name="used">The cells beyond which all are empty.</param>
    internal double ReadCells(Span<long> counts, out Range used)
    {
        var (from, to) = (counts.Length, 0);
        for (var stripe = 0; stripe < Stripes.Count; stripe++)
        {
            var start = Stripes.Start(stripe, _stride);
            var range = Volatile.Read(ref _cells[start + RangeCell]);
            if (range == 0)
                continue;
            var (first, count) = (First(range), CellsIn(range));
            AddTo(counts.Slice(first, count), _cells.AsSpan(start + FirstBucketCell + first, count));
            (from, to) = (Math.Min(from, first), Math.Max(to, first + count));
        }

        used = from < to ? from..to : default;
        return Sum;
    }

    internal bool TryReadExemplar(int classicBucket, out Exemplar exemplar)
    {
        exemplar = default;
        return _exemplars is not null && _exemplars[classicBucket].TryRead(out exemplar);
    }

    /// <summary>
    /// Adds many cells at once: that is most of the work of a scrape. Each cell is read whole, at some moment during the scrape;
    /// no more is needed, since they only grow.
    /// </summary>
    private static void AddTo(Span<long> counts, ReadOnlySpan<long> cells)
    {
        var countVectors = MemoryMarshal.Cast<long, Vector<long>>(counts);
        var cellVectors = MemoryMarshal.Cast<long, Vector<long>>(cells);
        for (var vector = 0; vector < countVectors.Length; vector++)
            countVectors[vector] += cellVectors[vector];
        for (var cell = countVectors.Length * Vector<long>.Count; cell < counts.Length; cell++)
            counts[cell] += cells[cell];
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void AddTo(int cell, double value)
    {
        ref var stripe = ref Stripes.Current(_cells, _stride);
        var range = Unsafe.Add(ref stripe, RangeCell);
        if ((uint)(cell - First(range)) >= (uint)CellsIn(range))
            Widen(ref Unsafe.Add(ref stripe, RangeCell), cell);
        Interlocked.Increment(ref Unsafe.Add(ref stripe, FirstBucketCell + cell));
        Stripes.AddDouble(ref Unsafe.Add(ref stripe, SumCell), value);
    }

    /// <summary>Before the first observation in a cell is counted, so that a scrape which does not see the cell yet will see it whole later.</summary>
    private static void Widen(ref long range, int cell)
    {
        var seen = Volatile.Read(ref range);
        while (true)
        {
            var (first, end) = seen == 0 ? (cell, cell + 1) : (Math.Min(First(seen), cell), Math.Max(First(seen) + CellsIn(seen), cell + 1));
            var before = Interlocked.CompareExchange(ref range, ((long)first << 32) | (uint)(end - first), seen);
            if (before == seen)
                return;
            seen = before;
        }
    }

    /// <summary>The first cell of a range, which one number holds so that it changes at once.</summary>
    private static int First(long range) => (int)(range >> 32);

    /// <summary>How many cells a range has.</summary>
    private static int CellsIn(long range) => (int)range;
}
