using System.Text.Json;
using Ryot.Server.Tests.Support;
using Xunit;

namespace Ryot.Server.Tests;

/// <summary>What clients and metrics are told of prompts that were in the cache.</summary>
public sealed class PromptCacheTests
{
    private const string Prompt = "You are a friendly assistant who answers in one sentence.";

    [Fact]
    public async Task Usage_and_metrics_tell_what_was_reused()
    {
        await using var server = await TestServer.StartAsync();
        Assert.Equal(0, await CachedAsync(server, Prompt));
        Assert.Equal(Prompt.Length - 1, await CachedAsync(server, Prompt));
        Assert.Equal(Prompt.Length, await CachedAsync(server, Prompt + " Why?"));
        Assert.Equal(0, await CachedAsync(server, Prompt, """, "cache_prompt": false"""));

        var metrics = await server.ScrapeAsync();
        Assert.Equal(2 * Prompt.Length - 1, metrics.Sum("ryot_prompt_cache_tokens_total", ("source", "reused")));
        Assert.Equal(2 * Prompt.Length + 1 + " Why?".Length, metrics.Sum("ryot_prompt_cache_tokens_total", ("source", "computed")));
        Assert.Equal(3, metrics.Sum("ryot_prompt_cache_effectiveness_count", ("context_reuse_window", "1h")));
        // LMCache#1260: the hit rate was always 1.
        Assert.Equal((2 * Prompt.Length - 1.0) / (4 * Prompt.Length + 5), metrics.Sum("ryot_kv_cache_hit_ratio", ("context_type", "standard")), 9);
        Assert.Equal(1, metrics.Count("ryot_kv_cache_hit_ratio"));
    }

    [Fact]
    public async Task A_conversation_is_told_apart_and_reuses_its_earlier_turns()
    {
        await using var server = await TestServer.StartAsync();
        var first = await server.PostForJsonAsync(
            "/v1/chat/completions", """{"model":"fake","messages":[{"role":"user","content":"Tell me about the sea, please."}]}""");
        var answer = first.GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString();
        var body = JsonSerializer.Serialize(new
        {
            model = "fake",
            messages = (object[])
            [
                new { role = "user", content = "Tell me about the sea, please." }, new { role = "assistant", content = answer },
                new { role = "user", content = "And the land?" },
            ],
        });
        var second = await server.PostForJsonAsync("/v1/chat/completions", body);
        Assert.True(Cached(second) > first.GetProperty("usage").GetProperty("prompt_tokens").GetInt32(), "The answer was not found again.");
        var metrics = await server.ScrapeAsync();
        Assert.True(metrics.Sum("ryot_kv_cache_hit_ratio", ("context_type", "conversation")) > 0.5);
        Assert.Equal(0, metrics.Sum("ryot_kv_cache_hit_ratio", ("context_type", "standard")));
    }

    [Fact]
    public async Task Without_the_prefix_cache_nothing_is_reused()
    {
        await using var server = await TestServer.StartAsync("--no-prefix-cache");
        await CachedAsync(server, Prompt);
        Assert.Equal(0, await CachedAsync(server, Prompt));
    }

    private static async Task<int> CachedAsync(TestServer server, string prompt, string more = "") => Cached(await server.PostForJsonAsync(
        "/v1/inference/generate", $$"""{"model":"fake","prompt":"{{prompt}}","max_tokens":3{{more}}}"""));

    private static int Cached(JsonElement answer) =>
        answer.GetProperty("usage").GetProperty("prompt_tokens_details").GetProperty("cached_tokens").GetInt32();
}
