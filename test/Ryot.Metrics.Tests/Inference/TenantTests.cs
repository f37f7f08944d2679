using CsCheck;

namespace Ryot.Metrics.Tests;

public sealed class TenantTests
{
    private static readonly string[] _metrics =
        ["ryot_inference_requests_total", "ryot_tokens_generated_total", "ryot_token_cost_estimate_usd"];

    [Fact]
    public async Task Without_the_option_nothing_is_told_of_tenants()
    {
        using var recording = new Recording();
        recording.Model.SetCostModel(CostModelKind.FixedRate);
        var before = (await recording.ScrapeAsync()).Samples.Select(sample => sample.Identity);
        Request(recording, "acme");
        var after = (await recording.ScrapeAsync()).Samples.Select(sample => sample.Identity).ToList();
        Assert.Empty(after.Except([.. before, "ryot_metrics_scrape_duration_seconds{}"]));
        Assert.DoesNotContain("tenant=", string.Join('\n', after), StringComparison.Ordinal);
        Assert.Equal(1, (await recording.ScrapeAsync()).Sum("ryot_inference_requests_total"));
    }

    [Fact]
    public async Task The_series_of_allowed_tenants_exist_at_zero_for_every_model()
    {
        using var recording = Start(new TenantOptions { Allowed = ["acme", "globex"] });
        recording.Metrics.AddModel("second", default).SetCostModel(CostModelKind.Tiered);
        var scrape = await recording.ScrapeAsync();
        foreach (var metric in _metrics)
        {
            foreach (var model in (string[])["tiny", "second"])
            {
                Assert.Equal(
                    ["", "acme", "globex", "other"],
                    scrape.Matching(metric, ("model", model)).Select(Tenant).Distinct().Order(StringComparer.Ordinal));
            }

            Assert.Equal(0, scrape.Sum(metric));
        }

        Assert.NotEmpty(scrape.Matching("ryot_inference_requests_total", ("model", "unknown"), ("tenant", "acme")));
        Assert.DoesNotContain(scrape.Samples, sample => sample.Labels.ContainsKey("tenant") && !_metrics.Contains(sample.Name));
    }

    [Fact]
    public async Task Requests_tokens_and_cost_count_under_their_tenant()
    {
        using var recording = Start(new TenantOptions { Allowed = ["acme"] });
        Request(recording, "acme");
        Request(recording, "new");
        Request(recording, "new");
        Request(recording, null);
        Request(recording, "");
        var scrape = await recording.ScrapeAsync();
        foreach (var (tenant, requests) in ((string, int)[])[("acme", 1), ("new", 2), ("", 2)])
        {
            Assert.Equal(requests, scrape.One("ryot_inference_requests_total", ("model", "tiny"), ("status", "success"), ("endpoint", "generate"), ("tenant", tenant)));
            Assert.Equal(requests * 10, scrape.Sum("ryot_tokens_generated_total", ("token_type", "prompt"), ("tenant", tenant)));
            Assert.Equal(requests * 2, scrape.Sum("ryot_tokens_generated_total", ("token_type", "completion"), ("tenant", tenant)));
            Assert.Equal(requests * 12, scrape.Sum("ryot_tokens_generated_total", ("token_type", "total"), ("tenant", tenant)));
            Assert.Equal(requests * 0.5, scrape.One("ryot_token_cost_estimate_usd", ("token_type", "prompt"), ("tenant", tenant)));
        }

        Assert.Equal(0, scrape.Sum("ryot_metrics_dropped_observations_total"));
    }

