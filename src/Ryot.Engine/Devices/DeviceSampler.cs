using Microsoft.Extensions.Logging;
using Ryot.Engine.Devices.Host;
using Ryot.Engine.Devices.Nvml;
using Ryot.Engine.Devices.Sysfs;
using Ryot.Engine.Models;
using Ryot.Metrics;

namespace Ryot.Engine.Devices;

/// <summary>How devices are sampled.</summary>
public sealed record DeviceSamplerOptions
{
    /// <summary>How often.</summary>
    public TimeSpan Interval { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>NVIDIA's management library; null is the one that comes with the driver.</summary>
    public string? NvmlPath { get; init; }

    /// <summary>Where the kernel shows its devices.</summary>
    public string SysfsFolder { get; init; } = "/sys";
}

/// <summary>
/// Samples the machine's devices on a timer, each on a thread of its own, and records what they tell. Where there is no hardware of a kind,
/// nothing is recorded and nothing is logged.
/// </summary>
public sealed partial class DeviceSampler : IDisposable
{
    /// <summary>A device that has not answered for so many intervals is down.</summary>
    private const int IntervalsUntilDown = 3;

    private static readonly TimeSpan _stopLimit = TimeSpan.FromSeconds(1);

    private readonly IReadOnlyList<IDeviceSource> _sources;
    private readonly Lazy<DeviceNumbers> _numbers;
    private readonly TimeSpan _interval;
    private readonly TimeSpan _patience;
    private readonly RyotMetrics _metrics;
    private readonly DeviceReadings _readings;
    private readonly TimeProvider _clock;
    private readonly ILogger<DeviceSampler> _logger;
    private readonly Lock _gate = new();
    private readonly List<SampledDevice> _devices = [];
    private readonly List<ErrorWatch> _watches = [];
    private readonly List<IDeviceSource> _open = [];
    private readonly CancellationTokenSource _stopWatching = new();
    private ITimer? _timer;
    private bool _stopped;

    /// <summary>Prepares to sample; nothing is looked for yet.</summary>
    /// <param name="options">How.</param>
    /// <param name="backend">Tells which GPUs the engine uses, and in which order.</param>
    /// <param name="metrics">Where samples are recorded.</param>
    /// <param name="readings">Where readings are shown.</param>
    /// <param name="clock">The clock of the timer.</param>
    /// <param name="loggers">Where to log.</param>
    public DeviceSampler(
        DeviceSamplerOptions options, IModelBackend backend, RyotMetrics metrics, DeviceReadings readings, TimeProvider clock, ILoggerFactory loggers)
        : this(
            [new HostSource(options.SysfsFolder), new NvmlSource(options.NvmlPath), new AmdSource(options.SysfsFolder)],
            () => backend.GpuBusIds,
            options.Interval,
            metrics,
            readings,
            clock,
            loggers)
    {
    }

    internal DeviceSampler(
        IReadOnlyList<IDeviceSource> sources,
        Func<IReadOnlyList<string?>> engineGpus,
        TimeSpan interval,
        RyotMetrics metrics,
        DeviceReadings readings,
        TimeProvider clock,
        ILoggerFactory loggers)
    {
        _sources = sources;
        _numbers = new Lazy<DeviceNumbers>(() => new DeviceNumbers(engineGpus()));
        _interval = interval;
        _patience = interval * IntervalsUntilDown;
        _metrics = metrics;
        _readings = readings;
        _clock = clock;
        _logger = loggers.CreateLogger<DeviceSampler>();
    }

    /// <summary>Begins to look for devices and to sample them. Returns at once.</summary>
    public void Start()
    {
        foreach (var source in _sources)
            new Thread(() => Open(source)) { IsBackground = true, Name = $"Ryot devices: {source.Name}" }.Start();
        _timer = _clock.CreateTimer(_ => Sample(), null, _interval, _interval);
    }

    /// <summary>Ends sampling. A thread that hangs in a driver is left behind.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            if (_stopped)
                return;
            _stopped = true;
        }
        _timer?.Dispose();
        _devices.ForEach(device => device.Stop());
        _stopWatching.Cancel();
        // A library must not be shut down while a thread is in it. One that hangs is waited for, and then no other.
        if (_devices.TrueForAll(device => device.HasEnded(_stopLimit)) && _watches.TrueForAll(watch => watch.HasEnded(_stopLimit)))
            _open.ForEach(source => source.Close());
        _stopWatching.Dispose();
    }

    private void Sample()
    {
        lock (_gate)
        {
            if (!_stopped)
                _devices.ForEach(device => device.Want());
        }
    }

    private void Open(IDeviceSource source)
    {
        IReadOnlyList<SampledDevice> found;
        try
        {
            found = [.. source.Open().Select(Describe)];
        }
        catch (Exception exception)
        {
            // The server serves without knowing its devices.
            LogCannotLook(source.Name, exception.Message);
            return;
        }
        lock (_gate)
        {
            if (_stopped)
                return;
            _open.Add(source);
            _devices.AddRange(found);
            foreach (var device in found)
                device.Start();
            if (found.Count == 0)
                return;
            var watch = new ErrorWatch(source, found, _clock, _logger, _stopWatching.Token);
            _watches.Add(watch);
            watch.Start();
        }
    }

    private SampledDevice Describe(IDevice device)
    {
        // The engine is asked only where there is a GPU to number.
        var identity = device.Identity;
        var id = identity.FixedId ?? _numbers.Value.Take(identity);
        if (identity.FixedId is null)
            LogFound(id, identity.Name, identity.BusId);
        return new SampledDevice(id, device, _metrics.AddDevice(id, _patience), _readings, _patience, _clock, _logger);
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Device {DeviceId} is {Name} ({BusId}).")]
    private partial void LogFound(string deviceId, string name, string? busId);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Source}: no devices are sampled. {Why}")]
    private partial void LogCannotLook(string source, string why);
}
