using System.Globalization;
using static Ryot.Metrics.ProtobufEncoding;

namespace Ryot.Metrics;

/// <summary>
/// Writes length-delimited <c>io.prometheus.client.MetricFamily</c> messages. Histograms carry both their classic buckets and
/// a native histogram of the same observations; the scraper takes what it is configured to take.
/// </summary>
internal sealed class ProtobufExpositionWriter(ExpositionBuffer buffer) : ExpositionWriter(buffer)
{
    // Field numbers of io.prometheus.client.
    private const int FamilyName = 1, FamilyHelp = 2, FamilyType = 3, FamilyMetric = 4, FamilyUnit = 5;
    private const int MetricGauge = 2, MetricCounter = 3, MetricHistogram = 7;
    private const int ScalarValue = 1, CounterExemplar = 2;
    private const int SampleCount = 1, SampleSum = 2, HistogramBucket = 3, Schema = 5, ZeroThreshold = 6, ZeroCount = 7;
    private const int PositiveSpan = 12, PositiveDelta = 13;
    private const int BucketCount = 1, BucketBound = 2, BucketExemplar = 3;
    private const int SpanOffset = 1, SpanLength = 2;
    private const int ExemplarValue = 2, ExemplarTimestamp = 3, TimestampSeconds = 1, TimestampNanos = 2;

    /// <summary>Gaps of up to this many empty buckets are filled in: as deltas they take fewer bytes than a new span.</summary>
    private const int LongestFilledGap = 2;

    private int _family;
    private MetricType _type;

    protected override void BeginFamily(MetricFamily family)
    {
        var descriptor = family.Descriptor;
        _family = Buffer.Length;
        _type = descriptor.Type;
        StringField(Buffer, FamilyName, descriptor.Name);
        StringField(Buffer, FamilyHelp, descriptor.Help);
        UnsignedField(Buffer, FamilyType, _type switch { MetricType.Counter => 0, MetricType.Gauge => 1, _ => 4 });
        if (descriptor.Unit is { } unit)
            StringField(Buffer, FamilyUnit, unit);
    }

    protected override void EndFamily() => EndMessage(Buffer, _family);

    protected override void WriteScalar(ScalarSeries series, double value)
    {
        var metric = BeginMessage(Buffer, FamilyMetric);
        Buffer.Append(series.ProtobufLabels);
        var scalar = BeginMessage(Buffer, _type == MetricType.Counter ? MetricCounter : MetricGauge);
        DoubleField(Buffer, ScalarValue, value);
        if (series.TryReadExemplar(out var exemplar))
            WriteExemplar(CounterExemplar, exemplar);
        EndMessage(Buffer, scalar);
        EndMessage(Buffer, metric);
    }

    protected override void WriteHistogram(
        Histogram histogram, BucketLayout layout, double sum, ReadOnlySpan<long> classic, ReadOnlySpan<long> cells)
    {
        var metric = BeginMessage(Buffer, FamilyMetric);
        Buffer.Append(histogram.ProtobufLabels);
        var message = BeginMessage(Buffer, MetricHistogram);

        long count = 0;
        foreach (var observations in classic)
            count += observations;
        UnsignedField(Buffer, SampleCount, (ulong)count);
        DoubleField(Buffer, SampleSum, sum);
        long cumulated = 0;
        for (var bucket = 0; bucket < classic.Length; bucket++)
        {
            cumulated += classic[bucket];
            var part = BeginMessage(Buffer, HistogramBucket);
            UnsignedField(Buffer, BucketCount, (ulong)cumulated);
            DoubleField(Buffer, BucketBound, bucket < layout.Bounds.Length ? layout.Bounds[bucket] : double.PositiveInfinity);
            if (histogram.TryReadExemplar(bucket, out var exemplar))
                WriteExemplar(BucketExemplar, exemplar);
            EndMessage(Buffer, part);
        }

        WriteNative(layout, cells);
        EndMessage(Buffer, message);
        EndMessage(Buffer, metric);
    }

    private void WriteNative(BucketLayout layout, ReadOnlySpan<long> cells)
    {
        SignedField(Buffer, Schema, BucketLayout.Schema);
        DoubleField(Buffer, ZeroThreshold, layout.ZeroThreshold);
        var cell = 0;
        UnsignedField(Buffer, ZeroCount, (ulong)TakeBucket(layout, cells, ref cell));

        // Spans say which buckets follow one another without a gap; counts are written as differences.
        long previous = 0;
        var spanStart = layout.FirstNativeIndex;
        var spanLength = 0;
        var spanEnd = 0;
        while (cell < cells.Length)
        {
            var index = layout.NativeOf[cell];
            var count = TakeBucket(layout, cells, ref cell);
            if (count == 0)
                continue;

            var gap = index - (spanStart + spanLength);
            if (spanLength > 0 && gap <= LongestFilledGap)
            {
                for (; gap > 0; gap--)
                    WriteDelta(0, ref previous);
                spanLength = index - spanStart + 1;
            }
            else
            {
                if (spanLength > 0)
                    WriteSpan(spanStart - spanEnd, spanLength);
                spanEnd = spanLength > 0 ? spanStart + spanLength : 0;
                spanStart = index;
                spanLength = 1;
            }

            WriteDelta(count, ref previous);
        }

        if (spanLength > 0)
            WriteSpan(spanStart - spanEnd, spanLength);
    }

    /// <summary>Sums the cells of the native bucket that begins at <paramref name="cell"/>, and goes on to the next bucket.</summary>
    private static long TakeBucket(BucketLayout layout, ReadOnlySpan<long> cells, ref int cell)
    {
        var index = layout.NativeOf[cell];
        long count = 0;
        for (; cell < cells.Length && layout.NativeOf[cell] == index; cell++)
            count += cells[cell];
        return count;
    }

    private void WriteDelta(long count, ref long previous)
    {
        SignedField(Buffer, PositiveDelta, count - previous);
        previous = count;
    }

    private void WriteSpan(int offset, int length)
    {
        var span = BeginMessage(Buffer, PositiveSpan);
        SignedField(Buffer, SpanOffset, offset);
        UnsignedField(Buffer, SpanLength, (ulong)length);
        EndMessage(Buffer, span);
    }

    private void WriteExemplar(int field, in Exemplar exemplar)
    {
        var message = BeginMessage(Buffer, field);
        if (exemplar.Id.HasTrace)
        {
            var trace = string.Create(CultureInfo.InvariantCulture, $"{exemplar.Id.TraceIdHigh:x16}{exemplar.Id.TraceIdLow:x16}");
            LabelPair(Buffer, "trace_id", trace);
        }

        if (exemplar.Id.RequestId is { } request)
            LabelPair(Buffer, "request_id", request);
        DoubleField(Buffer, ExemplarValue, exemplar.Value);
        var timestamp = BeginMessage(Buffer, ExemplarTimestamp);
        var seconds = Math.Floor(exemplar.UnixSeconds);
        IntegerField(Buffer, TimestampSeconds, (long)seconds);
        IntegerField(Buffer, TimestampNanos, (long)((exemplar.UnixSeconds - seconds) * 1e9));
        EndMessage(Buffer, timestamp);
        EndMessage(Buffer, message);
    }
}
