using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Configuration;
using Ryot.Server.Configuration;
using Ryot.Server.Tests.Support;
using Xunit;

namespace Ryot.Server.Tests;

public sealed class ConfigurationTests
{
    [Fact]
    public void The_defaults_need_only_a_model()
    {
        var options = Read(["--model", ModelFile.Path]);
        var model = Assert.Single(options.Models);
        Assert.Equal("Ryot.Server.Tests", model.Id);
        Assert.Equal(ModelFile.Path, model.Path);
        Assert.Equal((16, 512, 256, -1, 0), (model.MaxSequences, model.BatchTokens, model.QueueLimit, model.GpuLayers, model.Threads));
        Assert.Equal("http://127.0.0.1:8080", Assert.Single(options.Urls).Url);
        Assert.Empty(options.MetricsUrls);
        Assert.Empty(options.ApiKeys);
        Assert.Equal(TimeSpan.FromSeconds(300), options.Timeout);
        Assert.Equal(16 << 20, options.MaxBodyBytes);
    }

    [Fact]
    public void Every_switch_is_read()
    {
        var options = Read([
            "--model", ModelFile.Path, "--model-id=m", "--alias", "a", "--alias", "b,c", "--chat-template", "chatml", "--urls", "http://127.0.0.1:0", "--metrics-urls", "http://[::1]:0",
            "--context-length", "1000", "--parallel", "4", "--threads", "3", "--batch-tokens", "64", "--micro-batch-tokens", "32", "--gpu-layers", "5",
            "--queue-limit", "7", "--max-sequences-per-request", "9", "--timeout", "1.5", "--max-timeout", "10", "--stop-timeout", "2",
            "--slow-client-timeout", "3", "--stall-timeout", "4", "--max-body-bytes", "2048", "--api-key", "k1,k2",
            "--metric-bounds", "ryot_ttft_latency_seconds=0.1,1;ryot_inference_latency_seconds=2", "--llama-cpp", AppContext.BaseDirectory]);
        var model = Assert.Single(options.Models);
        Assert.Equal("m", model.Id);
        Assert.Equal(["a", "b", "c"], model.Aliases);
        Assert.Equal("chatml", model.ChatTemplate);
        Assert.Equal((1000, 4, 3, 64, 32, 5, 7), (model.ContextLength, model.MaxSequences, model.Threads, model.BatchTokens, model.MicroBatchTokens, model.GpuLayers, model.QueueLimit));
        Assert.Equal(9, options.MaxSequencesPerRequest);
        Assert.Equal((TimeSpan.FromSeconds(1.5), TimeSpan.FromSeconds(10)), (options.Timeout!.Value, options.MaxTimeout!.Value));
        Assert.Equal((2, 3, 4), (options.StopTimeout.Seconds, options.SlowClientTimeout.Seconds, options.StallTimeout.Seconds));
        Assert.Equal(2048, options.MaxBodyBytes);
        Assert.Equal([new ApiKey("k1"), new ApiKey("k2")], options.ApiKeys);
        Assert.Equal([0.1, 1], options.MetricBounds["ryot_ttft_latency_seconds"]);
        Assert.Equal([2], options.MetricBounds["ryot_inference_latency_seconds"]);
        Assert.Equal(AppContext.BaseDirectory, options.LlamaCppDirectory);
        Assert.Equal("http://[::1]:0", Assert.Single(options.MetricsUrls).Url);
    }

    [Fact]
    public void The_command_line_wins_over_the_environment_and_that_over_files()
    {
        var file = new Dictionary<string, string?>
        {
            ["Ryot:Model"] = ModelFile.Path,
            ["Ryot:Parallel"] = "2",
            ["Ryot:Threads"] = "2",
            ["Ryot:QueueLimit"] = "2",
            ["Ryot:Alias:0"] = "file1",
            ["Ryot:Alias:1"] = "file2",
            ["Ryot:MetricBounds:ryot_ttft_latency_seconds"] = "1,2",
        };
        var environment = new Dictionary<string, string> { ["RYOT_PARALLEL"] = "3", ["RYOT_THREADS"] = "3", ["RYOT_ALIAS"] = "env" };
        var options = Read(["--parallel", "4"], environment, file);
        var model = options.Models[0];
        Assert.Equal((4, 3, 2), (model.MaxSequences, model.Threads, model.QueueLimit));
        Assert.Equal(["env"], model.Aliases);
        Assert.Equal([1, 2], options.MetricBounds["ryot_ttft_latency_seconds"]);
        Assert.Equal(["file1", "file2"], Read([], [], file).Models[0].Aliases);
    }

    [Fact]
    public void Zero_is_no_deadline_and_the_longest_one_caps_the_default()
    {
        Assert.Null(Read(["--model", ModelFile.Path, "--timeout", "0", "--max-timeout", "0"]).Timeout);
        Assert.Null(Read(["--model", ModelFile.Path, "--max-timeout", "0"]).MaxTimeout);
        Assert.Equal(TimeSpan.FromSeconds(5), Read(["--model", ModelFile.Path, "--max-timeout", "5"]).Timeout);
    }

