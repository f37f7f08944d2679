using Microsoft.Extensions.Logging;

namespace Ryot.Engine.Devices;

/// <summary>Logs the critical errors of a device. A code that repeats is told once in a while, since some repeat many times a second.</summary>
/// <param name="deviceId">The device's label in metrics.</param>
/// <param name="name">What it is.</param>
/// <param name="clock">The clock of the repetitions.</param>
/// <param name="logger">Where to log.</param>
internal sealed partial class XidLog(string deviceId, string name, TimeProvider clock, ILogger logger)
{
    private static readonly TimeSpan _quietFor = TimeSpan.FromMinutes(1);

    private readonly Dictionary<long, (long LoggedAt, int Untold)> _codes = [];

    public void Add(XidError error)
    {
        var now = clock.GetTimestamp();
        var seen = _codes.TryGetValue(error.Code, out var before);
        if (seen && clock.GetElapsedTime(before.LoggedAt, now) < _quietFor)
        {
            _codes[error.Code] = before with { Untold = before.Untold + 1 };
            return;
        }
        _codes[error.Code] = (now, 0);
        if (before.Untold > 0)
            LogRepeated(deviceId, name, error.Code, before.Untold);
        else if (error.GpuInstanceId is { } instance)
            LogInstance(deviceId, name, error.Code, instance);
        else
            Log(deviceId, name, error.Code);
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Device {DeviceId} ({Name}): its driver reports Xid {Code}.")]
    private partial void Log(string deviceId, string name, long code);

    [LoggerMessage(Level = LogLevel.Error, Message = "Device {DeviceId} ({Name}): its driver reports Xid {Code} in GPU instance {Instance}.")]
    private partial void LogInstance(string deviceId, string name, long code, long instance);

    [LoggerMessage(Level = LogLevel.Error, Message = "Device {DeviceId} ({Name}): its driver reports Xid {Code}, and did {Untold} times since it was last logged.")]
    private partial void LogRepeated(string deviceId, string name, long code, int untold);
}
