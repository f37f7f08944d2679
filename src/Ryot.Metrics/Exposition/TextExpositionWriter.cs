using System.Buffers.Text;
using System.Globalization;
using System.Text;

namespace Ryot.Metrics;

/// <summary>Writes Prometheus text 0.0.4 and OpenMetrics, which differ in their metadata, exemplars and end mark.</summary>
internal sealed class TextExpositionWriter(ExpositionBuffer buffer, bool openMetrics) : ExpositionWriter(buffer)
{
    private TextHistogramParts _parts = null!;

    internal override void End()
    {
        if (openMetrics)
            Buffer.Append("# EOF\n"u8);
    }

    protected override void BeginFamily(MetricFamily family)
    {
        Buffer.Append(family.TextHeader(openMetrics));
        if (family is HistogramFamily histograms)
            _parts = histograms.TextParts;
    }

    protected override void WriteScalar(ScalarSeries series, double value)
    {
        Buffer.Append(series.SampleHead);
        Buffer.AppendNumber(value);
        // Only a proper counter may carry an exemplar: on any other type it would make a scraper refuse everything.
        if (openMetrics && series.Family.IsOpenMetricsCounter && series.TryReadExemplar(out var exemplar))
            AppendExemplar(exemplar);
        Buffer.Append((byte)'\n');
    }

    protected override void WriteHistogram(
        Histogram histogram, BucketLayout layout, double sum, ReadOnlySpan<long> classic, ReadOnlySpan<long> cells)
    {
        var (head, labels) = (histogram.BucketHead, histogram.Labels.Text);
        long count = 0;
        for (var bucket = 0; bucket < classic.Length; bucket++)
        {
            count += classic[bucket];
            Buffer.Append(head);
            Buffer.Append(_parts.BucketTails[bucket]);
            Buffer.AppendNumber(count);
            if (openMetrics && histogram.TryReadExemplar(bucket, out var exemplar))
                AppendExemplar(exemplar);
            Buffer.Append((byte)'\n');
        }

        AppendTotal(_parts.SumName, labels);
        Buffer.AppendNumber(sum);
        Buffer.Append((byte)'\n');
        AppendTotal(_parts.CountName, labels);
        Buffer.AppendNumber(count);
        Buffer.Append((byte)'\n');
    }

    private void AppendTotal(byte[] name, byte[] labels)
    {
        Buffer.Append(name);
        if (labels.Length > 0)
        {
            Buffer.Append((byte)'{');
            Buffer.Append(labels);
            Buffer.Append((byte)'}');
        }

        Buffer.Append((byte)' ');
    }

    private void AppendExemplar(in Exemplar exemplar)
    {
        Buffer.Append(" # {"u8);
        if (exemplar.Id.HasTrace)
        {
            Buffer.Append("trace_id=\""u8);
            AppendHex(exemplar.Id.TraceIdHigh);
            AppendHex(exemplar.Id.TraceIdLow);
            Buffer.Append((byte)'"');
        }

        if (exemplar.Id.RequestId is { } request)
        {
            Buffer.Append(exemplar.Id.HasTrace ? ",request_id=\""u8 : "request_id=\""u8);
            var escaped = LabelEncoding.Escape(request);
            Buffer.Advance(Encoding.UTF8.GetBytes(escaped, Buffer.Reserve(Encoding.UTF8.GetMaxByteCount(escaped.Length))));
            Buffer.Append((byte)'"');
        }

        Buffer.Append("} "u8);
        Buffer.AppendNumber(exemplar.Value);
        Buffer.Append((byte)' ');
        // Milliseconds are all that a scraper keeps, and a fixed form never shows an exponent.
        exemplar.UnixSeconds.TryFormat(Buffer.Reserve(32), out var length, "F3", CultureInfo.InvariantCulture);
        Buffer.Advance(length);
    }

    private void AppendHex(ulong value)
    {
        Utf8Formatter.TryFormat(value, Buffer.Reserve(16), out var length, new System.Buffers.StandardFormat('x', 16));
        Buffer.Advance(length);
    }
}
