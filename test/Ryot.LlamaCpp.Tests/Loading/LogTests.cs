using Microsoft.Extensions.Logging;
using Ryot.LlamaCpp.Tests.Support;
using Ryot.Testing.Models;

namespace Ryot.LlamaCpp.Tests.Loading;

public sealed class LogTests
{
    [Fact]
    public void What_llama_cpp_logs_arrives_as_whole_lines_with_level_and_category()
    {
        using (LlamaModel.Load(TestModels.Llama(new TestModelOptions { Seed = 77 })))
        {
        }

        Assert.Contains(Llama.Log.Lines, line => line.Level == LogLevel.Information && line.Text.Contains("general.architecture", StringComparison.Ordinal));
        Assert.All(Llama.Log.Lines, line =>
        {
            Assert.Equal("llama.cpp", line.Category);
            Assert.NotEmpty(line.Text);
            Assert.DoesNotContain('\n', line.Text);
        });
    }

    [Fact]
    public void Warnings_and_errors_keep_their_level()
    {
        _ = Assert.Throws<ModelLoadException>(() => LlamaModel.Load(SpoiltModel()));

        Assert.Contains(Llama.Log.Lines, line => line.Level == LogLevel.Error && line.Text.Contains("failed to load model", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_log_that_throws_does_not_end_the_process()
    {
        Probe.Result result = await Probe.RunAsync(LoadWithBrokenLog, TestModels.Llama());

        Assert.Equal(0, result.ExitCode);
        Assert.Contains("loaded all the same", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Threads_that_log_at_once_do_not_mix_their_lines()
    {
        string path = TestModels.Llama();
        await Parallel.ForAsync(0, 8, (_, cancellationToken) =>
        {
            using LlamaModel model = LlamaModel.Load(path, cancellationToken: cancellationToken);
            using LlamaContext context = Llama.Context(model);
            return ValueTask.CompletedTask;
        });

        // Every line of the context's report begins with the function's name: a mixed line would not.
        Assert.All(
            Llama.Log.Lines.Where(line => line.Text.Contains("n_ubatch", StringComparison.Ordinal)),
            line => Assert.Matches(@"^llama_context: n_ubatch +=? *\d+$", line.Text));
    }

    private static void LoadWithBrokenLog(string path)
    {
        using var log = new RecordingLoggerFactory { Broken = true };
        LlamaLibrary.Load(null, log);
        using LlamaModel model = LlamaModel.Load(path);
        Console.WriteLine("loaded all the same");
    }

    private static string SpoiltModel()
    {
        string path = TestModels.NewFile("spoilt.gguf");
        TestModels.Draft("llama").RemoveTensor("output_norm.weight").WriteTo(path);
        return path;
    }
}
