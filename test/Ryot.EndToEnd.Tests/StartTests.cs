using System.Net;
using System.Text.Json;
using Ryot.EndToEnd.Tests.Support;
using Ryot.Testing.Models;
using Xunit;

namespace Ryot.EndToEnd.Tests;

/// <summary>What the process does with a configuration or a model that is no good.</summary>
public sealed class StartTests
{
    [Fact]
    public async Task All_problems_of_a_configuration_are_told_at_once_and_the_exit_code_is_2()
    {
        await using var server = await RyotProcess.LaunchAsync(
            "--model", "/nowhere/model.gguf", "--urls", "http://0.0.0.0:0", "--paralel", "4", "--batch-tokens", "many", "--timeout", "-1");
        Assert.Equal(2, await server.WaitForExitAsync());
        var problems = server.Log.Split('\n').Where(line => line.StartsWith("  - ", StringComparison.Ordinal)).ToList();
        Assert.Equal(5, problems.Count);
        string[] parts =
            ["no file '/nowhere/model.gguf'", "http://0.0.0.0:0: set a key", "Did you mean --parallel?", "--batch-tokens", "--timeout"];
        foreach (var part in parts)
            Assert.Contains(problems, problem => problem.Contains(part, StringComparison.Ordinal));
        Assert.DoesNotContain("   at ", server.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Help_and_version_are_printed()
    {
        await using var help = await RyotProcess.LaunchAsync("--help");
        Assert.Equal(0, await help.WaitForExitAsync());
        Assert.Contains("--context-length TOKENS", help.Log, StringComparison.Ordinal);
        await using var version = await RyotProcess.LaunchAsync("--version");
        Assert.Equal(0, await version.WaitForExitAsync());
        Assert.Matches(@"^\d+\.\d+\.\d+", version.Log);
    }

    /// <summary>The process stays, so that an orchestrator sees a pod that is alive and not ready, and its operator reads why.</summary>
    [Theory]
    [InlineData("no GGUF", "is no GGUF file")]
    [InlineData("empty", "is empty")]
    [InlineData("truncated", "truncated|incomplete|ends")]
    [InlineData("unknown architecture", "has the architecture 'llamb', which llama.cpp")]
    public async Task A_model_that_cannot_be_loaded_is_told_by_the_log_by_health_and_by_every_answer(string damage, string reason)
    {
        await using var server = await RyotProcess.LaunchAsync(RyotProcess.ForModel(Spoil(damage)));
        await server.WaitUntilListeningAsync();
        await server.WaitForAsync(
            () => Task.FromResult(server.Log.Contains("could not be loaded", StringComparison.Ordinal)), "it gives the model up");

        using var health = await server.Http.GetAsync("/health/ready", TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, health.StatusCode);
        var body = await health.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        var model = JsonElement.Parse(body).GetProperty("models")[0];
        Assert.Equal("failed", model.GetProperty("status").GetString());
        Assert.Matches(reason, model.GetProperty("detail").GetString()!);
        using var live = await server.Http.GetAsync("/health/live", TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, live.StatusCode);

        var error = (await server.PostForJsonAsync("/v1/completions", """{"model":"tiny","prompt":"Hi"}""", 503)).GetProperty("error");
        Assert.Equal("model_unavailable", error.GetProperty("code").GetString());
        Assert.Matches(reason, error.GetProperty("message").GetString()!);
        Assert.DoesNotContain("   at ", server.Log, StringComparison.Ordinal);

        // Failures are counted whatever their status (a model that cannot load is no reason to count none).
        var metrics = await server.ScrapeAsync();
        Assert.Equal(1, metrics.Sum(
            "ryot_inference_requests_total",
            ("model", "tiny"), ("status", "error"), ("endpoint", "generate"), ("error_type", "model_error")));
        Assert.Equal(1, metrics.Sum("ryot_inference_errors_total", ("model", "tiny"), ("error_type", "inference_error")));
        Assert.Equal(1, metrics.Sum("ryot_requests_finished_total", ("model", "tiny"), ("finish_reason", "rejected")));
        Assert.Equal(1, metrics.Sum("ryot_model_load_attempts_total", ("model", "tiny"), ("result", "failed"), ("load_type", "cold")));
        Assert.Equal(0, metrics.Sum("ryot_model_load_attempts_total", ("result", "success")));
        Assert.Equal(0, metrics.Sum("ryot_model_loading_time_seconds_count"));
        Assert.Equal(0, metrics.Count("ryot_model_info"));
        Assert.Equal(0, metrics.Count("ryot_kv_cache_capacity_tokens"));

        server.SignalStop();
        Assert.Equal(0, await server.WaitForExitAsync());
    }

    private static string Spoil(string damage)
    {
        var path = TestModels.NewFile("spoilt.gguf");
        var good = File.ReadAllBytes(TestModels.Llama());
        switch (damage)
        {
            case "no GGUF":
                File.WriteAllText(path, "This is a text about models, and it is long enough to have a header, if it had one.");
                break;
            case "empty":
                File.WriteAllBytes(path, []);
                break;
            case "truncated":
                File.WriteAllBytes(path, good[..(good.Length / 2)]);
                break;
            default:
                // The first place where the name is written is the architecture's value.
                var name = good.AsSpan().IndexOf("llama"u8);
                good[name + 4] = (byte)'b';
                File.WriteAllBytes(path, good);
                break;
        }
        return path;
    }
}
