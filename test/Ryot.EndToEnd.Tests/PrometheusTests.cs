using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Text.Json;
using Ryot.EndToEnd.Tests.Support;
using Ryot.Server.Tests.Support;
using Ryot.Testing;
using Xunit;

namespace Ryot.EndToEnd.Tests;

/// <summary>A real Prometheus scrapes the running server, and its queries answer what the test knows.</summary>
public sealed class PrometheusTests(TinyLlamaServer fixture) : IClassFixture<TinyLlamaServer>
{
    private const string Job = "ryot";

    private static readonly string[] _formats =
    [
        "text/plain;version=0.0.4",
        "application/openmetrics-text;version=1.0.0",
        "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited",
    ];

    private RyotProcess Server => fixture.Process;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>Prometheus asks for OpenMetrics, and for protobuf when it wants native histograms.</summary>
    [Theory]
    [InlineData("exemplar-storage")]
    [InlineData("native-histograms")]
    public async Task Queries_answer_what_the_client_knows(string feature)
    {
        var before = await Server.ScrapeIdleAsync();
        var interval = TimeSpan.FromMilliseconds(500);
        await using var prometheus = await PrometheusServer.StartAsync(
            [new ScrapeTarget(Job, new Uri(Server.Address, "/metrics"))], interval, [feature], cancellation: Cancellation);
        // rate() and increase() need to have seen what was before.
        await prometheus.WaitForScrapesAsync(Job, 3, Cancellation);

        var known = await DriveAsync();
        await Server.ScrapeIdleAsync((int)(before.Sum("ryot_inference_requests_total") + known.Requests));
        await prometheus.WaitForScrapesAsync(Job, 3, Cancellation);

        Assert.Equal(1, await ValueAsync(prometheus, $"up{{job=\"{Job}\"}}"));
        Assert.Equal("", (await prometheus.TargetAsync(Job, Cancellation))!.LastError);
        await AssertSumsAsync(prometheus, before, known);
        await AssertRatesAsync(prometheus, known);
        if (feature == "native-histograms")
            await AssertNativeHistogramsAsync(prometheus, before, known);
        else
            await AssertClassicHistogramsAsync(prometheus, before, known);
        Assert.Equal(0, await ValueAsync(prometheus, "sum(ryot_requests_running + ryot_requests_waiting)"));
    }

    [Fact]
    public async Task An_exemplar_leads_from_a_bucket_to_the_request()
    {
        await using var prometheus = await PrometheusServer.StartAsync(
            [new ScrapeTarget(Job, new Uri(Server.Address, "/metrics"))],
            TimeSpan.FromMilliseconds(500),
            ["exemplar-storage"],
            cancellation: Cancellation);
        var id = $"find-me-{Guid.NewGuid():N}";
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/inference/generate")
        {
            Content = new StringContent("""{"model":"tiny","prompt":"Hi","max_tokens":3}""", new MediaTypeHeaderValue("application/json")),
            Headers = { { "x-request-id", id } },
        };
        using var response = await Server.Http.SendAsync(request, Cancellation);
        Assert.Equal(id, Assert.Single(response.Headers.GetValues("x-request-id")));
        await prometheus.WaitForScrapesAsync(Job, 3, Cancellation);

        var now = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();
        var query = Uri.EscapeDataString("ryot_inference_latency_seconds_bucket");
        var series = await prometheus.GetDataAsync(
            string.Create(CultureInfo.InvariantCulture, $"api/v1/query_exemplars?query={query}&start={now - 600}&end={now + 600}"),
            Cancellation);
        var exemplars = series.EnumerateArray().SelectMany(one => one.GetProperty("exemplars").EnumerateArray())
            .Select(exemplar => exemplar.GetProperty("labels").GetProperty("request_id").GetString());
        Assert.Contains(id, exemplars);
    }

