using System.Globalization;
using System.Text.Json;
using Ryot.Server.Configuration;
using Ryot.Server.Tests.Support;
using Ryot.Testing;
using Xunit;

namespace Ryot.Server.Tests;

/// <summary>What requests cost, by every kind of rates: in metrics, and told to clients where that is switched on.</summary>
public sealed class CostTests : IDisposable
{
    private const string Generate = "/v1/inference/generate";

    // 4 prompt tokens and 10 completion tokens.
    private const string Request = """{"model":"fake","prompt":"abcd","max_tokens":10,"ignore_eos":true}""";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Fixed_rates_are_the_default()
    {
        await using var server = await TestServer.StartAsync();
        Assert.Equal(0, Cost(await server.ScrapeAsync(), "fixed_rate", "prompt"));
        using var response = await server.PostAsync(Generate, Request);
        Assert.False(response.Headers.Contains("x-ryot-cost-usd"));
        var metrics = await server.ScrapeAsync();
        Assert.Equal(4 * 0.0015 / 1000, Cost(metrics, "fixed_rate", "prompt"), 12);
        Assert.Equal(10 * 0.006 / 1000, Cost(metrics, "fixed_rate", "completion"), 12);
    }

    [Fact]
    public async Task Clients_are_told_where_that_is_switched_on()
    {
        await using var server = await StartAsync("""{"Cost":{"PromptPer1000":1000,"CompletionPer1000":2000}}""", "--cost-in-response");
        using var response = await server.PostAsync(Generate, Request);
        Assert.Equal("24", Assert.Single(response.Headers.GetValues("x-ryot-cost-usd")));
        var answer = JsonElement.Parse(await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        Assert.Equal(24, answer.GetProperty("usage").GetProperty("cost_usd").GetDouble());

        var events = await server.PostForEventsAsync(
            "/v1/completions", """{"model":"fake","prompt":"abcd","max_tokens":10,"ignore_eos":true,"stream":true,"stream_options":{"include_usage":true}}""");
        Assert.Equal(24, JsonElement.Parse(events[^2]).GetProperty("usage").GetProperty("cost_usd").GetDouble());
        Assert.Equal(48, Cost(await server.ScrapeAsync(), "fixed_rate"), 9);
    }

    [Fact]
    public async Task Several_answers_to_one_prompt_cost_the_prompt_once()
    {
        await using var server = await StartAsync("""{"Cost":{"PromptPer1000":1000,"CompletionPer1000":0}}""");
        await server.PostForJsonAsync("/v1/completions", """{"model":"fake","prompt":"abcd","n":3,"max_tokens":2,"ignore_eos":true}""");
        Assert.Equal(4, Cost(await server.ScrapeAsync(), "fixed_rate"), 9);
    }

    [Fact]
    public async Task What_never_ran_costs_nothing()
    {
        await using var server = await StartAsync("""{"Cost":{"PromptPer1000":1000,"CompletionPer1000":1000}}""");
        await server.PostForErrorAsync(Generate, """{"model":"fake","prompt":""}""", 400);
        await server.PostForErrorAsync(Generate, """{"model":"nobody","prompt":"x"}""", 404);
        Assert.Equal(0, Cost(await server.ScrapeAsync(), "fixed_rate"));
    }

    [Fact]
    public async Task Tiered_rates_follow_the_volume_and_go_on_after_a_restart()
    {
        // 14 tokens a request: the first 14 and then 6 more cost 1 USD each, what follows 10 cents.
        var file = """
            {"Cost":{"Model":"Tiered","Tiers":[
                {"UpTo":20,"PromptPer1000":1000,"CompletionPer1000":1000},{"PromptPer1000":100,"CompletionPer1000":100}]}}
            """;
        string[] ledger = ["--cost-ledger", _folder.File("costs.db")];
        await using (var server = await StartAsync(file, ledger))
        {
            await server.PostForJsonAsync(Generate, Request);
            Assert.Equal(14, Cost(await server.ScrapeAsync(), "tiered"), 9);
        }
        await using var again = await StartAsync(file, ledger);
        Assert.Equal(0, Cost(await again.ScrapeAsync(), "tiered"));
        await again.PostForJsonAsync(Generate, Request);
        Assert.Equal(6 + 0.8, Cost(await again.ScrapeAsync(), "tiered"), 9);
    }

    [Fact]
    public async Task Dynamic_rates_share_out_exactly_the_time_that_the_engine_was_busy()
    {
        var backend = new FakeModelBackend { OnStep = _ => Thread.Sleep(2) };
        await using var server = await StartAsync("""{"Cost":{"Model":"Dynamic","MachinePricePerHour":3600}}""", backend);
        await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => server.PostForJsonAsync(Generate, Request)));
        // One USD for each second, so a request costs no more than it took, and all together no more than all the time since the start.
        var metrics = await server.ScrapeAsync();
        var decode = metrics.Sum("ryot_request_decode_time_seconds_sum") + metrics.Sum("ryot_request_prefill_time_seconds_sum");
        Assert.InRange(Cost(metrics, "dynamic"), 10 * 0.002, decode);
        Assert.True(Cost(metrics, "dynamic", "prompt") > 0 && Cost(metrics, "dynamic", "completion") > 0);
    }

    [Theory]
    [InlineData("""{"Cost":{"Model":"Tiered","Tiers":[{"PromptPer1000":1,"CompletionPer1000":1}]}}""", "--cost-ledger")]
    [InlineData("""{"Cost":{"Model":"Dynamic"}}""", "MachinePricePerHour")]
    [InlineData("""{"Cost":{"Model":"Cheap"}}""", "Cheap")]
    [InlineData("""{"Cost":{"PromptPer1000":-1}}""", "PromptPer1000")]
    public async Task Wrong_rates_are_told_at_start(string file, string told)
    {
        var exception = await Assert.ThrowsAsync<ConfigurationException>(() => StartAsync(file));
        Assert.Contains(told, exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_ledger_that_is_no_database_is_told_at_start()
    {
        var path = _folder.Write("costs.db", new string('x', 5000));
        var exception = await Assert.ThrowsAsync<ConfigurationException>(() => TestServer.StartAsync("--cost-ledger", path));
        Assert.Contains(path, exception.Message, StringComparison.Ordinal);
    }

    /// <summary>OpenMetrics knows no counter without `_total`: one typed so makes Prometheus drop the whole target.</summary>
    [Theory]
    [InlineData("text/plain; version=0.0.4", "# TYPE ryot_token_cost_estimate_usd counter")]
    [InlineData("application/openmetrics-text; version=1.0.0", "# TYPE ryot_token_cost_estimate_usd unknown")]
    public async Task The_metric_keeps_its_name_in_every_format(string accept, string type)
    {
        await using var server = await TestServer.StartAsync();
        await server.PostForJsonAsync(Generate, Request);
        using var request = new HttpRequestMessage(HttpMethod.Get, "/metrics");
        request.Headers.TryAddWithoutValidation("Accept", accept);
        using var response = await server.Client.SendAsync(request, TestContext.Current.CancellationToken);
        var lines = (await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).Split('\n');
        Assert.Contains(type, lines);
        var samples = lines.Where(line => line.StartsWith("ryot_token_cost_estimate_usd", StringComparison.Ordinal)).ToList();
        Assert.Equal(2, samples.Count);
        Assert.All(samples, line => Assert.StartsWith("ryot_token_cost_estimate_usd{", line, StringComparison.Ordinal));
        Assert.All(samples, line => Assert.DoesNotContain('#', line));
        Assert.All(samples, line => Assert.True(double.Parse(line[(line.LastIndexOf(' ') + 1)..], CultureInfo.InvariantCulture) > 0));
    }

    private static double Cost(MetricsText metrics, string model, string? type = null) => type is null
        ? metrics.Sum("ryot_token_cost_estimate_usd", ("model", TestServer.Model), ("cost_model", model))
        : metrics.Sum("ryot_token_cost_estimate_usd", ("model", TestServer.Model), ("cost_model", model), ("token_type", type));

    private Task<TestServer> StartAsync(string section, params string[] arguments) => StartAsync(section, new FakeModelBackend(), arguments);

    private Task<TestServer> StartAsync(string section, FakeModelBackend backend, params string[] arguments) =>
        TestServer.StartAsync(backend, ["--config", _folder.Write("ryot.json", $"{{\"Ryot\":{section}}}"), .. arguments]);
}
