using System.Security.Cryptography;
using Microsoft.Extensions.Logging.Abstractions;
using Ryot.Engine.Llama;
using Ryot.Engine.Models;
using Ryot.Engine.Requests;
using Ryot.Engine.Text;
using Ryot.LlamaCpp;
using Ryot.Metrics;
using Ryot.Testing;
using Xunit;

namespace Ryot.Engine.Tests.Llama;

/// <summary>The model that ships with Ryot is what models/README.md says.</summary>
public sealed class TinyModelTests : IAsyncLifetime
{
    private const int MostTokens = 300;

    private static readonly string _modelFile = RepositoryFiles.Path("models", "ryot-tiny.gguf");

    private readonly RyotMetrics _metrics = new(TimeProvider.System);
    private InferenceEngine _engine = null!;

    private ModelHost Model => _engine.Models[0];

    public async ValueTask InitializeAsync()
    {
        var backend = new LlamaBackend(NullLoggerFactory.Instance, TimeProvider.System);
        var options = new ModelOptions { Id = "ryot-tiny", Path = _modelFile, Threads = 1 };
        _engine = new InferenceEngine([options], backend, _metrics, TimeProvider.System, NullLoggerFactory.Instance);
        _engine.Start();
        await _engine.LoadedAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _engine.DisposeAsync();
        _metrics.Dispose();
    }

    [Fact]
    public void Its_checksum_and_size_are_what_they_should_be()
    {
        var expected = File.ReadAllText(_modelFile + ".sha256").Split(' ', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal("ryot-tiny.gguf", expected[1].Trim());
        Assert.Equal(expected[0], Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(_modelFile))));
        Assert.InRange(new FileInfo(_modelFile).Length, 1, 4_000_000);
    }

    [Fact]
    public void Its_metadata_is_complete()
    {
        var header = GgufFile.ReadHeader(_modelFile);
        Assert.Equal("llama", header.Architecture);
        Assert.Equal("Ryot Tiny", header.Name);
        Assert.Equal(GgmlType.Q8_0, header.DominantType);
        Assert.InRange(header.ParameterCount, 1_000_000, 3_000_000);
        Assert.True(header.Integer("llama.context_length") >= 512);
        foreach (var key in new[]
        {
            "general.license", "general.description", "general.quantization_version", "tokenizer.ggml.model", "tokenizer.ggml.bos_token_id",
            "tokenizer.ggml.eos_token_id", "tokenizer.chat_template",
        })
            Assert.Contains(key, header.Metadata.Keys);
    }

    [Fact]
    public void It_loads_with_a_chat_template_and_its_quantization()
    {
        Assert.True(Model.Status == ModelStatus.Ready, Model.Failure);
        Assert.Equal("Q8_0", Model.Info!.Quantization);
        Assert.True(Model.Tokenizer.HasChatTemplate);
    }

    [Theory]
    [InlineData("Hello, world!")]
    [InlineData("Ünïcödé, 世界, 👩‍👩‍👧 and \t tabs")]
    public void Any_text_goes_through_its_vocabulary(string text)
    {
        var tokens = Model.Tokenizer.Tokenize(text, addSpecial: false, parseSpecial: false);
        var bytes = tokens.SelectMany(token => Model.Tokenizer.GetPiece(token).ToArray()).ToArray();
        Assert.Equal(text, System.Text.Encoding.UTF8.GetString(bytes).TrimStart());
    }

    [Theory]
    [InlineData("Hello!")]
    [InlineData("Who are you?")]
    [InlineData("Tell me a story about a dog.")]
    [InlineData("Describe a house.")]
    [InlineData("What is the capital of Peru? 🛑")]
    public async Task A_chat_ends_by_itself_repeats_exactly_and_is_made_of_words(string question)
    {
        var prompt = Model.Tokenizer.Tokenize(
            Model.Tokenizer.ApplyChatTemplate([new Models.ChatMessage("user", question)]), addSpecial: true, parseSpecial: true);
        var (answer, reason) = await GenerateAsync(prompt);
        Assert.Equal(FinishReason.Stop, reason);
        Assert.Equal(answer, (await GenerateAsync(prompt)).Text);
        AssertWords(answer);
    }

    [Fact]
    public async Task A_text_is_continued_in_words()
    {
        var prompt = Model.Tokenizer.Tokenize("Once upon a time", addSpecial: true, parseSpecial: false);
        var (text, _) = await GenerateAsync(prompt);
        AssertWords(text);
        Assert.True(text.Length > 100);
    }

    private static void AssertWords(string text)
    {
        var dictionary = File.ReadLines("/usr/share/dict/american-english").ToHashSet(StringComparer.OrdinalIgnoreCase);
        var words = text.Split([.. " \n\t.,!?;:\"()-"], StringSplitOptions.RemoveEmptyEntries);
        Assert.NotEmpty(words);
        // Names are words of their own: only what begins in lower case must be in the dictionary.
        var unknown = words.Where(word => char.IsLower(word[0]) && !dictionary.Contains(word)).ToList();
        Assert.True(unknown.Count == 0, $"No words: {string.Join(", ", unknown)} in: {text}");
    }

    private async Task<(string Text, FinishReason Reason)> GenerateAsync(int[] prompt)
    {
        await using var stream = Model.Submit(new GenerationRequest
        {
            Prompts = [prompt],
            Sampling = new SamplingParameters { Temperature = 0, MaxTokens = MostTokens },
        });
        var assembler = new TextAssembler(Model.Tokenizer);
        var text = "";
        var reason = FinishReason.Error;
        while (await stream.WaitToReadAsync(TestContext.Current.CancellationToken))
        {
            while (stream.TryRead(out var value))
            {
                if (value.Kind == GenerationEventKind.Token)
                    text += assembler.Append(value);
                else if (value.Kind == GenerationEventKind.SequenceFinished)
                    (text, reason) = (text + assembler.Finish(value), value.FinishReason);
            }
        }
        return (text, reason);
    }
}
