using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Ryot.Testing.Models;

[assembly: AssemblyFixture(typeof(Ryot.LlamaCpp.Tests.Support.LoadedLibrary))]

namespace Ryot.LlamaCpp.Tests.Support;

/// <summary>The loaded library and models that tests share, and the small steps that most of them take.</summary>
internal static class Llama
{
    private static readonly ConcurrentDictionary<string, Lazy<LlamaModel>> _models = new(StringComparer.Ordinal);

    /// <summary>Gets all that llama.cpp logs in this process.</summary>
    internal static RecordingLoggerFactory Log { get; } = new();

    /// <summary>One of the tiny models, loaded once.</summary>
    internal static LlamaModel Model(string path) => _models.GetOrAdd(path, static path => new Lazy<LlamaModel>(() => LlamaModel.Load(path))).Value;

    internal static LlamaModel Model() => Model(TestModels.Llama());

    internal static LlamaContext Context(LlamaModel? model = null, LlamaContextOptions? options = null) =>
        new(model ?? Model(), options ?? new LlamaContextOptions { ContextLength = 512, BatchSize = 64, MicroBatchSize = 64, MaxSequences = 4, KvUnified = true });

    /// <summary>Decodes tokens of one sequence and returns the batch index of the last, which has logits.</summary>
    internal static int Decode(LlamaContext context, ReadOnlySpan<int> tokens, int sequence = 0, int position = 0)
    {
        using var batch = new LlamaBatch(tokens.Length);
        for (int i = 0; i < tokens.Length; i++) batch.Add(tokens[i], position + i, sequence, i == tokens.Length - 1);
        Assert.Equal(DecodeResult.Ok, context.Decode(batch));
        return tokens.Length - 1;
    }

    /// <summary>Continues a prompt in sequence 0 of a context of its own.</summary>
    internal static int[] Generate(LlamaModel model, LlamaSampler sampler, ReadOnlySpan<int> prompt, int count)
    {
        using LlamaContext context = Context(model);
        int[] generated = new int[count];
        int index = Decode(context, prompt);
        for (int i = 0; i < count; i++)
        {
            generated[i] = sampler.Sample(context, index);
            index = Decode(context, [generated[i]], position: prompt.Length + i);
        }

        return generated;
    }

    internal static LlamaSamplerBuilder Chain(LlamaModel? model = null) => new((model ?? Model()).Vocabulary);

    internal static int ArgMax(ReadOnlySpan<float> logits)
    {
        int best = 0;
        for (int i = 1; i < logits.Length; i++)
        {
            if (logits[i] > logits[best]) best = i;
        }

        return best;
    }

}

/// <summary>Loads llama.cpp before the first test.</summary>
public sealed class LoadedLibrary
{
    public LoadedLibrary() => LlamaLibrary.Load(null, Llama.Log);
}

internal sealed record LogLine(LogLevel Level, string Category, string Text);

internal sealed class RecordingLoggerFactory : ILoggerFactory
{
    private readonly ConcurrentQueue<LogLine> _lines = new();

    internal IReadOnlyCollection<LogLine> Lines => _lines;

    /// <summary>Makes every log call throw, as a broken logging provider does.</summary>
    internal volatile bool Broken;

    public void AddProvider(ILoggerProvider provider)
    {
    }

    public ILogger CreateLogger(string categoryName) => new Logger(this, categoryName);

    public void Dispose()
    {
    }

    private sealed class Logger(RecordingLoggerFactory factory, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (factory.Broken) throw new InvalidOperationException("The log is broken.");
            factory._lines.Enqueue(new LogLine(logLevel, category, formatter(state, exception)));
        }
    }
}
