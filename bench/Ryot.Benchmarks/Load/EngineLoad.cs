using System.Diagnostics;
using Microsoft.Extensions.Logging.Abstractions;
using Ryot.Engine;
using Ryot.Engine.Llama;
using Ryot.Engine.Models;
using Ryot.Engine.Requests;
using Ryot.Metrics;

namespace Ryot.Benchmarks.Load;

/// <summary>The engine inside this process, without HTTP: what scheduling and recording cost.</summary>
internal sealed class EngineLoad : IAsyncDisposable
{
    private readonly InferenceEngine _engine;
    private readonly RyotMetrics _metrics;

    public EngineLoad(string model, int cells, int sequences, int threads, bool recording = true, int? profileEvery = null)
    {
        _metrics = new RyotMetrics(TimeProvider.System, new MetricsOptions { Recording = recording });
        var options = new ModelOptions { Id = "m", Path = model, ContextLength = cells, MaxSequences = sequences, Threads = threads };
        if (profileEvery is { } every)
            options = options with { ProfileEvery = every, PrefixCache = false };
        var backend = new LlamaBackend(NullLoggerFactory.Instance, TimeProvider.System);
        _engine = new InferenceEngine([options], backend, _metrics, TimeProvider.System, NullLoggerFactory.Instance);
    }

    public RyotMetrics Metrics => _metrics;

    public async Task StartAsync()
    {
        _engine.Start();
        await _engine.LoadedAsync();
    }

    public int[] Tokenize(string text) => _engine.Models[0].Tokenizer.Tokenize(text, addSpecial: true, parseSpecial: false);

    /// <summary>Runs one request for each prompt at once.</summary>
    /// <returns>Generated tokens a second.</returns>
    public async Task<double> RunAsync(int[][] prompts, int tokens)
    {
        var started = Stopwatch.GetTimestamp();
        await Task.WhenAll(prompts.Select(prompt => GenerateAsync(prompt, tokens)));
        return tokens * prompts.Length / Stopwatch.GetElapsedTime(started).TotalSeconds;
    }

    public async ValueTask DisposeAsync()
    {
        await _engine.DisposeAsync();
        _metrics.Dispose();
    }

    private async Task GenerateAsync(int[] prompt, int tokens)
    {
        var model = _engine.Models[0];
        var received = TimeProvider.System.GetTimestamp();
        var recorder = model.Metrics.StartRequest(InferenceEndpoint.Generate, GenerationMode.Standard, PriorityLevel.Normal, received);
        await using var stream = model.Submit(new GenerationRequest
        {
            Prompts = [prompt],
            Sampling = new SamplingParameters { Temperature = 0, MaxTokens = tokens, IgnoreEos = true },
        });
        recorder.Queued(received, prompt.Length);
        while (await stream.WaitToReadAsync())
        {
            while (stream.TryRead(out var value))
            {
                switch (value.Kind)
                {
                    case GenerationEventKind.Admitted:
                        recorder.Admitted(value.Timestamp);
                        break;
                    case GenerationEventKind.Token:
                        recorder.Token(value.Sequence, value.Timestamp);
                        break;
                    case GenerationEventKind.SequenceFinished:
                        recorder.SequencePasses(value.Usage!.Passes, value.Usage.BatchSizeSum);
                        break;
                }
            }
            recorder.Flush();
        }
        recorder.Finish(TimeProvider.System.GetTimestamp(), RequestStatus.Success, FinishReason.Length);
    }
}
