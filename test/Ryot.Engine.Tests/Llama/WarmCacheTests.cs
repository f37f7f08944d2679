using Microsoft.Extensions.Logging.Abstractions;
using Ryot.Engine.Llama;
using Ryot.Engine.Models;
using Ryot.Engine.Requests;
using Ryot.LlamaCpp;
using Ryot.Metrics;
using Ryot.Testing;
using Ryot.Testing.Models;
using Xunit;

namespace Ryot.Engine.Tests.Llama;

/// <summary>What a model says does not depend on what it found in the cache.</summary>
public sealed class WarmCacheTests
{
    private const int Tokens = 60;

    private static readonly LlamaBackend _backend = new(NullLoggerFactory.Instance, TimeProvider.System);

    private static readonly string _system = string.Concat(Enumerable.Repeat(
        "You are a helpful assistant who answers in short sentences and tells stories about animals, houses and the sea. ", 6));

    private static readonly string[] _questions =
    [
        "Who are you?", "Tell me a story about a dog.", "Describe a house.", "Tell me about the sea.", "What is a cat?", "Say hello.",
        "Tell me a story about a bird and a fish.", "What do you like?",
    ];

    public static TheoryData<string> Models => ["tiny", "llama", "gpt2", "bitnet"];

    [Theory]
    [MemberData(nameof(Models))]
    public async Task Greedy_output_with_a_warm_cache_is_that_with_a_cold_one(string kind)
    {
        var path = kind switch
        {
            "tiny" => RepositoryFiles.Path("models", "ryot-tiny.gguf"),
            "llama" => TestModels.Llama(),
            "gpt2" => TestModels.Gpt2(),
            _ => TestModels.BitNet(),
        };
        var options = new ModelOptions { Id = "m", Path = path, MaxSequences = 4, ContextLength = 4096, Threads = 1 };
        var (cold, nothing) = await RunAsync(options with { PrefixCache = false });
        var (warm, reused) = await RunAsync(options);

        Assert.All(nothing, tokens => Assert.Equal(0, tokens));
        // The first one finds nothing; the others find the system prompt, and the second round everything but the last token.
        Assert.Equal(0, reused[0]);
        Assert.All(reused.Skip(1).Take(_questions.Length - 1), tokens => Assert.True(tokens >= 50, $"{tokens} tokens were reused."));
        Assert.All(reused.Skip(_questions.Length), tokens => Assert.True(tokens >= 60, $"{tokens} tokens were reused."));
        // Ternary weights meet activations of 8 bits, so a difference in the last bit becomes a coarse one; another batch size alone moves as much.
        var tie = kind == "bitnet" ? 0.05 : 0.02;
        foreach (var (one, other) in cold.Zip(warm))
            GreedyText.AssertSame(one, other, tie);
    }

    /// <summary>
    /// The fused kernels for attention sum differently for few tokens and for many. Without them what is left are the last bits of sums
    /// over cells that lie elsewhere, which is less than what lies between two tokens of the model that ships in all of these texts.
    /// </summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Without_flash_attention_greedy_output_is_the_same_to_the_last_token(int threads)
    {
        var options = new ModelOptions
        {
            Id = "m",
            Path = RepositoryFiles.Path("models", "ryot-tiny.gguf"),
            MaxSequences = 4,
            ContextLength = 4096,
            Threads = threads,
            FlashAttention = FlashAttention.Disabled,
        };
        var (cold, _) = await RunAsync(options with { PrefixCache = false });
        var (warm, reused) = await RunAsync(options);

        Assert.All(reused.Skip(1), tokens => Assert.True(tokens >= 50, $"{tokens} tokens were reused."));
        Assert.All(cold.Zip(warm), pair => Assert.Equal(pair.First.Select(token => token.Token), pair.Second.Select(token => token.Token)));
    }

    /// <summary>Asks every question twice, one after the other.</summary>
    private static async Task<(List<List<GenerationEvent>> Tokens, List<int> Reused)> RunAsync(ModelOptions options)
    {
        using var metrics = new RyotMetrics(TimeProvider.System);
        await using var engine = new InferenceEngine([options], _backend, metrics, TimeProvider.System, NullLoggerFactory.Instance);
        engine.Start();
        await engine.LoadedAsync();
        var model = engine.Models[0];
        Assert.True(model.Status == ModelStatus.Ready, model.Failure);
        var most = model.Info!.MaxSequenceLength - Tokens;
        var texts = new List<List<GenerationEvent>>();
        var reused = new List<int>();
        foreach (var question in _questions.Concat(_questions))
        {
            int[] prompt = [.. Limit(model.Tokenizer.Tokenize(_system, true, false), most - 40), .. model.Tokenizer.Tokenize(question, false, false)];
            await using var stream = model.Submit(new GenerationRequest
            {
                Prompts = [prompt],
                Sampling = new SamplingParameters { Temperature = 0, MaxTokens = Tokens, IgnoreEos = true, Logprobs = 20 },
            });
            var tokens = new List<GenerationEvent>();
            while (await stream.WaitToReadAsync(TestContext.Current.CancellationToken))
            {
                while (stream.TryRead(out var value))
                {
                    if (value.Kind == GenerationEventKind.Token)
                        tokens.Add(value);
                    else if (value.Kind == GenerationEventKind.PromptAdmitted)
                        reused.Add(value.Admission!.ReusedTokens);
                }
            }
            Assert.Equal(Tokens, tokens.Count);
            texts.Add(tokens);
        }
        return (texts, reused);
    }

    private static int[] Limit(int[] tokens, int most) => tokens.Length > most ? tokens[..most] : tokens;
}
