using System.Diagnostics.CodeAnalysis;

namespace Ryot.Engine.Devices.Nvml;

/// <summary>Hears of the GPUs' critical errors (Xid), as long as it is not told to stop.</summary>
/// <param name="library">Reports them.</param>
/// <param name="gpus">Whose errors.</param>
/// <param name="retryAfter">After a failure, as of a GPU that is lost, how long until the next attempt.</param>
internal sealed class NvmlEvents(NvmlLibrary library, IReadOnlyList<NvmlDevice> gpus, TimeSpan retryAfter)
{
    /// <summary>How long a wait in the driver may hold up the end.</summary>
    private const uint WaitMilliseconds = 200;

    private readonly Dictionary<nint, NvmlDevice> _heard = [];
    private readonly List<NvmlDevice> _unheard = [.. gpus];

    public void Watch(IDeviceErrors errors, CancellationToken stop)
    {
        do
        {
            var result = library.CreateEventSet(out var set);
            if (result is NvmlReturn.FunctionNotFound or NvmlReturn.NotSupported)
                return;
            if (result == NvmlReturn.Success)
            {
                Listen(set, errors, stop);
                library.FreeEventSet(set);
            }
            _unheard.AddRange(_heard.Values);
            _heard.Clear();
        }
        while (_unheard.Count > 0 && !stop.IsCancellationRequested && !stop.WaitHandle.WaitOne(retryAfter));
    }

    /// <summary>Hears of errors until the set fails, as it does when a GPU is lost, or until no device reports any.</summary>
    private void Listen(nint set, IDeviceErrors errors, CancellationToken stop)
    {
        var attempted = Environment.TickCount64;
        Register(set, errors);
        while (!stop.IsCancellationRequested && _heard.Count > 0)
        {
            if (_unheard.Count > 0 && Environment.TickCount64 - attempted > retryAfter.TotalMilliseconds)
            {
                Register(set, errors);
                attempted = Environment.TickCount64;
            }
            var begun = Environment.TickCount64;
            var result = library.Wait(set, WaitMilliseconds, out var data);
            if (result == NvmlReturn.Success)
                Report(data, errors);
            else if (result != NvmlReturn.Timeout)
                return;
            else if (begun + WaitMilliseconds - Environment.TickCount64 is var rest and > 0)
                stop.WaitHandle.WaitOne((int)rest); // The driver may return early.
        }
    }

    /// <summary>Registers the devices that are not heard yet. Those that report no errors are left alone from then on.</summary>
    private void Register(nint set, IDeviceErrors errors)
    {
        foreach (var gpu in _unheard.ToArray())
        {
            // One that cannot be found may be back later, whatever the driver says now.
            if (library.GetHandle(gpu.Identity.Uuid, gpu.Index, out var handle) != NvmlReturn.Success)
                continue;
            var result = library.RegisterXidErrors(handle, set);
            if (result == NvmlReturn.Success)
            {
                _heard[handle] = gpu;
                errors.Begin(gpu);
            }
            if (result is NvmlReturn.Success or NvmlReturn.NotSupported or NvmlReturn.FunctionNotFound or NvmlReturn.InvalidArgument or NvmlReturn.NoPermission)
                _unheard.Remove(gpu);
        }
    }

    private void Report(NvmlEventData data, IDeviceErrors errors)
    {
        // A GPU that is lost already may not tell its id any more.
        if (_heard.TryGetValue(data.Device, out var gpu) || FindByUuid(data.Device, out gpu))
            errors.Add(gpu, (long)data.EventData, data.GpuInstanceId == NvmlEventData.NoInstance ? null : data.GpuInstanceId);
    }

    private bool FindByUuid(nint handle, [NotNullWhen(true)] out NvmlDevice? gpu)
    {
        gpu = library.GetUuid(handle, out var uuid) == NvmlReturn.Success ? _heard.Values.FirstOrDefault(device => device.Identity.Uuid == uuid) : null;
        return gpu is not null;
    }
}
