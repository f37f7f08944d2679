using Ryot.Server.Tests.Support;
using Xunit;

namespace Ryot.Server.Tests;

public sealed class ModelsTests
{
    private const string Loaded = """
        "object":"model","created":-1,"owned_by":"ryot","status":"ready","load_progress":1,"details":{
          "architecture":"fake","quantization":"F32","parameters":1,"size_bytes":4,"context_length":4096,"trained_context_length":4096,
          "kv_capacity_tokens":4096,"parallel":16,"batch_tokens":512,"device":"cpu"}
        """;

    [Fact]
    public async Task Models_are_listed_with_their_aliases_in_the_shape_of_the_OpenAI_API()
    {
        await using var server = await TestServer.StartAsync("--alias", "other", "--alias", "meta/llama");
        Json.AssertMatches(
            """
            {"object":"list","data":[
              {"id":"fake",@},
              {"id":"other",@},
              {"id":"meta/llama",@}]}
            """.Replace("@", Loaded, StringComparison.Ordinal),
            await GetAsync(server, "/v1/models"));
        foreach (var path in (string[])["fake", "other", "meta/llama", "meta%2Fllama"])
        {
            Json.AssertMatches(
                $$"""{"id":"{{Uri.UnescapeDataString(path)}}",{{Loaded}}}""",
                await GetAsync(server, "/v1/models/" + path));
        }
        Assert.Equal("list", (await GetAsync(server, "/v1/models/")).GetProperty("object").GetString());
    }

    [Fact]
    public async Task An_alias_is_served_and_counted_under_the_models_own_name()
    {
        await using var server = await TestServer.StartAsync("--alias", "other");
        var answer = await server.PostForJsonAsync("/v1/completions", """{"model":"other","prompt":"Hi"}""");
        Assert.Equal("fake", answer.GetProperty("model").GetString());
        Assert.Equal(1, (await server.ScrapeCountedAsync(1)).Sum("ryot_inference_requests_total", ("model", "fake"), ("status", "success")));
    }

    [Fact]
    public async Task The_home_page_links_what_there_is_and_needs_nothing_from_elsewhere()
    {
        await using var server = await TestServer.StartAsync();
        var page = await server.Client.GetStringAsync("/", TestContext.Current.CancellationToken);
        foreach (var part in (string[])["/metrics", "/health/live", "/health/ready", "/v1/models", "curl http://127.0.0.1:", "\"model\": \"fake\"", "state ready"])
            Assert.Contains(part, page, StringComparison.Ordinal);
        Assert.DoesNotContain("{model", page.Replace("{\"model\"", "", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.DoesNotContain("src=", page, StringComparison.Ordinal);
        Assert.DoesNotContain("https://", page, StringComparison.Ordinal);
    }

    private static async Task<System.Text.Json.JsonElement> GetAsync(TestServer server, string path) =>
        System.Text.Json.JsonElement.Parse(await server.Client.GetStringAsync(path, TestContext.Current.CancellationToken));
}
