using System.Globalization;
using System.Text.RegularExpressions;
using Ryot.EndToEnd.Tests.Support;
using Ryot.Server.Tests.Support;
using Ryot.Testing.Models;
using Xunit;

namespace Ryot.EndToEnd.Tests.Truth;

/// <summary>Memory as metrics tell it is what llama.cpp says that it allocated, and what clients know to be in use.</summary>
public sealed partial class MemoryTests
{
    private const string Usage = "ryot_gpu_memory_usage_bytes";
    private const double MiB = 1 << 20;

    /// <summary>All numbers large enough for the hundredths of a MiB of llama.cpp's log to be within one percent.</summary>
    private static readonly TestModelOptions _large = new() { Layers = 8, Width = 256, ContextLength = 8192 };

    [Theory]
    [InlineData("llama")]
    [InlineData("jamba")]
    public async Task Allocated_bytes_are_those_of_llama_cpp_s_log(string architecture)
    {
        var options = _large with { VocabularySize = 20_000 };
        var model = architecture == "llama" ? TestModels.Llama(options) : TestModels.Jamba(options);
        await using var server = await RyotProcess.StartAsync(
            new Dictionary<string, string> { ["Logging__LogLevel__llama.cpp"] = "Information" },
            [.. RyotProcess.ForModel(model), "--context-length", "8192", "--parallel", "4"]);
        await server.PostForJsonAsync("/v1/completions", """{"model":"tiny","prompt":"Hi","max_tokens":2}""");
        await server.WaitForAsync(() => Task.FromResult(Logged(server.Log, "compute").Count > 0), "llama.cpp has told what it allocated");
        var metrics = await server.ScrapeIdleAsync(1);
        // A cache may consist of several; the compute buffer that was made last is the one that there is.
        var weights = Logged(server.Log, "model").Sum();
        var cache = Logged(server.Log, "KV").Sum() + Logged(server.Log, "RS").Sum();
        var compute = Logged(server.Log, "compute")[^1] + Logged(server.Log, "output")[^1];
        AssertWithinOnePercent(weights, metrics.Sum(Usage, ("device_id", "cpu"), ("memory_type", "model_weights")));
        AssertWithinOnePercent(cache, metrics.Sum(Usage, ("device_id", "cpu"), ("memory_type", "kv_cache")));
        AssertWithinOnePercent(compute, metrics.Sum(Usage, ("device_id", "cpu"), ("memory_type", "activations")));
        AssertWithinOnePercent(weights + cache + compute, metrics.Sum(Usage, ("device_id", "cpu"), ("memory_type", "peak")));
        Assert.Equal(4, metrics.Count(Usage));
        Assert.Equal(architecture == "jamba", Logged(server.Log, "RS").Count > 0);
    }

    [Fact]
    public async Task Cells_in_use_are_those_of_the_tokens_that_clients_have_and_the_share_of_memory_is_what_was_allocated()
    {
        await using var server = await RyotProcess.StartFaultyAsync([.. RyotProcess.ForModel(TestModels.Llama(_large)), "--context-length", "4096", "--parallel", "4"]);
        (await server.PostAsync("/test/pass-delay/tiny?milliseconds=50", "")).EnsureSuccessStatusCode().Dispose();
        var idle = await server.ScrapeIdleAsync(0);
        AssertCells(idle, 0, 0, "512", "1");
        var allocated = idle.Sum(Usage) - idle.Sum(Usage, ("memory_type", "peak"));
        var total = allocated / idle.Sum("ryot_gpu_memory_percentage") * 100;
        // The machine's memory, or what a container may take of it.
        Assert.InRange(total, allocated, MachineBytes() * 1.000001);

        const int MaxTokens = 2000;
        var prompt = string.Join(' ', Enumerable.Repeat("and then people", 70));
        var body = $"{{\"model\":\"tiny\",\"prompt\":\"{prompt}\",\"max_tokens\":{MaxTokens},\"ignore_eos\":true}}";
        var usage = (await server.PostForJsonAsync("/v1/completions", body.Replace($"{MaxTokens}", "1", StringComparison.Ordinal))).GetProperty("usage");
        var promptTokens = usage.GetProperty("prompt_tokens").GetInt32();
        Assert.InRange(promptTokens, 513, 1000);
        using (var stream = await OpenStream.OpenAsync(server, "/v1/inference/stream", body))
        {
            for (var token = 1; token <= 10; token++)
            {
                await stream.ReadJsonAsync();
                // The last token that was sampled is not in the cache yet. The engine may be further than its client by now.
                AssertCells(await server.ScrapeAsync(), promptTokens + token - 1, promptTokens + token + 20, "1024", "1");
            }
            // A second that shares the prompt takes no cells for what it shares.
            using var second = await OpenStream.OpenAsync(server, "/v1/inference/stream", body);
            await second.ReadJsonAsync();
            var busy = await server.ScrapeAsync();
            AssertCells(busy, promptTokens + 10, promptTokens + 100, "1024", "2-4");
            Assert.Equal(idle.Sum("ryot_gpu_memory_percentage"), busy.Sum("ryot_gpu_memory_percentage", ("batch_size", "2-4")), 1e-9);
            Assert.Equal(1, busy.Count("ryot_gpu_memory_percentage"));
        }
        AssertCells(await server.ScrapeIdleAsync(3), 0, 0, "512", "1");
    }

    private static void AssertCells(MetricsText metrics, int least, int most, string contextLength, string batchSize)
    {
        var bytesOfCell = metrics.Sum(Usage, ("memory_type", "kv_cache")) / metrics.Sum("ryot_kv_cache_capacity_tokens");
        Assert.Equal(1, metrics.Count("ryot_kv_cache_size_bytes"));
        Assert.Equal(1, metrics.Count("ryot_kv_cache_size_bytes", ("context_length", contextLength), ("batch_size", batchSize)));
        Assert.InRange(metrics.Sum("ryot_kv_cache_size_bytes") / bytesOfCell, least, most);
        Assert.InRange(metrics.Sum("ryot_kv_cache_usage_ratio") * metrics.Sum("ryot_kv_cache_capacity_tokens"), least - 1e-6, most + 1e-6);
    }

    private static void AssertWithinOnePercent(double expected, double actual) => Assert.InRange(actual, expected * 0.99, expected * 1.01);

    private static long MachineBytes()
    {
        var line = File.ReadLines("/proc/meminfo").First(line => line.StartsWith("MemTotal:", StringComparison.Ordinal));
        return long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) * 1024;
    }

    /// <summary>The bytes of one kind of buffer, in the order in which they were made.</summary>
    private static List<double> Logged(string log, string kind) =>
        [.. BufferPattern().Matches(log).Where(match => match.Groups["kind"].Value == kind)
            .Select(match => double.Parse(match.Groups["mib"].Value, CultureInfo.InvariantCulture) * MiB)];

    [GeneratedRegex(@" (?<kind>\w+) buffer size = +(?<mib>[0-9.]+) MiB")]
    private static partial Regex BufferPattern();
}
