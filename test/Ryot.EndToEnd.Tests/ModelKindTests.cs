using Ryot.EndToEnd.Tests.Support;
using Ryot.Testing.Models;
using Xunit;

namespace Ryot.EndToEnd.Tests;

/// <summary>Every kind of model is loaded, served, generates, and is told what it is.</summary>
public sealed class ModelKindTests
{
    [Theory]
    [InlineData("llama", TensorEncoding.F16, "F16")]
    [InlineData("llama", TensorEncoding.Q8_0, "Q8_0")]
    [InlineData("gpt2", TensorEncoding.F32, "all F32")]
    [InlineData("bitnet", TensorEncoding.TQ2_0, "TQ2_0 - 2.06 bpw ternary")]
    public async Task A_model_is_loaded_served_and_generates(string architecture, TensorEncoding encoding, string quantization)
    {
        var options = new TestModelOptions { Encoding = encoding };
        var file = architecture switch
        {
            "gpt2" => TestModels.Gpt2(options),
            "bitnet" => TestModels.BitNet(options),
            _ => TestModels.Llama(options),
        };
        await using var server = await RyotProcess.StartAsync(file);

        var completion = await server.PostForJsonAsync(
            "/v1/completions", """{"model":"tiny","prompt":"Once upon a time","max_tokens":24,"ignore_eos":true,"seed":5}""");
        Assert.Equal("length", completion.GetProperty("choices")[0].GetProperty("finish_reason").GetString());
        Assert.NotEmpty(completion.GetProperty("choices")[0].GetProperty("text").GetString()!);
        var usage = completion.GetProperty("usage");
        Assert.Equal(24, usage.GetProperty("completion_tokens").GetInt32());
        var promptTokens = usage.GetProperty("prompt_tokens").GetInt32();
        Assert.InRange(promptTokens, 2, 20);

        var chat = await server.PostForJsonAsync(
            "/v1/chat/completions",
            """{"model":"tiny","messages":[{"role":"user","content":"Hello"}],"max_tokens":8,"ignore_eos":true,"seed":5}""");
        Assert.NotEmpty(chat.GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString()!);

        var metrics = await server.ScrapeIdleAsync(2);
        var info = Assert.Single(metrics.Samples, sample => sample.Name == "ryot_model_info");
        Assert.Equal(1, info.Value);
        Assert.Equal("tiny", info.Labels["model"]);
        Assert.Equal(architecture, info.Labels["architecture"]);
        Assert.Equal(quantization, info.Labels["quantization"]);
        Assert.Equal("2048", info.Labels["context_length"]);
        Assert.Equal("cpu", info.Labels["device"]);
        Assert.InRange(long.Parse(info.Labels["parameters"]), 100_000, 10_000_000);
        Assert.Equal(24 + 8, metrics.Sum("ryot_tokens_generated_total", ("model", "tiny"), ("token_type", "completion")));
        Assert.Equal(1, metrics.Sum("ryot_model_load_attempts_total", ("model", "tiny"), ("result", "success"), ("load_type", "cold")));
        Assert.Equal(1, metrics.Sum("ryot_model_loading_time_seconds_count", ("model", "tiny"), ("load_type", "cold_start"), ("device_type", "cpu")));
        // Each request found it in memory.
        Assert.Equal(2, metrics.Sum("ryot_model_load_attempts_total", ("model", "tiny"), ("result", "success"), ("load_type", "from_cache")));
    }
}
