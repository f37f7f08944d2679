namespace Ryot.Metrics;

/// <summary>The formats in which metrics can be exposed.</summary>
public enum ExpositionFormat
{
    /// <summary>Prometheus text format 0.0.4.</summary>
    PrometheusText,

    /// <summary>OpenMetrics 1.0.0 text.</summary>
    OpenMetrics,

    /// <summary>OpenMetrics as Prometheus servers before version 2.35 ask for it (0.0.1); the text is that of 1.0.0.</summary>
    OpenMetricsDraft,

    /// <summary>Prometheus protobuf: length-delimited <c>io.prometheus.client.MetricFamily</c> messages, with native histograms.</summary>
    Protobuf,
}

/// <summary>Chooses a format by what a client accepts.</summary>
public static class Exposition
{
    private const string ProtobufType = "application/vnd.google.protobuf";
    private const string ProtobufMessage = "io.prometheus.client.MetricFamily";

    /// <summary>The value of the <c>Content-Type</c> header.</summary>
    public static string ContentType(ExpositionFormat format) => format switch
    {
        ExpositionFormat.OpenMetrics => "application/openmetrics-text; version=1.0.0; charset=utf-8",
        ExpositionFormat.OpenMetricsDraft => "application/openmetrics-text; version=0.0.1; charset=utf-8",
        ExpositionFormat.Protobuf => $"{ProtobufType}; proto={ProtobufMessage}; encoding=delimited",
        _ => "text/plain; version=0.0.4; charset=utf-8",
    };

    /// <summary>
    /// Chooses the format that an <c>Accept</c> header wants most: the highest <c>q</c> wins, and the first named among equals.
    /// Prometheus text 0.0.4 when there is no header, or nothing in it that can be written.
    /// </summary>
    public static ExpositionFormat Negotiate(string? accept)
    {
        var chosen = ExpositionFormat.PrometheusText;
        var best = 0d;
        foreach (var range in AcceptHeader.Parse(accept))
        {
            if (range.Quality > best && FormatOf(range) is { } format)
            {
                chosen = format;
                best = range.Quality;
            }
        }

        return chosen;
    }

    /// <summary>Whether an <c>Accept-Encoding</c> header allows gzip.</summary>
    public static bool AcceptsGzip(string? acceptEncoding)
    {
        double? named = null;
        double? any = null;
        foreach (var range in AcceptHeader.Parse(acceptEncoding))
        {
            if (range.Is("gzip") || range.Is("x-gzip"))
                named = range.Quality;
            else if (range.Is("*"))
                any = range.Quality;
        }

        return (named ?? any ?? 0) > 0;
    }

    private static ExpositionFormat? FormatOf(in AcceptHeader.Range range)
    {
        var version = range.Parameter("version");
        if (range.Is(ProtobufType))
        {
            return range.Parameter("proto").Equals(ProtobufMessage, StringComparison.Ordinal)
                && range.Parameter("encoding").Equals("delimited", StringComparison.OrdinalIgnoreCase)
                ? ExpositionFormat.Protobuf
                : null;
        }

        if (range.Is("application/openmetrics-text"))
        {
            return version switch
            {
                "" or "1.0.0" => ExpositionFormat.OpenMetrics,
                "0.0.1" => ExpositionFormat.OpenMetricsDraft,
                _ => null,
            };
        }

        if (range.Is("text/plain"))
            return version is "" or "0.0.4" ? ExpositionFormat.PrometheusText : null;
        return range.Is("*/*") || range.Is("text/*") ? ExpositionFormat.PrometheusText : null;
    }
}