    [Fact]
    public void All_problems_are_told_at_once()
    {
        var problems = Problems([
            "--modle", "x", "--model", "/nowhere.gguf", "--model-id", "unknown", "--urls", "http://0.0.0.0:8080", "--urls", "https://127.0.0.1:1",
            "--urls", "nonsense", "--urls", "http://127.0.0.1:99999", "--context-length", "-1", "--parallel", "0", "--threads", "many",
            "--batch-tokens", "8", "--timeout", "soon", "--max-timeout", "-1", "--max-body-bytes", "1", "--llama-cpp", "/nowhere",
            "--metric-bounds", "ryot_ttft_latency_seconds=1,0.5;ryot_nothing=1;ryot_queue_depth=1;x", "--api-key-file", "/nowhere.txt", "--alias", "unknown"]);
        string[] expected =
        [
            "no switch --modle. Did you mean --model?", "there is no file '/nowhere.gguf'", "'unknown' is what metrics call", "speaks plain http",
            "'nonsense' is no url", "'99999' is no port", "--context-length", "--parallel", "'many' is no whole number", "--batch-tokens", "'soon' is no number of seconds",
            "--max-timeout", "--max-body-bytes", "there is no folder '/nowhere'", "bounds must rise", "no metric named 'ryot_nothing'",
            "ryot_queue_depth is a gauge", "'x' must look like", "cannot read '/nowhere.txt'", "names the model twice", "connect to http://0.0.0.0:8080",
        ];
        foreach (var part in expected)
            Assert.Contains(problems, problem => problem.Contains(part, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("http://0.0.0.0:0")]
    [InlineData("http://*:0")]
    [InlineData("http://[::]:0")]
    [InlineData("http://192.0.2.1:0")]
    public void Without_a_key_only_this_machine_is_served_unless_it_is_said_explicitly(string url)
    {
        string[] arguments = ["--model", ModelFile.Path, "--urls", url];
        Assert.Contains(Problems(arguments), problem => problem.Contains("--no-api-key", StringComparison.Ordinal));
        Assert.Empty(Read([.. arguments, "--no-api-key"]).ApiKeys);
        Assert.Equal([new ApiKey("k")], Read([.. arguments, "--api-key", "k"]).ApiKeys);
    }

    [Theory]
    [InlineData("http://127.0.0.1:0")]
    [InlineData("http://127.0.0.5:0")]
    [InlineData("http://[::1]:0")]
    public void On_loopback_no_key_is_needed(string url) => Assert.Empty(Read(["--model", ModelFile.Path, "--urls", url]).ApiKeys);

    [Fact]
    public void A_port_that_is_taken_is_a_problem()
    {
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        var port = ((IPEndPoint)listener.LocalEndPoint!).Port;
        Assert.Contains($"port {port} is taken", Assert.Single(Problems(["--model", ModelFile.Path, "--urls", $"http://127.0.0.1:{port}"])), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--api-key", "k", "--no-api-key", null, "only one of both")]
    [InlineData("--api-key", "has space", null, null, "printable ASCII")]
    [InlineData("--parallel", "2", "--parallel", "3", "given twice")]
    [InlineData("--parallel", null, null, null, "needs a value")]
    [InlineData("positional", null, null, null, "is no switch")]
    [InlineData("--model-id", "has space", null, null, "no spaces")]
    [InlineData("--flash-attention", "maybe", null, null, "'maybe' is none of auto, on, off")]
    [InlineData("--flash-attention", "off", "--kv-type-v", "q8_0", "needs flash attention")]
    public void Single_problems(string first, string? second, string? third, string? fourth, string expected) =>
        Assert.Contains(expected, Assert.Single(Problems(["--model", ModelFile.Path, .. new[] { first, second, third, fourth }.OfType<string>()])), StringComparison.Ordinal);

    [Fact]
    public void A_misspelled_key_in_a_file_is_a_problem()
    {
        var problems = Assert.Throws<ConfigurationException>(() => Read(["--model", ModelFile.Path], [], new() { ["Ryot:Modle"] = "x" })).Problems;
        Assert.Contains("Did you mean Ryot:Model?", Assert.Single(problems), StringComparison.Ordinal);
    }

    [Fact]
    public void The_help_lists_every_switch()
    {
        var help = CommandLine.HelpText();
        foreach (var setting in Settings.All)
            Assert.Contains(setting.Switch, help, StringComparison.Ordinal);
        Assert.True(CommandLine.Parse(["--help"]).Help);
        Assert.True(CommandLine.Parse(["--version"]).Version);
    }

    private static IReadOnlyList<string> Problems(string[] arguments) => Assert.Throws<ConfigurationException>(() => Read(arguments)).Problems;

    private static RyotOptions Read(string[] arguments, Dictionary<string, string>? environment = null, Dictionary<string, string?>? file = null)
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(file ?? []).Build();
        var values = new SettingValues(CommandLine.Parse(arguments), name => environment?.GetValueOrDefault(name), configuration);
        // Only where a test names ports are they looked at: the default one may be taken on this machine.
        return OptionsReader.Read(values, configuration, AppContext.BaseDirectory, isRunning: !arguments.Contains("--urls"));
    }
}