    [Fact]
    public async Task Tenants_beyond_the_limit_are_other_and_each_of_their_requests_is_counted_once()
    {
        using var recording = Start(new TenantOptions { MaxTenants = 3, Allowed = ["acme"] });
        foreach (var tenant in (string[])["a", "b", "c", "d", "c", "a", "acme", "other"])
            Request(recording, tenant);
        var scrape = await recording.ScrapeAsync();
        Assert.Equal(
            [("a", 2), ("acme", 1), ("b", 1), ("other", 4)],
            scrape.Matching("ryot_inference_requests_total", ("model", "tiny")).GroupBy(Tenant)
                .Select(group => (group.Key, group.Sum(sample => sample.Value))).Where(group => group.Item2 > 0)
                .OrderBy(group => group.Key, StringComparer.Ordinal));
        Assert.Equal(3, scrape.One("ryot_metrics_dropped_observations_total", ("reason", "tenant_limit")));
    }

    [Theory]
    [InlineData("new\nline")]
    [InlineData("zero\0")]
    [InlineData("escape\u001b[31m")]
    [InlineData("12345678901234567890123456789012345678901234567890123456789012345")]
    public async Task Names_that_cannot_be_are_other_and_take_no_place(string name)
    {
        using var recording = Start(new TenantOptions { MaxTenants = 1 });
        Request(recording, name);
        Request(recording, "1234567890123456789012345678901234567890123456789012345678901234");
        var scrape = await recording.ScrapeAsync();
        Assert.Equal(1, scrape.Sum("ryot_inference_requests_total", ("tenant", "other")));
        Assert.Equal(1, scrape.Sum("ryot_inference_requests_total", ("tenant", "1234567890123456789012345678901234567890123456789012345678901234")));
        Assert.Equal(0, scrape.Sum("ryot_metrics_dropped_observations_total"));
    }

    [Fact]
    public async Task Requests_for_models_that_do_not_exist_have_a_tenant_too()
    {
        using var recording = Start(new TenantOptions());
        recording.Metrics.Unknown
            .StartRequest(InferenceEndpoint.Generate, GenerationMode.Standard, PriorityLevel.Normal, recording.Now, tenant: "acme")
            .Finish(recording.Now, RequestStatus.Error, FinishReason.Rejected, ErrorCause.ModelNotFound);
        var scrape = await recording.ScrapeAsync();
        Assert.Equal(1, scrape.Sum("ryot_inference_requests_total", ("model", "unknown"), ("tenant", "acme")));
        Assert.Empty(scrape.Matching("ryot_tokens_generated_total", ("model", "unknown")));
    }

    [Fact]
    public async Task A_removed_model_takes_its_tenants_series_with_it_and_makes_no_new_ones()
    {
        using var recording = Start(new TenantOptions());
        Request(recording, "acme");
        var late = recording.Admit(tenant: "acme");
        recording.Metrics.RemoveModel(Recording.ModelId);
        late.Finish(recording.Now, RequestStatus.Success, FinishReason.Stop);
        Request(recording, "newcomer");
        Assert.DoesNotContain((await recording.ScrapeAsync()).Samples, sample => sample.Labels.GetValueOrDefault("model") == Recording.ModelId);

        recording.Metrics.AddModel(Recording.ModelId, default);
        var scrape = await recording.ScrapeAsync();
        Assert.Equal(0, scrape.Sum("ryot_inference_requests_total", ("model", Recording.ModelId)));
        Assert.Empty(scrape.Matching("ryot_inference_requests_total", ("model", Recording.ModelId), ("tenant", "acme")));
    }

    [Fact]
    public async Task A_cost_model_that_changes_changes_for_every_tenant()
    {
        using var recording = Start(new TenantOptions());
        Request(recording, "acme");
        recording.Admit(tenant: "idle");
        recording.Model.SetCostModel(CostModelKind.Dynamic);
        Request(recording, "acme");
        var scrape = await recording.ScrapeAsync();
        Assert.Equal(0.5, scrape.One("ryot_token_cost_estimate_usd", ("tenant", "acme"), ("token_type", "prompt"), ("cost_model", "dynamic")));
        Assert.Equal(0.5, scrape.One("ryot_token_cost_estimate_usd", ("tenant", "acme"), ("token_type", "prompt"), ("cost_model", "fixed_rate")));
        Assert.Equal(["dynamic", "dynamic"], scrape.Matching("ryot_token_cost_estimate_usd", ("tenant", "idle")).Select(sample => sample.Labels["cost_model"]));
    }