    [Fact]
    public async Task Scraping_changes_nothing_that_is_scraped()
    {
        await Server.PostForJsonAsync("/v1/completions", """{"model":"tiny","prompt":"Hi","max_tokens":30,"ignore_eos":true}""");
        var before = await Server.ScrapeIdleAsync();
        await Task.WhenAll(Enumerable.Range(0, 150).Select(async i =>
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "/metrics");
            request.Headers.Accept.ParseAdd(_formats[i % _formats.Length]);
            if (i % 2 == 0)
                request.Headers.AcceptEncoding.ParseAdd("gzip");
            using var response = await Server.Http.SendAsync(request, Cancellation);
            Assert.True(response.IsSuccessStatusCode);
            Assert.NotEmpty(await response.Content.ReadAsByteArrayAsync(Cancellation));
        }));
        var after = await Server.ScrapeAsync();
        Assert.Equal(Stable(before), Stable(after));

        // These tell of time, of scrapes and of the machine's memory, which others use too; all else is as it was.
        static List<string> Stable(MetricsText metrics) => [.. metrics.Samples
            .Where(sample => sample.Name is not ("ryot_tokens_per_second" or "ryot_token_efficiency_ratio" or "ryot_gpu_utilization_percent"
                or "ryot_metrics_scrape_duration_seconds"))
            .Select(sample => $"{Identity(sample.Name, sample.Labels)} {sample.Value}")];
    }

    [Fact]
    public async Task Promtool_has_nothing_to_say_about_the_live_metrics_but_the_one_name_that_is_promised()
    {
        await DriveAsync();
        await Server.PostForJsonAsync("/v1/completions", "{}", 400);
        var start = ProcessStarter.Describe("promtool", "check", "metrics");
        start.RedirectStandardInput = true;
        using var process = new Process { StartInfo = start };
        await ProcessStarter.StartAsync(process);
        var output = process.StandardOutput.ReadToEndAsync(Cancellation);
        var error = process.StandardError.ReadToEndAsync(Cancellation);
        await process.StandardInput.WriteAsync(await Server.Http.GetStringAsync("/metrics", Cancellation));
        process.StandardInput.Close();
        await process.WaitForExitAsync(Cancellation);
        Assert.Equal("ryot_token_cost_estimate_usd counter metrics should have \"_total\" suffix", (await output + await error).Trim());
        // Remarks on style, as the number says; metrics that cannot be read would be another.
        Assert.Equal(3, process.ExitCode);
    }

    [Fact]
    public async Task No_series_is_there_twice()
    {
        var metrics = await Server.ScrapeAsync();
        var twice = metrics.Samples
            .GroupBy(sample => Identity(sample.Name, sample.Labels))
            .Where(group => group.Count() > 1);
        Assert.Empty(twice.Select(group => group.Key));
    }

    /// <summary>Ten requests of known size: two streamed, one of them invalid.</summary>
    private async Task<Known> DriveAsync()
    {
        var known = new Known(0, 0, 0, 0);
        for (var i = 0; i < 7; i++)
        {
            known = known.Add(await Server.PostForJsonAsync(
                "/v1/completions", """{"model":"tiny","prompt":"Once upon a time","max_tokens":25,"ignore_eos":true}"""));
        }
        for (var i = 0; i < 2; i++)
        {
            var events = await Server.PostForEventsAsync(
                "/v1/inference/stream", """{"model":"tiny","prompt":"Once upon a time","max_tokens":15,"ignore_eos":true}""");
            known = known.Add(JsonElement.Parse(events[^1]));
        }
        await Server.PostForJsonAsync("/v1/inference/generate", """{"model":"nothing","prompt":"Hi"}""", 404);
        return known with { Requests = known.Requests + 1 };
    }

    private static async Task AssertSumsAsync(PrometheusServer prometheus, MetricsText before, Known known)
    {
        foreach (var type in (string[])["prompt", "completion", "total"])
        {
            var tokens = type switch { "prompt" => known.Prompt, "completion" => known.Completion, _ => known.Prompt + known.Completion };
            Assert.Equal(
                before.Sum("ryot_tokens_generated_total", ("token_type", type)) + tokens,
                await ValueAsync(prometheus, $"sum(ryot_tokens_generated_total{{model=\"tiny\",token_type=\"{type}\"}})"));
        }
        Assert.Equal(
            before.Sum("ryot_inference_requests_total", ("status", "success")) + known.Successes,
            await ValueAsync(prometheus, "sum(ryot_inference_requests_total{status=\"success\"})"));
        Assert.Equal(
            before.Sum("ryot_inference_errors_total", ("error_type", "model_not_found")) + 1,
            await ValueAsync(
                prometheus, """sum(ryot_inference_errors_total{model="unknown",error_type="model_not_found",severity="warning"})"""));
        // What all of it is measured by: a success rate that one can compute.
        var rate = await ValueAsync(
            prometheus, """sum(ryot_inference_requests_total{status="success"}) / sum(ryot_inference_requests_total)""");
        Assert.InRange(rate, 0.5, 0.999);
    }

    private static async Task AssertRatesAsync(PrometheusServer prometheus, Known known)
    {
        // increase() extrapolates to the ends of its window, so it is near what happened, and not exactly that.
        var increase = await ValueAsync(prometheus, "sum(increase(ryot_tokens_generated_total{token_type=\"completion\"}[10m]))");
        Assert.InRange(increase, known.Completion * 0.9, known.Completion * 2.5);
        var exact = await ValueAsync(
            prometheus,
            """
            sum(max_over_time(ryot_tokens_generated_total{token_type="completion"}[10m])
              - min_over_time(ryot_tokens_generated_total{token_type="completion"}[10m]))
            """);
        Assert.Equal(known.Completion, exact);
        var throughput = await ValueAsync(prometheus, "sum(ryot_tokens_per_second{time_window=\"5m\"})");
        Assert.InRange(throughput, 0.01, 100_000);
    }

    private static async Task AssertClassicHistogramsAsync(PrometheusServer prometheus, MetricsText before, Known known)
    {
        Assert.Equal(
            before.Sum("ryot_inference_latency_seconds_count") + known.Successes,
            await ValueAsync(prometheus, "sum(ryot_inference_latency_seconds_count)"));
        Assert.Equal(
            before.Sum("ryot_request_completion_tokens_sum") + known.Completion,
            await ValueAsync(prometheus, "sum(ryot_request_completion_tokens_sum)"));
        var quantile = await ValueAsync(
            prometheus, "histogram_quantile(0.95, sum by (le, model) (rate(ryot_inference_latency_seconds_bucket[10m])))");
        Assert.InRange(quantile, 0.0001, 30);
        // Seven answers have 25 tokens and two have 15: the median lies in the bucket from 20 to 50.
        quantile = await ValueAsync(
            prometheus, "histogram_quantile(0.5, sum by (le) (increase(ryot_request_completion_tokens_bucket[10m])))");
        Assert.InRange(quantile, 20, 50);
    }

    private static async Task AssertNativeHistogramsAsync(PrometheusServer prometheus, MetricsText before, Known known)
    {
        Assert.Equal(
            before.Sum("ryot_inference_latency_seconds_count") + known.Successes,
            await ValueAsync(prometheus, "histogram_count(sum(ryot_inference_latency_seconds))"));
        Assert.Equal(
            before.Sum("ryot_request_completion_tokens_sum") + known.Completion,
            await ValueAsync(prometheus, "histogram_sum(sum(ryot_request_completion_tokens))"));
        var quantile = await ValueAsync(prometheus, "histogram_quantile(0.95, sum by (model) (rate(ryot_ttft_latency_seconds[10m])))");
        Assert.InRange(quantile, 0.00001, 30);
        // Buckets that narrow tell 25 from what is near to it.
        quantile = await ValueAsync(prometheus, "histogram_quantile(0.5, sum(increase(ryot_request_completion_tokens[10m])))");
        Assert.InRange(quantile, 22, 28);
    }

    private static string Identity(string name, Dictionary<string, string> labels) =>
        name + string.Concat(labels.OrderBy(label => label.Key, StringComparer.Ordinal).Select(label => $";{label.Key}={label.Value}"));

    private static async Task<double> ValueAsync(PrometheusServer prometheus, string query) =>
        Assert.Single(await prometheus.QueryAsync(query, Cancellation)).Value;

    private sealed record Known(int Requests, int Successes, double Prompt, double Completion)
    {
        public Known Add(JsonElement answer)
        {
            var usage = answer.GetProperty("usage");
            return new Known(
                Requests + 1,
                Successes + 1,
                Prompt + usage.GetProperty("prompt_tokens").GetInt32(),
                Completion + usage.GetProperty("completion_tokens").GetInt32());
        }
    }
}
