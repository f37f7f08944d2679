using Microsoft.Extensions.Logging;
using Ryot.Engine.Models;
using Ryot.Metrics;

namespace Ryot.Engine;

/// <summary>All configured models.</summary>
public sealed class InferenceEngine : IAsyncDisposable
{
    private readonly Dictionary<string, ModelHost> _byName = new(StringComparer.Ordinal);
    private bool _stopped;

    /// <summary>Creates the engine; nothing is loaded yet.</summary>
    /// <param name="models">The models to serve; their names and aliases must all differ.</param>
    /// <param name="backend">What loads and runs them.</param>
    /// <param name="metrics">Where everything is recorded.</param>
    /// <param name="clock">The clock of every stamp and interval.</param>
    /// <param name="loggers">Where to log.</param>
    /// <exception cref="ArgumentException">Two models share a name.</exception>
    public InferenceEngine(
        IReadOnlyList<ModelOptions> models, IModelBackend backend, RyotMetrics metrics, TimeProvider clock, ILoggerFactory loggers)
    {
        Clock = clock;
        var logger = loggers.CreateLogger<ModelHost>();
        var hosts = new List<ModelHost>();
        foreach (var options in models)
        {
            var host = new ModelHost(options, backend, metrics, clock, logger);
            hosts.Add(host);
            foreach (var name in options.Aliases.Prepend(options.Id))
            {
                if (!_byName.TryAdd(name, host))
                    throw new ArgumentException($"Two models are called '{name}'.", nameof(models));
            }
        }
        Models = hosts;
    }

    /// <summary>The configured models, in order.</summary>
    public IReadOnlyList<ModelHost> Models { get; }

    /// <summary>The clock of every stamp in events and requests.</summary>
    public TimeProvider Clock { get; }

    /// <summary>Finds a model by its name or an alias.</summary>
    /// <param name="name">The name, compared exactly.</param>
    public ModelHost? Find(string name) => _byName.GetValueOrDefault(name);

    /// <summary>Begins to load all models, in the background.</summary>
    public void Start()
    {
        foreach (var model in Models)
            model.StartLoading();
    }

    /// <summary>Completes when every model has been loaded or has failed to.</summary>
    public Task LoadedAsync() => Task.WhenAll(Models.Select(model => model.LoadedAsync()));

    /// <summary>Takes no more requests, lets running ones end within the limit, cancels the rest, and frees the models.</summary>
    /// <param name="limit">How long requests may go on.</param>
    public async Task StopAsync(TimeSpan limit)
    {
        if (_stopped)
            return;
        _stopped = true;
        await Task.WhenAll(Models.Select(model => model.StopAsync(limit)));
    }

    /// <summary>Stops at once.</summary>
    public async ValueTask DisposeAsync()
    {
        await StopAsync(TimeSpan.Zero);
        foreach (var model in Models)
            model.Dispose();
    }
}
