using CsCheck;

namespace Ryot.Metrics.Tests;

public sealed class AggregationTests
{
    [Fact]
    public async Task Series_that_differ_only_in_labels_that_were_given_up_are_one()
    {
        using var recording = Start(("ryot_inference_requests_total", ["endpoint", "error_type"]), ("ryot_inference_latency_seconds", ["batch_size", "generation_mode"]));
        recording.Succeed();
        recording.Succeed(endpoint: InferenceEndpoint.Stream, mode: GenerationMode.Streaming);
        recording.Start().Finish(recording.Now, RequestStatus.Error, FinishReason.Rejected, ErrorCause.Overloaded);
        var scrape = await recording.ScrapeAsync();
        Assert.Equal(
            [("success", 2d), ("error", 1), ("timeout", 0), ("partial", 0)],
            scrape.Matching("ryot_inference_requests_total", ("model", "tiny")).Select(sample => (sample.Labels["status"], sample.Value))
                .OrderByDescending(one => one.Value).ThenByDescending(one => one.Item1, StringComparer.Ordinal));
        Assert.All(scrape.Matching("ryot_inference_requests_total"), sample => Assert.Equal(["model", "status"], sample.Labels.Keys));
        Assert.Equal(2, scrape.One("ryot_inference_latency_seconds_count"));
        Assert.Equal(0.106, scrape.One("ryot_inference_latency_seconds_sum"), 1e-9);
    }

    [Fact]
    public async Task The_total_of_tokens_stays_the_sum_of_the_other_two()
    {
        using var modes = Start(("ryot_tokens_generated_total", ["generation_mode"]));
        modes.Succeed(10, 5);
        modes.Succeed(10, 5, mode: GenerationMode.Batch);
        Assert.Equal(
            [("prompt", 20d), ("completion", 10), ("total", 30)],
            (await modes.ScrapeAsync()).Matching("ryot_tokens_generated_total").Select(sample => (sample.Labels["token_type"], sample.Value))
                .OrderBy(one => Array.IndexOf(["prompt", "completion", "total"], one.Item1)));

        using var types = Start(("ryot_tokens_generated_total", ["token_type"]));
        types.Succeed(10, 5);
        Assert.Equal(15, (await types.ScrapeAsync()).Sum("ryot_tokens_generated_total"));
        using var both = Start(("ryot_tokens_generated_total", ["token_type", "generation_mode"]));
        both.Succeed(10, 5);
        Assert.Equal(15, (await both.ScrapeAsync()).One("ryot_tokens_generated_total"));
    }

    [Fact]
    public async Task A_model_that_moves_to_another_device_keeps_the_series_that_no_longer_name_it()
    {
        using var recording = Start(("ryot_ttft_latency_seconds", ["device"]), ("ryot_model_loading_time_seconds", ["device_type", "load_type"]));
        recording.Model.SetDescription(new ModelDescription { Architecture = "llama", Device = DeviceKind.Gpu });
        recording.Succeed();
        recording.Model.RecordLoad(LoadKind.Warm, LoadResult.Success, TimeSpan.FromSeconds(1));
        var scrape = await recording.ScrapeAsync();
        Assert.Equal(5, scrape.Matching("ryot_ttft_latency_seconds_count").Count());
        Assert.Equal(1, scrape.Sum("ryot_ttft_latency_seconds_count"));
        Assert.Equal(1, scrape.One("ryot_model_loading_time_seconds_count"));
    }

    [Fact]
    public async Task A_cost_model_that_changes_keeps_the_series_that_no_longer_name_it()
    {
        using var recording = Start(("ryot_token_cost_estimate_usd", ["cost_model"]));
        recording.Model.SetCostModel(CostModelKind.FixedRate);
        recording.Model.SetCostModel(CostModelKind.Tiered);
        recording.Admit().Cost(1, 2);
        Assert.Equal([1d, 2d], (await recording.ScrapeAsync()).Matching("ryot_token_cost_estimate_usd").Select(sample => sample.Value));
    }

    /// <summary>Every counter and histogram can give up every label but the model, one at a time, and the sums stay what they were.</summary>
    [Fact]
    public async Task Whatever_labels_are_given_up_the_sums_stay_the_same()
    {
        using var plain = new Recording();
        plain.RecordEverything();
        await plain.ScrapeAsync();
        var expected = await plain.ScrapeAsync();
        var live = MetricCatalogue.All.Where(metric => metric.IsLive && metric.Type != MetricType.Gauge).ToList();
        var choices = live.SelectMany(metric => metric.Labels.Where(label => label.Name != "model").Select(label => (metric.Name, label.Name))).ToList();
        Gen.Bool.Array[choices.Count].Sample(
            chosen =>
            {
                var merged = choices.Where((_, number) => chosen[number]).GroupBy(choice => choice.Item1)
                    .Select(group => (group.Key, group.Select(choice => choice.Item2).ToArray())).ToArray();
                using var recording = Start(merged);
                recording.RecordEverything();
                recording.ScrapeAsync().GetAwaiter().GetResult();
                var scrape = recording.ScrapeAsync().GetAwaiter().GetResult();
                foreach (var metric in live)
                {
                    // Without its type, the total is not counted on top of what it is the sum of.
                    var twice = metric.Name == "ryot_tokens_generated_total"
                        && merged.Any(one => one.Key == metric.Name && one.Item2.Contains("token_type"));
                    foreach (var name in metric.Type == MetricType.Counter ? (string[])[metric.Name] : [metric.Name + "_sum", metric.Name + "_count", metric.Name + "_bucket"])
                        Assert.Equal(expected.Sum(name) / (twice ? 2 : 1), scrape.Sum(name), 1e-9);
                    Assert.All(
                        scrape.Matching(metric.Name),
                        sample => Assert.Empty(sample.Labels.Keys.Intersect(merged.FirstOrDefault(one => one.Key == metric.Name).Item2 ?? [])));
                }

                Assert.Equal(scrape.Samples.Count, scrape.Samples.Select(sample => sample.Identity).Distinct().Count());
            },
            iter: 30);
    }

    [Fact]
    public void Names_that_do_not_exist_or_cannot_be_given_up_are_refused_all_at_once()
    {
        var options = new MetricsOptions();
        options.AggregatedLabels["ryot_nothing"] = ["model", "x"];
        options.AggregatedLabels["ryot_queue_depth"] = ["priority_level"];
        options.AggregatedLabels["ryot_requests_finished_total"] = ["finish_reason", "endpoint", "model"];
        options.AggregatedLabels["ryot_scheduler_step_tokens"] = ["phase"];
        Assert.Equal(
            [
                "AggregatedLabels: there is no metric named 'ryot_nothing'.",
                "AggregatedLabels: ryot_queue_depth is a gauge; only the series of counters and histograms can be merged.",
                "AggregatedLabels: ryot_requests_finished_total has no label 'endpoint'; it has model, finish_reason.",
                "AggregatedLabels: ryot_requests_finished_total: 'model' cannot be merged, since the series of a model go when it is removed.",
            ],
            options.Validate());
    }

    private static Recording Start(params (string Metric, string[] Labels)[] merged)
    {
        var options = new MetricsOptions();
        foreach (var (metric, labels) in merged)
            options.AggregatedLabels[metric] = labels;
        return new Recording(options);
    }
}
