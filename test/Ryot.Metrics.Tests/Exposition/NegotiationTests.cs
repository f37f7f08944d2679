namespace Ryot.Metrics.Tests;

public sealed class NegotiationTests
{
    private const string Protobuf = "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited";

    [Theory]
    // Prometheus 2.42, plain and with native histograms.
    [InlineData("application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1", ExpositionFormat.OpenMetrics)]
    [InlineData(Protobuf + ",application/openmetrics-text;version=1.0.0;q=0.8,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1", ExpositionFormat.Protobuf)]
    // Prometheus 2.30.
    [InlineData("application/openmetrics-text; version=0.0.1,text/plain;version=0.0.4;q=0.5,*/*;q=0.1", ExpositionFormat.OpenMetricsDraft)]
    // Prometheus 3, plain and with native histograms.
    [InlineData("application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.3,text/plain;version=0.0.4;q=0.2,*/*;q=0.1", ExpositionFormat.OpenMetrics)]
    [InlineData(Protobuf + ";q=0.6,application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,text/plain;version=0.0.4;q=0.2,*/*;q=0.1", ExpositionFormat.Protobuf)]
    // As its newer versions weigh them, with escaping in the protobuf's parameters too.
    [InlineData("application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2", ExpositionFormat.OpenMetrics)]
    [InlineData(Protobuf + ";escaping=allow-utf-8;q=0.7,application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2", ExpositionFormat.Protobuf)]
    // Text 1.0.0 is 0.0.4 with other names; a scrape that is configured to want that first gets what it wants next.
    [InlineData("text/plain;version=1.0.0;escaping=allow-utf-8;q=0.6,text/plain;version=0.0.4;q=0.5,application/openmetrics-text;version=1.0.0;q=0.4,*/*;q=0.2", ExpositionFormat.PrometheusText)]
    // A scrape that is configured to want text before all else.
    [InlineData("text/plain;version=0.0.4;q=0.6,application/openmetrics-text;version=1.0.0;q=0.5,*/*;q=0.1", ExpositionFormat.PrometheusText)]
    // Browsers, curl, nothing at all.
    [InlineData("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", ExpositionFormat.PrometheusText)]
    [InlineData("*/*", ExpositionFormat.PrometheusText)]
    [InlineData("", ExpositionFormat.PrometheusText)]
    [InlineData(null, ExpositionFormat.PrometheusText)]
    // What cannot be written, is refused or is malformed is passed over.
    [InlineData("application/vnd.google.protobuf;proto=other.Message;encoding=delimited,application/openmetrics-text", ExpositionFormat.OpenMetrics)]
    [InlineData("application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=text", ExpositionFormat.PrometheusText)]
    [InlineData("application/openmetrics-text;version=9.9.9", ExpositionFormat.PrometheusText)]
    [InlineData("application/openmetrics-text;q=0,text/plain;q=0.1", ExpositionFormat.PrometheusText)]
    [InlineData("application/openmetrics-text;q=high,text/plain;q=0.1", ExpositionFormat.PrometheusText)]
    [InlineData(";;,,;q=1,=,APPLICATION/OpenMetrics-Text ; Version=\"1.0.0\"", ExpositionFormat.OpenMetrics)]
    public void The_format_wanted_most_is_chosen(string? accept, ExpositionFormat expected)
        => Assert.Equal(expected, Exposition.Negotiate(accept));

    [Theory]
    [InlineData("gzip", true)]
    [InlineData("deflate, GZIP;q=0.5", true)]
    [InlineData("*", true)]
    [InlineData("identity, *;q=0.1", true)]
    [InlineData("*;q=0", false)]
    [InlineData("*, gzip;q=0", false)]
    [InlineData("br", false)]
    [InlineData("", false)]
    [InlineData(null, false)]
    public void Gzip_is_used_when_it_is_accepted(string? acceptEncoding, bool expected)
        => Assert.Equal(expected, Exposition.AcceptsGzip(acceptEncoding));

    [Fact]
    public void Content_types_name_the_format_and_its_version()
    {
        Assert.Equal("text/plain; version=0.0.4; charset=utf-8", Exposition.ContentType(ExpositionFormat.PrometheusText));
        Assert.Equal("application/openmetrics-text; version=1.0.0; charset=utf-8", Exposition.ContentType(ExpositionFormat.OpenMetrics));
        Assert.Equal("application/openmetrics-text; version=0.0.1; charset=utf-8", Exposition.ContentType(ExpositionFormat.OpenMetricsDraft));
        Assert.Equal(
            "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited",
            Exposition.ContentType(ExpositionFormat.Protobuf));
    }
}