    [Fact]
    public void Any_tenants_add_up_to_all_requests_in_a_bounded_number_of_series()
        => Gen.Select(Gen.Int[1, 5], Gen.String[Gen.Char["ab\n"], 0, 3].Array[0, 40]).Sample(
            (most, tenants) =>
            {
                using var recording = Start(new TenantOptions { MaxTenants = most });
                foreach (var tenant in tenants)
                    Request(recording, tenant);
                var scrape = recording.ScrapeAsync().GetAwaiter().GetResult();
                Assert.Equal(tenants.Length, scrape.Sum("ryot_inference_requests_total"));
                Assert.Equal(tenants.Length * 12, scrape.Sum("ryot_tokens_generated_total", ("token_type", "total")));
                Assert.InRange(scrape.Matching("ryot_inference_requests_total").Select(Tenant).Distinct().Count(), 2, most + 2);
                var own = tenants.Where(IsName).Distinct().Take(most).ToHashSet();
                Assert.Equal(
                    tenants.Count(tenant => IsName(tenant) && !own.Contains(tenant)),
                    scrape.One("ryot_metrics_dropped_observations_total", ("reason", "tenant_limit")));
            },
            iter: 50);

    [Fact]
    public async Task Requests_on_many_threads_keep_the_limit_and_add_up()
    {
        using var recording = Start(new TenantOptions { MaxTenants = 5 });
        Parallel.For(0, 4, thread =>
        {
            for (var number = 0; number < 500; number++)
                Request(recording, $"tenant {(number + thread) % 8}");
        });
        var scrape = await recording.ScrapeAsync();
        Assert.Equal(2000, scrape.Sum("ryot_inference_requests_total"));
        Assert.Equal(7, scrape.Matching("ryot_inference_requests_total").Select(Tenant).Distinct().Count());
        Assert.Equal(
            scrape.Sum("ryot_inference_requests_total", ("tenant", "other")),
            scrape.One("ryot_metrics_dropped_observations_total", ("reason", "tenant_limit")));
    }

    [Fact]
    public void Choices_that_cannot_be_are_refused_all_at_once()
    {
        Assert.Equal(
            [
                "Tenants: 6 are allowed, but MaxTenants is 2.",
                "Tenants: an allowed tenant has no name.",
                "Tenants: 'a\tb' is not a name; it has at most 64 characters and no control characters.",
                "Tenants: 'other' is reserved for the tenants that have no series of their own.",
                "Tenants: 'twice' is allowed more than once.",
            ],
            new MetricsOptions { Tenants = new TenantOptions { MaxTenants = 2, Allowed = ["fine", "", "a\tb", "other", "twice", "twice"] } }.Validate());
        Assert.Equal(
            ["Tenants: MaxTenants is 0, but at least 1 is needed; leave the option out for none."],
            new MetricsOptions { Tenants = new TenantOptions { MaxTenants = 0 } }.Validate());
        Assert.Empty(new MetricsOptions { Tenants = new TenantOptions { MaxTenants = 1, Allowed = ["a"] } }.Validate());
    }

    private static bool IsName(string tenant) => tenant.Length > 0 && !tenant.Contains('\n', StringComparison.Ordinal);

    private static string Tenant(Sample sample) => sample.Labels.GetValueOrDefault("tenant", "");

    private static Recording Start(TenantOptions options)
    {
        var recording = new Recording(new MetricsOptions { Tenants = options });
        recording.Model.SetCostModel(CostModelKind.FixedRate);
        return recording;
    }

    private static void Request(Recording recording, string? tenant)
    {
        var request = recording.Admit(10, tenant: tenant);
        request.Token(0, recording.Now);
        request.Token(0, recording.Now);
        request.Cost(0.5, 0.25);
        request.Finish(recording.Now, RequestStatus.Success, FinishReason.Stop);
    }
}
