using Microsoft.Extensions.Logging;
using Ryot.Metrics;

namespace Ryot.Engine.Devices;

/// <summary>
/// One device with a thread of its own that reads it whenever it is told to. A driver that hangs holds up this thread and no other; if
/// it ever returns, the device is back. So there is never more than one thread for a device.
/// </summary>
internal sealed partial class SampledDevice
{
    private readonly IDevice _device;
    private readonly DeviceMetrics _metrics;
    private readonly DeviceReadings _readings;
    private readonly DeviceAccount _account;
    private readonly TimeSpan _patience;
    private readonly TimeProvider _clock;
    private readonly ILogger _logger;
    private readonly object _gate = new();
    private readonly Lock _stateGate = new();
    private readonly XidLog _xidLog;
    private readonly Thread _thread;
    private readonly string _name;
    private DeviceState _state;
    private long _readingSince;
    private int _isDown;
    private bool _wanted;
    private bool _stop;

    /// <param name="deviceId">Its label in metrics.</param>
    /// <param name="device">What is read.</param>
    /// <param name="metrics">Where samples are recorded.</param>
    /// <param name="readings">Where readings are shown.</param>
    /// <param name="patience">How long a reading may take before the device counts as down.</param>
    /// <param name="clock">The clock of the readings.</param>
    /// <param name="logger">Told when it goes down, and when it is back.</param>
    public SampledDevice(
        string deviceId, IDevice device, DeviceMetrics metrics, DeviceReadings readings, TimeSpan patience, TimeProvider clock, ILogger logger)
    {
        DeviceId = deviceId;
        _device = device;
        _metrics = metrics;
        _readings = readings;
        _patience = patience;
        _account = new DeviceAccount(clock, patience);
        _clock = clock;
        _logger = logger;
        _name = device.Identity.BusId is { } busId ? $"{device.Identity.Name}, {busId}" : device.Identity.Name;
        _state = new DeviceState(deviceId, device.Identity) { Timestamp = clock.GetTimestamp() };
        _xidLog = new XidLog(deviceId, _name, clock, logger);
        _thread = new Thread(Run) { IsBackground = true, Name = $"Ryot device {deviceId}" };
    }

    /// <summary>Its label in metrics.</summary>
    public string DeviceId { get; }

    /// <summary>What is read.</summary>
    public IDevice Device => _device;

    public void Start()
    {
        _thread.Start();
        Want();
    }

    /// <summary>Has the device read, at once or after the reading under way; tells if that one takes too long. Never waits.</summary>
    public void Want()
    {
        if (Volatile.Read(ref _readingSince) is not 0 and var since && _clock.GetElapsedTime(since) > _patience)
            ReportDown("its driver has not answered since the reading before");
        lock (_gate)
        {
            _wanted = true;
            Monitor.Pulse(_gate);
        }
    }

    /// <summary>Its driver will report errors from now on: there were none yet.</summary>
    public void BeginErrors() => _metrics.RecordXidErrors(0);

    /// <summary>Records an error that its driver reported by itself. One thread at a time.</summary>
    public void AddError(XidError error)
    {
        _metrics.RecordXidErrors(1);
        Show(state => state with { LastXid = error });
        _xidLog.Add(error);
    }

    /// <summary>Waits for the thread to end, which <see cref="Stop"/> told it to.</summary>
    /// <returns>Whether it has ended. One that hangs in a driver dies with the process.</returns>
    public bool HasEnded(TimeSpan limit) => _thread.Join(limit);

    /// <summary>Ends the thread after the reading under way.</summary>
    public void Stop()
    {
        lock (_gate)
        {
            _stop = true;
            Monitor.Pulse(_gate);
        }
    }

    private void Run()
    {
        while (WaitUntilWanted())
        {
            // 0 says that nothing is being read.
            Volatile.Write(ref _readingSince, Math.Max(1, _clock.GetTimestamp()));
            Read();
            Volatile.Write(ref _readingSince, 0);
        }
    }

    private bool WaitUntilWanted()
    {
        lock (_gate)
        {
            while (!_wanted && !_stop)
                Monitor.Wait(_gate);
            _wanted = false;
            return !_stop;
        }
    }

    private void Read()
    {
        try
        {
            var reading = _device.Read();
            Show(state => state with { Reading = reading, Failure = null, Timestamp = _clock.GetTimestamp() });
            _metrics.Record(_account.Add(reading));
            if (Interlocked.Exchange(ref _isDown, 0) == 1)
                LogBack(DeviceId, _name);
        }
        catch (Exception exception)
        {
            // Whatever a driver does, the next attempt may succeed.
            ReportDown(exception.Message);
        }
    }

    private void ReportDown(string why)
    {
        Show(state => state with { Reading = null, Failure = why, Timestamp = _clock.GetTimestamp() });
        _metrics.RecordDown();
        if (Interlocked.Exchange(ref _isDown, 1) == 0)
            LogDown(DeviceId, _name, why);
    }

    private void Show(Func<DeviceState, DeviceState> change)
    {
        lock (_stateGate)
        {
            _state = change(_state);
            _readings.Set(_state);
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Device {DeviceId} ({Name}) does not answer: {Why}")]
    private partial void LogDown(string deviceId, string name, string why);

    [LoggerMessage(Level = LogLevel.Information, Message = "Device {DeviceId} ({Name}) answers again.")]
    private partial void LogBack(string deviceId, string name);
}
