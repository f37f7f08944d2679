using System.Net;
using System.Text;
using Ryot.Server.Tests.Support;
using Xunit;

namespace Ryot.Server.Tests;

public sealed class ApiKeyTests
{
    [Theory]
    [InlineData("Bearer first", 200)]
    [InlineData("bearer second", 200)]
    [InlineData("Bearer third", 401)]
    [InlineData("Bearer firs", 401)]
    [InlineData("Bearer ", 401)]
    [InlineData("Basic first", 401)]
    [InlineData(null, 401)]
    public async Task Only_the_configured_keys_open_the_API(string? authorization, int status)
    {
        await using var server = await TestServer.StartAsync("--api-key", "first,second");
        foreach (var (method, path) in ((HttpMethod, string)[])[(HttpMethod.Post, "/v1/completions"), (HttpMethod.Get, "/v1/models"), (HttpMethod.Get, "/v1/models/fake")])
        {
            using var request = new HttpRequestMessage(method, path);
            if (method == HttpMethod.Post)
                request.Content = new StringContent("""{"model":"fake","prompt":"Hi"}""", Encoding.UTF8, "application/json");
            if (authorization is not null)
                request.Headers.TryAddWithoutValidation("Authorization", authorization);
            using var response = await server.Client.SendAsync(request, TestContext.Current.CancellationToken);
            Assert.Equal(status, (int)response.StatusCode);
            Assert.Equal(status == 401, response.Headers.WwwAuthenticate.Count > 0);
        }
        var metrics = await server.ScrapeCountedAsync(1);
        Assert.Equal(status == 401 ? 1 : 0, metrics.Sum("ryot_inference_requests_total", ("model", "unknown"), ("error_type", "invalid_request")));
    }

    [Theory]
    [InlineData("/metrics")]
    [InlineData("/health/live")]
    [InlineData("/health/ready")]
    [InlineData("/")]
    public async Task Scrapers_and_probes_need_no_key(string path)
    {
        await using var server = await TestServer.StartAsync("--api-key", "secret");
        using var response = await server.Client.GetAsync(path, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.DoesNotContain("secret", await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Keys_may_be_in_a_file()
    {
        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, "one\n\n two \n", TestContext.Current.CancellationToken);
        try
        {
            await using var server = await TestServer.StartAsync("--api-key-file", file);
            using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/models");
            request.Headers.Add("Authorization", "Bearer two");
            using var response = await server.Client.SendAsync(request, TestContext.Current.CancellationToken);
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        }
        finally
        {
            File.Delete(file);
        }
    }
}
