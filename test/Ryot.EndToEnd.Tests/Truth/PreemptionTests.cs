using System.Text.Json;
using Ryot.EndToEnd.Tests.Support;
using Ryot.Testing.Models;
using Xunit;

namespace Ryot.EndToEnd.Tests.Truth;

/// <summary>Sequences that give their cells up to others lose nothing, and count nothing twice.</summary>
public sealed class PreemptionTests
{
    /// <summary>
    /// vllm#43736: hits were counted again when a request was scheduled again; vllm#25780: recomputation after a preemption made the hit rate fall.
    /// </summary>
    [Fact]
    public async Task What_is_computed_again_counts_as_wasted_and_not_as_prompt_or_completion()
    {
        // Each of four fits, all together do not.
        await using var server = await RyotProcess.StartAsync(TestModels.Llama(), "--context-length", "512", "--parallel", "4");
        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => server.PostForJsonAsync(
            "/v1/completions",
            $"{{\"model\":\"tiny\",\"prompt\":\"Once upon a time there were {i}\",\"max_tokens\":300,\"ignore_eos\":true}}")));
        var metrics = await server.ScrapeIdleAsync(answers.Length);

        var prompt = answers.Sum(answer => Usage(answer, "prompt_tokens"));
        Assert.All(answers, answer => Assert.Equal(300, Usage(answer, "completion_tokens")));
        var completion = 300 * answers.Length;
        Assert.True(metrics.Sum("ryot_preemptions_total") > 0);
        Assert.Equal(prompt, metrics.Sum("ryot_tokens_generated_total", ("token_type", "prompt")));
        Assert.Equal(completion, metrics.Sum("ryot_tokens_generated_total", ("token_type", "completion")));
        Assert.Equal(prompt, metrics.Sum("ryot_request_prompt_tokens_sum"));
        Assert.Equal(completion, metrics.Sum("ryot_request_completion_tokens_sum"));
        Assert.Equal(completion, metrics.Sum("ryot_batch_size_distribution_sum"));
        Assert.Equal(completion - answers.Length, metrics.Sum("ryot_inter_token_latency_seconds_count"));
        Assert.Equal(answers.Length, metrics.Sum("ryot_request_queue_time_seconds_count"));
        // Every token was computed or reused once but for the last of each sequence, and again what was lost and not found again.
        var reused = metrics.Sum("ryot_prompt_cache_tokens_total", ("source", "reused"));
        Assert.Equal(prompt, reused + metrics.Sum("ryot_prompt_cache_tokens_total", ("source", "computed")));
        var wasted = metrics.Sum("ryot_wasted_tokens_total", ("cause", "preempted"));
        Assert.True(wasted > 0);
        Assert.Equal(wasted, metrics.Sum("ryot_wasted_tokens_total"));
        Assert.Equal(prompt - reused + completion - answers.Length + wasted, metrics.Sum("ryot_scheduler_step_tokens_sum"));
    }

    private static int Usage(JsonElement answer, string name) => answer.GetProperty("usage").GetProperty(name).GetInt32();
}
