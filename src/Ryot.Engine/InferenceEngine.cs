using Microsoft.Extensions.Logging;
using Ryot.Engine.Models;
using Ryot.Metrics;

namespace Ryot.Engine;

/// <summary>All configured models.</summary>
public sealed class InferenceEngine : IAsyncDisposable
{
    private readonly Lock _gate = new();
    private readonly HostServices _services;
    private readonly List<ModelHost> _leaving = [];
    private volatile ModelDirectory _directory;
    private volatile Task _startLoads = Task.CompletedTask;
    private bool _started;
    private bool _stopped;

    /// <summary>Creates the engine; nothing is loaded yet.</summary>
    /// <param name="models">The models to serve; their names and aliases must all differ.</param>
    /// <param name="backend">What loads and runs them.</param>
    /// <param name="metrics">Where everything is recorded.</param>
    /// <param name="clock">The clock of every stamp and interval.</param>
    /// <param name="loggers">Where to log.</param>
    /// <param name="residency">How much memory they may take; the defaults when null.</param>
    /// <exception cref="ArgumentException">Two models share a name.</exception>
    public InferenceEngine(
        IReadOnlyList<ModelOptions> models,
        IModelBackend backend,
        RyotMetrics metrics,
        TimeProvider clock,
        ILoggerFactory loggers,
        ResidencyOptions? residency = null)
    {
        ModelDirectory.CheckNames(models);
        _services = new HostServices(backend, metrics, clock, loggers, residency ?? new ResidencyOptions());
        var hosts = models.Select(options => new ModelHost(options, _services)).ToList();
        hosts.ForEach(_services.Residency.Add);
        _directory = new ModelDirectory(hosts);
    }

    /// <summary>The configured models, in order.</summary>
    public IReadOnlyList<ModelHost> Models => _directory.Models;

    /// <summary>The clock of every stamp in events and requests.</summary>
    public TimeProvider Clock => _services.Clock;

    /// <summary>How much memory the models may take, and how they make room for each other. May be changed.</summary>
    public ResidencyOptions Residency
    {
        get => _services.Residency.Options;
        set => _services.Residency.Options = value;
    }

    /// <summary>Called when a load begins, gets on, or has ended, by the thread that loads: be quick.</summary>
    public Action<ModelHost>? LoadProgressed
    {
        get => _services.LoadProgressed;
        set => _services.LoadProgressed = value;
    }

    /// <summary>Finds a model by its name or an alias.</summary>
    /// <param name="name">The name, compared exactly.</param>
    public ModelHost? Find(string name) => _directory.Find(name);

    /// <summary>Bytes of a device's memory that models take.</summary>
    /// <param name="device">The device, for example <see cref="MemoryEstimate.Cpu"/>.</param>
    public long MemoryInUse(string device) => _services.Residency.MemoryInUse(device);

    /// <summary>Begins to load the models that are to be in memory from the start, in the background; pinned ones first.</summary>
    public void Start()
    {
        lock (_gate)
        {
            _started = true;
            _startLoads = LoadAtStart(Models);
        }
    }

    /// <summary>Completes when every model that is loaded at start has been loaded, or has failed to be.</summary>
    public Task LoadedAsync() => _startLoads;

    /// <summary>
    /// Takes a new configuration: adds, removes and changes models. Requests that are under way end as they began. Returns at
    /// once; what has to be loaded or to leave memory does so in the background.
    /// </summary>
    /// <param name="models">All models that there should be.</param>
    /// <returns>What is different now.</returns>
    /// <exception cref="ArgumentException">Two models share a name; nothing has changed.</exception>
    public ModelChanges Apply(IReadOnlyList<ModelOptions> models)
    {
        ModelDirectory.CheckNames(models);
        lock (_gate)
        {
            if (_stopped)
                return ModelChanges.None;
            var before = Models;
            var hosts = new List<ModelHost>();
            var (added, changed) = (new List<ModelHost>(), new List<ModelHost>());
            foreach (var options in models)
            {
                var host = before.FirstOrDefault(host => host.Id == options.Id);
                if (host is null)
                    added.Add(host = FindLeaving(options) ?? Add(options));
                else if (!host.Options.IsSameAs(options))
                    changed.Add(host);
                hosts.Add(host);
            }
            var removed = before.Except(hosts).ToList();
            foreach (var host in changed)
                host.Reconfigure(models.First(options => options.Id == host.Id));
            _directory = new ModelDirectory(hosts);
            foreach (var host in removed)
                _ = RemoveAsync(host);
            if (_started)
                _ = LoadAtStart(added);
            return new ModelChanges(Ids(added), Ids(removed), Ids(changed));
        }

        static IReadOnlyList<string> Ids(List<ModelHost> hosts) => [.. hosts.Select(host => host.Id)];
    }

    /// <summary>Takes no more requests, lets running ones end within the limit, cancels the rest, and frees the models.</summary>
    /// <param name="limit">How long requests may go on.</param>
    public async Task StopAsync(TimeSpan limit)
    {
        List<ModelHost> hosts;
        lock (_gate)
        {
            if (_stopped)
                return;
            _stopped = true;
            hosts = [.. Models, .. _leaving];
        }
        await Task.WhenAll(hosts.Select(model => model.StopAsync(limit)));
    }

    /// <summary>Stops at once.</summary>
    public async ValueTask DisposeAsync()
    {
        await StopAsync(TimeSpan.Zero);
        foreach (var model in Models)
            model.Dispose();
    }

    private static Task LoadAtStart(IEnumerable<ModelHost> hosts) => Task.WhenAll(hosts
        .Where(host => host.Options.Residency != ResidencyMode.OnDemand)
        .OrderBy(host => host.Options.Residency)
        .Select(host => host.StartLoadingAsync()));

    private ModelHost Add(ModelOptions options)
    {
        var host = new ModelHost(options, _services);
        _services.Residency.Add(host);
        return host;
    }

    /// <summary>A model that was removed, and is configured again before its last request has ended, goes on.</summary>
    private ModelHost? FindLeaving(ModelOptions options)
    {
        var host = _leaving.Find(host => host.Id == options.Id);
        if (host is null)
            return null;
        _leaving.Remove(host);
        host.Reconfigure(options);
        return host;
    }

    private async Task RemoveAsync(ModelHost host)
    {
        // Called with the lock held, which is not held any more after the wait.
        _leaving.Add(host);
        await host.RemoveAsync().ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        lock (_gate)
        {
            if (!_leaving.Remove(host))
                return;
            _services.Metrics.RemoveModel(host.Id);
        }
        _services.Residency.Remove(host);
        host.Dispose();
    }
}
