using System.Globalization;
using System.Text;

namespace Ryot.Metrics.Tests;

/// <summary>Writes the catalogue as the page <c>docs/metrics.md</c>.</summary>
internal static class CatalogueDocument
{
    private const string Introduction = """
        # Metrics

        This page is made from the catalogue in `src/Ryot.Metrics/Catalogue`. Do not edit it: change the catalogue and run the tests of
        `test/Ryot.Metrics.Tests` with `RYOT_UPDATE=1` in the environment.

        ## How to scrape

        Ryot answers in the format that the scraper's `Accept` header wants most: Prometheus text 0.0.4, OpenMetrics 1.0.0 (with exemplars that
        lead from a bucket to a request), or Prometheus protobuf (with native histograms beside the classic buckets). It compresses with gzip when
        `Accept-Encoding` allows it. Names and labels are the same in every format.

        - A Prometheus that scrapes native histograms (up to 3.8 when it is started with `--enable-feature=native-histograms`, from 3.8 when its
          configuration says `scrape_native_histograms: true`) keeps only the native form of each histogram, and queries for `_bucket` find nothing,
          unless its configuration says `always_scrape_classic_histograms: true` (in 2.45 to 2.55: `scrape_classic_histograms: true`).
        - Bounds are written `le="1.0"`, not `le="1"`, in every format, as OpenMetrics and newer versions of Prometheus want it.
        - Native histograms have 8 buckets for each doubling (schema 3). Their range goes 8 doublings below the least and 10 above
          the greatest classic bound; what is less counts as zero, what is more in one last bucket.
        - Exemplars carry `request_id`, `trace_id` or both. Prometheus keeps them with `--enable-feature=exemplar-storage`.
        - A scrape changes nothing and waits for nothing in the engine.

        ## Rules

        - Every label is closed but `model`, `device_id` and the descriptive labels of the two info metrics. A label that does not
          apply has no value, which to Prometheus is the same as no label.
        - The series of a configured model exist, counters and histograms at 0, before its first request, so that `rate()` and `increase()` see it. That
          makes about 800 series for each model (each bucket, sum and count being one), more than a third of them the latency by batch
          size and generation mode: less would lose first events, and the number does not grow with traffic.
        - Gauges tell the state at the scrape. They are 0, or absent where 0 would be a lie, when there is nothing to tell; the series of a
          model go when it is removed.
        - The bounds of every histogram can be replaced in the configuration, by its name. There, too, labels of counters and histograms can be
          given up: series that differ only in them become one, without the label.
        - `ryot_inference_requests_total`, `ryot_tokens_generated_total` and `ryot_token_cost_estimate_usd` can be told apart by a further label
          `tenant`, which is off unless it is configured. It has a bounded number of values: tenants that are listed have series, at 0, from the
          start, others get theirs with their first request, and when there are too many, or where the name is longer than 64 characters or has
          control characters, a request counts under `other`. A request without a tenant has no value. Requests that were one too many are counted in
          `ryot_metrics_dropped_observations_total{reason="tenant_limit"}`.
        - A scrape shows completion tokens of a running request as of its last delivery: they are counted once for each step that its reader was woken
          by (or one by one, when batched updates are switched off).

        ## The times of a request

        A request is *received* (its body is read), *queued*, *admitted* (its first prompt chunk is scheduled), gets its *first token* and its *last
        token* (sampled), and is *finished* (its last byte is handed to the transport). All times are read from a monotonic clock.

        | interval | from | to |
        | --- | --- | --- |
        | latency | received | finished |
        | time to first token | received | first token |
        | queue time | queued | admitted |
        | prefill time | admitted | first token |
        | decode time | first token | last token |
        | time per output token | decode time / (completion tokens - 1) | |

        An interval is observed when both of its ends happened, whatever became of the request.

        """;

    private const string OpenTelemetry = """
        ## The same in OpenTelemetry

        The meter `Ryot` of `System.Diagnostics.Metrics` carries every request once more under the names of the OpenTelemetry GenAI
        semantic conventions (status: development): `gen_ai.server.request.duration`, `gen_ai.server.time_to_first_token`,
        `gen_ai.server.time_per_output_token` (both of successful requests only) and `gen_ai.client.token.usage`, with the
        bucket bounds that the conventions advise. Attributes: `gen_ai.operation.name` (`chat` or `text_completion`), `gen_ai.provider.name`
        (`ryot`), `gen_ai.request.model`, `gen_ai.response.model`, `gen_ai.token.type` on token usage, and `error.type` on the duration of what did
        not succeed: a cause of `ryot_inference_errors_total`, or `cancelled`. It costs nothing while nobody listens.

        """;

    internal static string Write()
    {
        var page = new StringBuilder(Introduction);
        Section(page, "The metrics of the design", MetricCatalogue.Design);
        Section(page, "What Ryot adds", MetricCatalogue.Additions);
        page.Append('\n').Append(OpenTelemetry.TrimEnd('\n')).Append('\n');
        return page.ToString().ReplaceLineEndings("\n");
    }

    private static void Section(StringBuilder page, string title, IReadOnlyList<MetricDescriptor> metrics)
    {
        page.Append(CultureInfo.InvariantCulture, $"\n## {title}\n\n| metric | kind | labels | state |\n| --- | --- | --- | --- |\n");
        foreach (var metric in metrics)
        {
            var labels = string.Join(", ", metric.Labels.Select(label => $"`{label.Name}`"));
            page.Append(CultureInfo.InvariantCulture, $"| [`{metric.Name}`](#{metric.Name}) | {Kind(metric)} | {labels} | {State(metric)} |\n");
        }

        foreach (var metric in metrics)
            Entry(page, metric);
    }

    private static void Entry(StringBuilder page, MetricDescriptor metric)
    {
        page.Append(CultureInfo.InvariantCulture, $"\n### {metric.Name}\n\n{metric.Help}\n\n");
        page.Append(CultureInfo.InvariantCulture, $"- {Kind(metric)}, {State(metric)}\n");
        if (metric.Unit is { } unit)
            page.Append(CultureInfo.InvariantCulture, $"- unit: {unit}\n");
        foreach (var label in metric.Labels)
            page.Append(CultureInfo.InvariantCulture, $"- `{label.Name}`: {Values(label)}\n");
        if (metric.Bounds is { } bounds)
            page.Append(CultureInfo.InvariantCulture, $"- bounds: {string.Join(' ', bounds)}\n");
        if (metric.KeepsExemplars)
            page.Append("- with exemplars\n");
        if (metric.Remarks is { } remarks)
            page.Append(CultureInfo.InvariantCulture, $"\n{remarks}\n");
    }

    private static string Values(LabelDescriptor label)
    {
        var values = string.Join(", ", label.Values.Select(value => $"`{value}`"));
        var parts = new List<string>();
        if (values.Length > 0)
            parts.Add(values);
        if (label.Description is { } description)
            parts.Add(description);
        if (label.IsOptional)
            parts.Add("may be empty");
        return string.Join("; ", parts);
    }

    private static string Kind(MetricDescriptor metric) => metric.Type.ToString().ToLowerInvariant();

    private static string State(MetricDescriptor metric) => metric.IsLive ? "live" : "planned, not exposed yet";
}
