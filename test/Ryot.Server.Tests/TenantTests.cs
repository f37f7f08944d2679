using Ryot.Server.Tests.Support;
using Ryot.Testing;
using Xunit;

namespace Ryot.Server.Tests;

public sealed class TenantTests : IDisposable
{
    private static readonly string[] _names = ["ryot_inference_requests_total", "ryot_tokens_generated_total", "ryot_token_cost_estimate_usd"];

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Without_the_option_no_series_has_the_label()
    {
        await using var server = await TestServer.StartAsync();
        await SendAsync(server, "someone");
        Assert.DoesNotContain((await server.ScrapeAsync()).Samples, sample => sample.Labels.ContainsKey("tenant"));
    }

    [Fact]
    public async Task Requests_tokens_and_cost_are_told_apart_by_the_header_up_to_the_cap()
    {
        await using var server = await StartAsync("""{"Tenants":{"Source":"header","Header":"x-team","Allowed":["red"],"Max":2}}""");
        Assert.Equal(0, Sum(await server.ScrapeAsync(), _names[0], "red"));
        Assert.True((await server.ScrapeAsync()).Count(_names[0], ("tenant", "red")) > 0, "An allowed tenant's series are not there at the start.");
        foreach (var tenant in (string?[])["red", "red", "blue", "green", "yellow", null])
            await SendAsync(server, tenant, "x-team");

        var metrics = await server.ScrapeAsync();
        Assert.Equal(2, Sum(metrics, _names[0], "red"));
        Assert.Equal(1, Sum(metrics, _names[0], "blue"));
        Assert.Equal(2, Sum(metrics, _names[0], "other"));
        Assert.Equal(6, metrics.Sum(_names[0]));
        foreach (var name in _names)
        {
            Assert.True(Sum(metrics, name, "red") > Sum(metrics, name, "blue"), name);
            Assert.True(Sum(metrics, name, "blue") > 0, name);
            Assert.DoesNotContain(metrics.Samples, sample => sample.Name == name && sample.Labels.GetValueOrDefault("tenant") is "green" or "yellow");
        }
        Assert.Equal(2, metrics.Sum("ryot_metrics_dropped_observations_total", ("reason", "tenant_limit")));
    }

    [Fact]
    public async Task A_key_s_name_is_the_tenant_where_that_is_the_source()
    {
        await using var server = await StartAsync(
            """{"Tenants":{"Source":"api_key"}}""", "--api-key-file", _folder.Write("keys", "red:secret-1\nblue:secret-2\n"));
        await SendAsync(server, "Bearer secret-1", "Authorization");
        await SendAsync(server, "Bearer secret-2", "Authorization");
        // Neither a header nor a wrong key speaks for a tenant.
        using var request = CreateRequest("Bearer wrong", "Authorization");
        request.Headers.Add("x-tenant", "purple");
        using var response = await server.Client.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal(401, (int)response.StatusCode);

        var metrics = await server.ScrapeAsync();
        Assert.Equal(1, metrics.Sum(_names[0], ("tenant", "red"), ("status", "success")));
        Assert.Equal(1, metrics.Sum(_names[0], ("tenant", "blue"), ("status", "success")));
        Assert.DoesNotContain(metrics.Samples, sample => sample.Labels.GetValueOrDefault("tenant") == "purple");
    }

    private static double Sum(MetricsText metrics, string name, string tenant) => metrics.Sum(name, ("tenant", tenant));

    private static async Task SendAsync(TestServer server, string? tenant, string header = "x-tenant")
    {
        using var request = CreateRequest(tenant, header);
        using var response = await server.Client.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    private static HttpRequestMessage CreateRequest(string? value, string header)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, "/v1/inference/generate")
        {
            Content = new StringContent("""{"model":"fake","prompt":"ab","max_tokens":3}""", System.Text.Encoding.UTF8, "application/json"),
        };
        if (value is not null)
            request.Headers.TryAddWithoutValidation(header, value);
        return request;
    }

    private Task<TestServer> StartAsync(string section, params string[] arguments) =>
        TestServer.StartAsync(new FakeModelBackend(), ["--config", _folder.Write("ryot.json", $"{{\"Ryot\":{section}}}"), .. arguments]);
}
