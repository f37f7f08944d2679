using System.IO.Compression;
using System.Net;
using System.Text;
using Ryot.Server.Tests.Support;
using Xunit;

namespace Ryot.Server.Tests;

public sealed class MetricsEndpointTests
{
    [Theory]
    [InlineData(null, "text/plain; version=0.0.4; charset=utf-8")]
    [InlineData("application/openmetrics-text; version=1.0.0", "application/openmetrics-text; version=1.0.0; charset=utf-8")]
    [InlineData(
        "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited",
        "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited")]
    public async Task The_scraper_gets_the_format_that_it_asks_for(string? accept, string contentType)
    {
        await using var server = await TestServer.StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Get, "/metrics");
        if (accept is not null)
            request.Headers.TryAddWithoutValidation("Accept", accept);
        using var response = await server.Client.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(contentType, response.Content.Headers.GetValues("Content-Type").Single());
        Assert.Equal(accept?.Contains("openmetrics", StringComparison.Ordinal) ?? false, (await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).EndsWith("# EOF\n", StringComparison.Ordinal));
    }

    [Fact]
    public async Task It_is_compressed_for_those_who_accept_gzip()
    {
        await using var server = await TestServer.StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Get, "/metrics");
        request.Headers.TryAddWithoutValidation("Accept-Encoding", "gzip");
        using var response = await server.Client.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal(["gzip"], response.Content.Headers.ContentEncoding);
        await using var unzip = new GZipStream(await response.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken), CompressionMode.Decompress);
        using var reader = new StreamReader(unzip, Encoding.UTF8);
        Assert.True(MetricsText.Parse(await reader.ReadToEndAsync(TestContext.Current.CancellationToken)).Count("ryot_inference_requests_total") > 0);
    }

    [Fact]
    public async Task HEAD_has_the_headers_and_no_body()
    {
        await using var server = await TestServer.StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Head, "/metrics");
        using var response = await server.Client.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("text/plain; version=0.0.4; charset=utf-8", response.Content.Headers.ContentType?.ToString());
        Assert.Empty(await response.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task It_can_have_a_port_of_its_own_where_there_is_nothing_else()
    {
        await using var server = await TestServer.StartAsync("--metrics-urls", "http://127.0.0.1:0", "--api-key", "k");
        var own = server.Urls[1];
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(new Uri(own, "/metrics")));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(new Uri(own, "/health/ready")));
        Assert.Equal(HttpStatusCode.NotFound, await StatusAsync(new Uri(own, "/")));
        Assert.Equal(HttpStatusCode.NotFound, await StatusAsync(new Uri(own, "/v1/models")));
        Assert.Equal(HttpStatusCode.NotFound, await StatusAsync(new Uri(server.Url, "/metrics")));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(new Uri(server.Url, "/health/ready")));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(new Uri(server.Url, "/")));

        async Task<HttpStatusCode> StatusAsync(Uri url)
        {
            using var response = await server.Client.GetAsync(url, TestContext.Current.CancellationToken);
            return response.StatusCode;
        }
    }

    [Fact]
    public async Task Configured_buckets_are_used()
    {
        await using var server = await TestServer.StartAsync("--metric-bounds", "ryot_ttft_latency_seconds=0.25,7");
        await server.PostForJsonAsync("/v1/completions", """{"model":"fake","prompt":"Hi"}""");
        var bounds = (await server.ScrapeCountedAsync(1)).Samples
            .Where(sample => sample.Name == "ryot_ttft_latency_seconds_bucket").Select(sample => sample.Labels["le"]).Distinct();
        Assert.Equal(["0.25", "7.0", "+Inf"], bounds.Select(bound => bound == "7" ? "7.0" : bound));
    }

    [Fact]
    public async Task The_build_and_the_start_are_told()
    {
        await using var server = await TestServer.StartAsync();
        await TestServer.UntilAsync(() => server.Host.Status == Engine.Models.ModelStatus.Ready, "it is ready");
        MetricsText metrics;
        do
            metrics = await server.ScrapeAsync();
        while (metrics.Sum("ryot_initialization_startup_time_seconds_count", ("startup_phase", "ready")) == 0);
        var build = Assert.Single(metrics.Samples, sample => sample.Name == "ryot_build_info");
        Assert.Equal("fake", build.Labels["engine_version"]);
        Assert.False(string.IsNullOrEmpty(build.Labels["version"]));
        Assert.Equal(1, metrics.Sum("ryot_model_info", ("model", "fake"), ("architecture", "fake")));
    }
}
