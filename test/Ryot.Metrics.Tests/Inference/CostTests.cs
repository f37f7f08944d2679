namespace Ryot.Metrics.Tests;

public sealed class CostTests : IDisposable
{
    private const string Name = "ryot_token_cost_estimate_usd";

    private readonly Recording _recording = new();

    public void Dispose() => _recording.Dispose();

    [Fact]
    public async Task The_cost_of_requests_adds_up_by_kind_of_token()
    {
        _recording.Model.SetCostModel(CostModelKind.Dynamic);
        var scrape = await _recording.ScrapeAsync();
        Assert.Equal(
            [("prompt", "dynamic", 0d), ("completion", "dynamic", 0)],
            scrape.Matching(Name).Select(sample => (sample.Labels["token_type"], sample.Labels["cost_model"], sample.Value)));
        foreach (var usd in (double[])[0.5, 0.25])
        {
            var request = _recording.Admit();
            request.Cost(usd, usd * 2);
            request.Finish(_recording.Now, RequestStatus.Success, FinishReason.Stop);
        }

        scrape = await _recording.ScrapeAsync();
        Assert.Equal(0.75, scrape.One(Name, ("token_type", "prompt")));
        Assert.Equal(1.5, scrape.One(Name, ("token_type", "completion")));
        Assert.Equal(0, scrape.Sum("ryot_metrics_dropped_observations_total"));
    }

    [Fact]
    public async Task Another_cost_model_replaces_the_series_of_the_one_before_unless_they_were_used()
    {
        _recording.Model.SetCostModel(CostModelKind.FixedRate);
        _recording.Model.SetCostModel(CostModelKind.Tiered);
        _recording.Model.SetCostModel(CostModelKind.Tiered);
        Assert.Equal(["tiered", "tiered"], await KindsAsync());
        _recording.Admit().Cost(1, 0);
        _recording.Model.SetCostModel(CostModelKind.Dynamic);
        Assert.Equal(["dynamic", "dynamic", "tiered"], await KindsAsync());
        Assert.Equal(1, (await _recording.ScrapeAsync()).Sum(Name));
        _recording.Model.SetCostModel(CostModelKind.Tiered);
        _recording.Admit().Cost(2, 3);
        Assert.Equal(["tiered", "tiered"], await KindsAsync());
        Assert.Equal(6, (await _recording.ScrapeAsync()).Sum(Name));

        async Task<IEnumerable<string>> KindsAsync()
            => (await _recording.ScrapeAsync()).Matching(Name).Select(sample => sample.Labels["cost_model"]).Order();
    }

    [Fact]
    public async Task What_cannot_be_charged_is_dropped_and_counted()
    {
        _recording.Admit().Cost(1, 1);
        Assert.Empty((await _recording.ScrapeAsync()).Matching(Name));
        _recording.Model.SetCostModel(CostModelKind.FixedRate);
        var request = _recording.Admit();
        request.Cost(-1, double.NaN);
        request.Cost(double.PositiveInfinity, 0);
        request.Finish(_recording.Now, RequestStatus.Success, FinishReason.Stop);
        request.Cost(1, 1);
        _recording.Metrics.Unknown.StartRequest(InferenceEndpoint.Generate, GenerationMode.Standard, PriorityLevel.Normal, _recording.Now).Cost(1, 1);
        var scrape = await _recording.ScrapeAsync();
        Assert.Equal(0, scrape.Sum(Name));
        foreach (var reason in (string[])["inconsistent", "negative", "not_a_number", "infinite", "out_of_order", "unknown_model"])
            Assert.Equal(1, scrape.One("ryot_metrics_dropped_observations_total", ("reason", reason)));
    }

    [Fact]
    public async Task A_removed_model_has_no_cost_series_and_makes_none()
    {
        _recording.Model.SetCostModel(CostModelKind.FixedRate);
        var late = _recording.Admit();
        _recording.Metrics.RemoveModel(Recording.ModelId);
        late.Cost(1, 1);
        _recording.Model.SetCostModel(CostModelKind.Tiered);
        Assert.Empty((await _recording.ScrapeAsync()).Matching(Name));
    }

    /// <summary>A counter without <c>_total</c> under this name, or one with an exemplar, makes a Prometheus refuse the whole scrape.</summary>
    [Fact]
    public async Task The_name_is_the_same_in_every_format_and_never_carries_an_exemplar()
    {
        _recording.Model.SetCostModel(CostModelKind.FixedRate);
        var request = _recording.Start(exemplar: new ExemplarId("request-1"));
        request.Cost(0.5, 0.25);
        request.Finish(_recording.Now, RequestStatus.Success, FinishReason.Stop);

        string[] samples =
        [
            """ryot_token_cost_estimate_usd{model="tiny",token_type="prompt",cost_model="fixed_rate"} 0.5""",
            """ryot_token_cost_estimate_usd{model="tiny",token_type="completion",cost_model="fixed_rate"} 0.25""",
        ];
        var text = (await _recording.Metrics.Registry.TextAsync()).Split('\n');
        Assert.Equal(samples, text.Where(line => line.StartsWith(Name, StringComparison.Ordinal)));
        Assert.Contains("# TYPE ryot_token_cost_estimate_usd counter", text);
        var openMetrics = (await _recording.Metrics.Registry.TextAsync(ExpositionFormat.OpenMetrics)).Split('\n');
        Assert.Equal(samples, openMetrics.Where(line => line.StartsWith(Name, StringComparison.Ordinal)));
        Assert.Contains("# TYPE ryot_token_cost_estimate_usd unknown", openMetrics);
        Assert.Contains(openMetrics, line => line.Contains("# {request_id=\"request-1\"}", StringComparison.Ordinal));

        var family = (await _recording.Metrics.Registry.ProtobufAsync()).Single(one => one.Name == Name);
        Assert.Equal(Wire.MetricType.Counter, family.Type);
        Assert.Equal([0.5, 0.25], family.Metric.Select(metric => metric.Counter.Value));
        Assert.All(family.Metric, metric => Assert.Null(metric.Counter.Exemplar));
    }
}
