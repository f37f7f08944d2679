using Microsoft.Extensions.Logging;

namespace Ryot.Engine.Devices;

/// <summary>A thread that hears of the critical errors of a source's devices. It waits in the driver, and nothing waits for it.</summary>
internal sealed partial class ErrorWatch : IDeviceErrors
{
    private readonly IDeviceSource _source;
    private readonly Dictionary<IDevice, SampledDevice> _devices;
    private readonly TimeProvider _clock;
    private readonly ILogger _logger;
    private readonly CancellationToken _stop;
    private readonly Thread _thread;

    /// <param name="source">Tells of the errors.</param>
    /// <param name="devices">Whose errors.</param>
    /// <param name="clock">Tells when they were.</param>
    /// <param name="logger">Told when nothing can be heard.</param>
    /// <param name="stop">Ends the thread.</param>
    public ErrorWatch(IDeviceSource source, IReadOnlyList<SampledDevice> devices, TimeProvider clock, ILogger logger, CancellationToken stop)
    {
        _stop = stop;
        _source = source;
        _devices = devices.ToDictionary(device => device.Device);
        _clock = clock;
        _logger = logger;
        _thread = new Thread(Run) { IsBackground = true, Name = $"Ryot device errors: {source.Name}" };
    }

    public void Start() => _thread.Start();

    /// <summary>Waits for the thread to end.</summary>
    /// <returns>Whether it has ended. One that hangs in a driver dies with the process.</returns>
    public bool HasEnded(TimeSpan limit) => _thread.Join(limit);

    public void Begin(IDevice device) => _devices[device].BeginErrors();

    public void Add(IDevice device, long code, uint? gpuInstanceId) => _devices[device].AddError(new XidError(code, _clock.GetUtcNow(), gpuInstanceId));

    private void Run()
    {
        try
        {
            _source.Watch(this, _stop);
        }
        catch (Exception exception)
        {
            // Devices are sampled also where nothing is heard of their errors.
            LogDeaf(_source.Name, exception.Message);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Source}: the devices' errors are not counted. {Why}")]
    private partial void LogDeaf(string source, string why);
}
