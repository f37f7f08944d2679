using System.Collections.Concurrent;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Ryot.Engine.Models;
using Ryot.Engine.Requests;
using Ryot.Metrics;
using Ryot.Server.Tests.Support;
using Ryot.Testing;
using Xunit;

namespace Ryot.Engine.Tests.Residency;

/// <summary>An engine with simulated models of 1 byte each, and what is needed to watch them come and go.</summary>
internal sealed class ResidencyHarness : IAsyncDisposable
{
    public const string Script = "The quick brown fox jumps over the lazy dog.";

    private readonly ConcurrentDictionary<string, int> _loads = new();

    /// <param name="budget">How many models may be in memory; 0 is no limit.</param>
    /// <param name="models">The models.</param>
    public ResidencyHarness(int budget, params ModelOptions[] models)
        : this(TimeProvider.System, budget, models)
    {
    }

    public ResidencyHarness(TimeProvider clock, int budget, params ModelOptions[] models)
    {
        Clock = clock;
        Metrics = new RyotMetrics(clock);
        Backend.Size = _ => 1;
        Backend.OnLoad = options =>
        {
            _loads.AddOrUpdate(options.Id, 1, (_, count) => count + 1);
            OnLoad?.Invoke(options);
        };
        Engine = new InferenceEngine(models, Backend, Metrics, clock, NullLoggerFactory.Instance, Limits(budget, TimeSpan.FromSeconds(5)));
    }

    public FakeModelBackend Backend { get; } = new();

    public TimeProvider Clock { get; }

    public FakeTimeProvider FakeClock => (FakeTimeProvider)Clock;

    public RyotMetrics Metrics { get; }

    public InferenceEngine Engine { get; }

    /// <summary>Called within each load; may block or throw.</summary>
    public Action<ModelOptions>? OnLoad { get; set; }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public ModelHost this[string id] => Engine.Find(id)!;

    public static ModelOptions OnDemand(string id) => new() { Id = id, Path = id, Residency = ResidencyMode.OnDemand };

    public static ModelOptions OnStart(string id) => new() { Id = id, Path = id };

    public static ModelOptions Pinned(string id) => new() { Id = id, Path = id, Residency = ResidencyMode.Pinned };

    public static ResidencyOptions Limits(int budget, TimeSpan patience) => new()
    {
        MemoryBudget = budget == 0 ? new Dictionary<string, long>() : new Dictionary<string, long> { [MemoryEstimate.Cpu] = budget },
        EvictionPatience = patience,
    };

    public static GenerationRequest Request(string prompt = "hi") => new()
    {
        Prompts = [[.. Encoding.UTF8.GetBytes(prompt).Select(FakeModelBackend.TokenOf)]],
    };

    /// <summary>How often a model's load was begun.</summary>
    public int Loads(string id) => _loads.GetValueOrDefault(id);

    public Task<ModelLease> AcquireAsync(string id) => this[id].AcquireAsync(null, Cancellation).AsTask();

    /// <summary>Uses a model once, without a request.</summary>
    public async Task TouchAsync(string id) => (await AcquireAsync(id)).Dispose();

    /// <summary>Sends a request as the server does, and proves that it is answered in full.</summary>
    public async Task AskAsync(string id)
    {
        using var lease = await AcquireAsync(id);
        await using var stream = lease.Submit(Request());
        var text = new StringBuilder();
        FinishReason? reason = null;
        while (await stream.WaitToReadAsync(Cancellation))
        {
            while (stream.TryRead(out var value))
            {
                if (value.Kind == GenerationEventKind.Token && value.Token > 0)
                    text.Append((char)(value.Token - 1));
                else if (value.Kind == GenerationEventKind.SequenceFinished)
                    reason = value.FinishReason;
            }
        }
        Assert.Equal((FinishReason.Stop, Script), (reason, text.ToString()));
    }

    public async Task<MetricsText> ScrapeAsync()
    {
        using var output = new MemoryStream();
        await Metrics.Registry.WriteAsync(output, ExpositionFormat.PrometheusText, cancellation: Cancellation);
        return MetricsText.Parse(Encoding.UTF8.GetString(output.ToArray()));
    }

    /// <summary>How many evictions of a model there were, by their reason as it is exposed.</summary>
    public async Task<double> EvictionsAsync(string id, string reason) =>
        (await ScrapeAsync()).Sum("ryot_model_cache_evictions_total", ("model", id), ("eviction_reason", reason));

    /// <summary>How many attempts to load a model there were.</summary>
    public async Task<double> AttemptsAsync(string id, string result, string kind) =>
        (await ScrapeAsync()).Sum("ryot_model_load_attempts_total", ("model", id), ("result", result), ("load_type", kind));

    public Task UntilAsync(string id, ModelStatus status) => UntilAsync(() => this[id].Status == status, $"{id} is {status}");

    /// <summary>Waits until a condition holds that another thread brings about.</summary>
    public static async Task UntilAsync(Func<bool> condition, string what)
    {
        for (var i = 0; i < 6000; i++)
        {
            if (condition())
                return;
            await Task.Delay(5, Cancellation);
        }
        Assert.Fail("Waited in vain until " + what);
    }

    public async ValueTask DisposeAsync()
    {
        OnLoad = null;
        await Engine.DisposeAsync();
        Metrics.Dispose();
        Assert.Equal((0, 0), (Backend.LiveRunners, Backend.LiveSamplers));
    }
}
