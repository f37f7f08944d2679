using System.Globalization;
using System.Text;

namespace Ryot.Metrics;

/// <summary>Makes the constant lines that come before a family's samples.</summary>
internal static class TextHeaders
{
    internal const string TotalSuffix = "_total";

    internal static byte[] Make(MetricDescriptor descriptor, bool openMetrics)
    {
        var name = descriptor.Name;
        var type = descriptor.Type switch
        {
            MetricType.Counter => "counter",
            MetricType.Gauge => "gauge",
            _ => "histogram",
        };

        if (openMetrics && descriptor.Type == MetricType.Counter)
        {
            // OpenMetrics names the family without the suffix that its samples must have. A counter named otherwise is
            // sent as "unknown", which keeps its name and the rest of the exposition valid.
            if (name.EndsWith(TotalSuffix, StringComparison.Ordinal))
                name = name[..^TotalSuffix.Length];
            else
                type = "unknown";
        }

        var text = new StringBuilder();
        text.Append("# HELP ").Append(name).Append(' ').Append(EscapeHelp(descriptor.Help, openMetrics)).Append('\n');
        text.Append("# TYPE ").Append(name).Append(' ').Append(type).Append('\n');
        if (openMetrics && descriptor.Unit is { } unit && name.EndsWith("_" + unit, StringComparison.Ordinal))
            text.Append("# UNIT ").Append(name).Append(' ').Append(unit).Append('\n');
        return Encoding.UTF8.GetBytes(text.ToString());
    }

    /// <summary>OpenMetrics escapes quotes in help texts too; the older format has no such escape.</summary>
    private static string EscapeHelp(string help, bool openMetrics)
        => openMetrics
            ? LabelEncoding.Escape(help)
            : help.Replace("\\", @"\\", StringComparison.Ordinal).Replace("\n", @"\n", StringComparison.Ordinal);
}

/// <summary>The constant bytes of a histogram family's lines.</summary>
internal sealed class TextHistogramParts
{
    private readonly byte[] _bucketName;

    internal TextHistogramParts(string name, double[] bounds)
    {
        _bucketName = Encoding.UTF8.GetBytes(name + "_bucket{");
        BucketTails = [.. bounds.Append(double.PositiveInfinity).Select(bound => Encoding.UTF8.GetBytes($"le=\"{Bound(bound)}\"}} "))];
        SumName = Encoding.UTF8.GetBytes(name + "_sum");
        CountName = Encoding.UTF8.GetBytes(name + "_count");
    }

    /// <summary>What comes before <c>le</c> in the lines of a series' buckets.</summary>
    internal byte[] BucketHead(byte[] labels) => labels.Length > 0 ? [.. _bucketName, .. labels, (byte)','] : _bucketName;

    internal byte[][] BucketTails { get; }

    internal byte[] SumName { get; }

    internal byte[] CountName { get; }

    /// <summary>
    /// A bound as OpenMetrics writes it ("1.0", not "1"), in every format: a Prometheus derives the same form from protobuf, and
    /// newer ones from text, so that a bucket is one series whatever was negotiated.
    /// </summary>
    private static string Bound(double bound)
    {
        if (double.IsPositiveInfinity(bound))
            return "+Inf";
        var text = bound.ToString(CultureInfo.InvariantCulture);
        return text.AsSpan().ContainsAny('.', 'E') ? text.Replace('E', 'e') : text + ".0";
    }
}
