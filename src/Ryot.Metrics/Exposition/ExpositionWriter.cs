namespace Ryot.Metrics;

/// <summary>Writes families in one format. Made for one scrape.</summary>
internal abstract class ExpositionWriter(ExpositionBuffer buffer)
{
    /// <summary>Series of all kinds written so far, as a Prometheus counts them: each bucket, sum and count is one.</summary>
    internal int SeriesWritten { get; private protected set; }

    protected ExpositionBuffer Buffer { get; } = buffer;

    internal void Write(MetricFamily family)
    {
        var begun = false;
        foreach (var series in family.Series)
        {
            if (series is Histogram histogram)
            {
                Begin(family, ref begun);
                WriteHistogram(histogram, ((HistogramFamily)family).Layout);
            }
            else if (series is GaugeSeriesSet set)
            {
                foreach (var shown in set.Read())
                    Write(family, shown, shown.Value, ref begun);
            }
            else
            {
                var scalar = (ScalarSeries)series;
                Write(family, scalar, Read(scalar), ref begun);
            }
        }

        if (begun)
            EndFamily();
    }

    /// <summary>Writes what closes the exposition.</summary>
    internal virtual void End()
    {
    }

    protected abstract void BeginFamily(MetricFamily family);

    protected virtual void EndFamily()
    {
    }

    protected abstract void WriteScalar(ScalarSeries series, double value);

    /// <summary>Writes one histogram.</summary>
    /// <param name="histogram">The series.</param>
    /// <param name="layout">Its family's buckets.</param>
    /// <param name="sum">The sum of observations.</param>
    /// <param name="classic">Observations in each classic bucket, not cumulated, <c>+Inf</c> last.</param>
    /// <param name="cells">Observations in each cell of the layout.</param>
    protected abstract void WriteHistogram(
        Histogram histogram, BucketLayout layout, double sum, ReadOnlySpan<long> classic, ReadOnlySpan<long> cells);

    private void Write(MetricFamily family, ScalarSeries series, double value, ref bool begun)
    {
        if (double.IsNaN(value))
            return;
        Begin(family, ref begun);
        WriteScalar(series, value);
        SeriesWritten++;
    }

    private void WriteHistogram(Histogram histogram, BucketLayout layout)
    {
        var buckets = layout.Bounds.Length + 1;
        var scratch = Buffer.Scratch(layout.CellCount + buckets);
        var cells = scratch[..layout.CellCount];
        var classic = scratch[layout.CellCount..];
        var sum = histogram.ReadCells(cells, out var used);
        var counts = cells[used];
        var classicOf = layout.ClassicOf.AsSpan(used);
        for (var cell = 0; cell < counts.Length; cell++)
            classic[classicOf[cell]] += counts[cell];

        WriteHistogram(histogram, layout, sum, classic, cells);
        SeriesWritten += buckets + 2;
    }

    private void Begin(MetricFamily family, ref bool begun)
    {
        if (begun)
            return;
        begun = true;
        BeginFamily(family);
    }

    private static double Read(ScalarSeries series)
    {
        try
        {
            return series.Read();
        }
        catch (Exception)
        {
            // One broken reading must not take the whole exposition down.
            series.Family.Registry.Drop(DropReason.ReadFailed);
            return double.NaN;
        }
    }
}
