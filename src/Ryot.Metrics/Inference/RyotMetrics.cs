namespace Ryot.Metrics;

/// <summary>
/// The metrics of an inference service: puts the catalogue's live metrics into a registry and hands out what records them.
/// One for each process. Safe to use from any thread.
/// </summary>
public sealed class RyotMetrics : IDisposable
{
    /// <summary>The id under which requests for models that the process does not have are counted.</summary>
    public const string UnknownModel = "unknown";

    private readonly Lock _changes = new();
    private readonly Dictionary<string, ModelMetrics> _models = new(StringComparer.Ordinal);
    private readonly Dictionary<string, DeviceMetrics> _devices = new(StringComparer.Ordinal);
    private readonly Histogram[] _startup;

    /// <summary>Makes the metrics of a process.</summary>
    /// <param name="clock">Stamps, intervals and rates come from it.</param>
    /// <param name="options">Choices; the defaults when null.</param>
    /// <exception cref="ArgumentException">The options are not valid; the message tells everything that is wrong.</exception>
    public RyotMetrics(TimeProvider clock, MetricsOptions? options = null)
    {
        options ??= new MetricsOptions();
        var problems = options.Validate();
        if (problems.Count > 0)
            throw new ArgumentException(string.Join(Environment.NewLine, problems), nameof(options));

        Clock = clock;
        DetailSampling = options.DetailSampling;
        Recording = options.Recording;
        BatchedUpdates = options.BatchedUpdates;
        Registry = new MetricRegistry(clock, options.Exemplars);
        Tenants = options.Tenants is { } tenants ? new TenantDirectory(tenants, Registry) : null;
        Families = new InferenceFamilies(Registry, options);
        DeviceFamilies = new DeviceFamilies(Registry, Families);
        GenAi = new GenAiInstruments(this);
        _startup = [.. Wire.StartupPhases.Select(phase => Families.StartupTime.WithLabels(phase))];
        Unknown = new ModelMetrics(this, UnknownModel);
    }

    /// <summary>The registry that exposes everything; other families may be added to it.</summary>
    public MetricRegistry Registry { get; }

    /// <summary>Where a request for a model that the process does not have is recorded. It can only fail.</summary>
    public ModelMetrics Unknown { get; }

    internal TimeProvider Clock { get; }

    internal int DetailSampling { get; }

    internal bool Recording { get; }

    internal bool BatchedUpdates { get; }

    /// <summary>Null when tenants are not told apart.</summary>
    internal TenantDirectory? Tenants { get; }

    internal InferenceFamilies Families { get; }

    internal DeviceFamilies DeviceFamilies { get; }

    internal GenAiInstruments GenAi { get; }

    /// <summary>The models of the moment.</summary>
    internal IReadOnlyList<ModelMetrics> Models
    {
        get
        {
            lock (_changes)
                return [.. _models.Values];
        }
    }

    /// <summary>
    /// Adds a model: all its series exist from now on, counters at 0. A model that is there already is given again, with
    /// the new description.
    /// </summary>
    /// <param name="modelId">The model's id, the value of label <c>model</c>.</param>
    /// <param name="description">What the model is; only the device need be known before it is loaded.</param>
    /// <exception cref="ArgumentException">The id is empty, or the reserved <see cref="UnknownModel"/>.</exception>
    public ModelMetrics AddModel(string modelId, in ModelDescription description)
    {
        ArgumentException.ThrowIfNullOrEmpty(modelId);
        if (modelId == UnknownModel)
            throw new ArgumentException($"A model cannot be named '{UnknownModel}': requests for models that do not exist are counted under it.", nameof(modelId));

        lock (_changes)
        {
            if (!_models.TryGetValue(modelId, out var model))
            {
                model = new ModelMetrics(this, modelId, description);
                _models.Add(modelId, model);
            }
            else
            {
                model.SetDescription(description);
            }

            return model;
        }
    }

    /// <summary>Removes a model with all its series. Requests that are still under way record into nothing. Does nothing when there is none.</summary>
    /// <param name="modelId">The model's id.</param>
    public void RemoveModel(string modelId)
    {
        lock (_changes)
        {
            if (!_models.Remove(modelId, out var model))
                return;
            model.Retire();
            Registry.RemoveAll("model", modelId);
        }
    }

    /// <summary>Adds a device; it has no series before something is recorded of it. A device that is there already is given again.</summary>
    /// <param name="deviceId">The device's index or <c>cpu</c>, the value of label <c>device_id</c>.</param>
    /// <param name="staleAfter">For how long a sample is shown; after that the device counts as down until it is sampled again.</param>
    /// <exception cref="ArgumentException">The id is empty.</exception>
    public DeviceMetrics AddDevice(string deviceId, TimeSpan staleAfter)
    {
        ArgumentException.ThrowIfNullOrEmpty(deviceId);
        lock (_changes)
        {
            if (!_devices.TryGetValue(deviceId, out var device))
            {
                device = new DeviceMetrics(this, deviceId, staleAfter);
                _devices.Add(deviceId, device);
            }

            return device;
        }
    }

    /// <summary>Records how long a phase of starting took.</summary>
    public void RecordStartup(StartupPhase phase, TimeSpan duration) => _startup[(int)phase].Observe(duration.TotalSeconds);

    /// <summary>Tells which build is running (<c>ryot_build_info</c>); told again, it replaces what it told before.</summary>
    public void SetBuildInfo(string version, string commit, string engineVersion)
    {
        lock (_changes)
            Families.ReplaceBuildInfo(version, commit, engineVersion);
    }

    /// <summary>Ends the <c>System.Diagnostics.Metrics</c> meter.</summary>
    public void Dispose() => GenAi.Dispose();
}
