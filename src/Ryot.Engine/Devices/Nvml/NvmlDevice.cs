namespace Ryot.Engine.Devices.Nvml;

/// <summary>One NVIDIA GPU, or an instance of one that is divided.</summary>
internal sealed class NvmlDevice(NvmlLibrary library, uint index, DeviceIdentity identity) : IDevice
{
    /// <summary>What the driver says of a process whose memory it does not know.</summary>
    private const ulong NotAvailable = ulong.MaxValue;

    private static readonly (ulong Bit, ThrottleReasons Reason)[] _reasons =
    [
        (0x04, ThrottleReasons.PowerCap), (0x08, ThrottleReasons.HardwareSlowdown), (0x20, ThrottleReasons.Thermal), (0x40, ThrottleReasons.Thermal),
        (0x80, ThrottleReasons.PowerBrake),
    ];

    private readonly List<uint> _links = [];
    private readonly ulong?[] _linkErrorsBefore = new ulong?[NvmlLibrary.MostNvLinks * NvmlLibrary.NvLinkErrorKinds];
    private long? _linkErrors;
    private nint _handle;
    private int _answers;
    private NvmlReturn _failure;

    public DeviceIdentity Identity => identity;

    /// <summary>Its number in the library.</summary>
    public uint Index => index;

    /// <summary>Whether its memory is told by another device, which is a part of it or shares it, and so not once more by itself.</summary>
    public bool IsMemoryTold { get; set; }

    public DeviceReading Read()
    {
        (_answers, _failure) = (0, NvmlReturn.Success);
        try
        {
            FindHandle();
            if (identity.Mig is null)
                FindLinks();
            var reading = identity.Mig is null ? ReadGpu() : ReadMemory();
            // Some failures show only in that nothing works any more.
            if (_answers == 0)
                throw new DeviceLostException(library.Describe(_failure));
            return reading;
        }
        catch (DeviceLostException)
        {
            // A device that comes back, as after a reset, may have another handle.
            _handle = 0;
            throw;
        }
    }

    private DeviceReading ReadGpu() => (IsMemoryTold ? new DeviceReading() : ReadMemory()) with
    {
        UtilizationPercent = Answers(library.GetUtilization(_handle, out var utilization)) ? utilization.Gpu : null,
        PowerWatts = Answers(library.GetPower(_handle, out var milliwatts)) ? milliwatts / 1000d : null,
        EnergyJoules = Answers(library.GetEnergy(_handle, out var millijoules)) ? millijoules / 1000d : null,
        TemperatureCelsius = Answers(library.GetTemperature(_handle, out var celsius)) ? celsius : null,
        MemoryTemperatureCelsius = Answers(library.GetMemoryTemperature(_handle, out var memoryCelsius)) ? memoryCelsius : null,
        SmClockHertz = Answers(library.GetSmClock(_handle, out var megahertz)) ? megahertz * 1e6 : null,
        ThrottledBy = Answers(library.GetThrottleReasons(_handle, out var bits)) ? Reasons(bits) : null,
        CorrectedEccErrors = Answers(library.GetEccErrors(_handle, corrected: true, out var corrected)) ? (long)corrected : null,
        UncorrectedEccErrors = Answers(library.GetEccErrors(_handle, corrected: false, out var uncorrected)) ? (long)uncorrected : null,
        PcieReplays = Answers(library.GetPcieReplays(_handle, out var replays)) ? replays : null,
        NvLinkReceivedBytes = ReadLinkTraffic(received: true),
        NvLinkSentBytes = ReadLinkTraffic(received: false),
        NvLinkErrors = SumLinkErrors(),
        // Slow, since the driver measures while it is asked; nothing else waits for this thread.
        PcieReceivedBytesPerSecond = Answers(library.GetPcieThroughput(_handle, received: true, out var received)) ? received * 1000d : null,
        PcieSentBytesPerSecond = Answers(library.GetPcieThroughput(_handle, received: false, out var sent)) ? sent * 1000d : null,
    };

    /// <summary>All that the driver tells of an instance.</summary>
    private DeviceReading ReadMemory()
    {
        var hasMemory = Answers(library.GetMemory(_handle, out var used, out var total)) && !IsMemoryTold;
        return new DeviceReading
        {
            MemoryUsedBytes = hasMemory ? (long)used : null,
            MemoryTotalBytes = hasMemory ? (long)total : null,
            OwnMemoryBytes = Answers(library.GetProcesses(_handle, out var processes)) ? OwnMemory(processes) : null,
        };
    }

    private void FindHandle()
    {
        if (_handle != 0)
            return;
        var result = library.GetHandle(identity.Uuid, index, out _handle);
        if (result != NvmlReturn.Success)
            throw new DeviceLostException(library.Describe(result));
    }

    /// <summary>Links come up and go down while the machine runs.</summary>
    private void FindLinks()
    {
        _links.Clear();
        for (var link = 0u; link < NvmlLibrary.MostNvLinks && Answers(library.GetNvLinkState(_handle, link, out var active)); link++)
        {
            if (active != 0)
                _links.Add(link);
        }
    }

    private long? ReadLinkTraffic(bool received) =>
        _links.Count > 0 && Answers(library.GetNvLinkTraffic(_handle, received, out var kibibytes)) ? (long)kibibytes * 1024 : null;

    /// <summary>
    /// The sum over all links; null also where one cannot be read just now. Each counter's growth is added by itself, so that a link that
    /// was gone does not bring all its errors once more.
    /// </summary>
    private long? SumLinkErrors()
    {
        var isFirst = _linkErrors is null;
        foreach (var link in _links)
        {
            for (var kind = 0; kind < NvmlLibrary.NvLinkErrorKinds; kind++)
            {
                var result = library.GetNvLinkErrors(_handle, link, kind, out var errors);
                if (Answers(result))
                {
                    ref var before = ref _linkErrorsBefore[link * NvmlLibrary.NvLinkErrorKinds + kind];
                    var known = before ?? (isFirst ? 0 : errors);
                    _linkErrors = (_linkErrors ?? 0) + (long)(errors - Math.Min(known, errors));
                    before = errors;
                }
                else if (result is not (NvmlReturn.NotSupported or NvmlReturn.FunctionNotFound or NvmlReturn.InvalidArgument))
                    return null;
            }
        }
        return _links.Count > 0 ? _linkErrors : null;
    }

    /// <summary>Whether there is a value.</summary>
    /// <exception cref="DeviceLostException">There will be no other values either.</exception>
    private bool Answers(NvmlReturn result)
    {
        if (result == NvmlReturn.Success)
        {
            _answers++;
            return true;
        }
        if (result is NvmlReturn.GpuIsLost or NvmlReturn.GpuNotFound or NvmlReturn.ResetRequired or NvmlReturn.Uninitialized or NvmlReturn.DriverNotLoaded)
            throw new DeviceLostException(library.Describe(result));
        if (result is not (NvmlReturn.NotSupported or NvmlReturn.FunctionNotFound) || _failure == NvmlReturn.Success)
            _failure = result;
        return false;
    }

    private static ThrottleReasons Reasons(ulong bits) =>
        _reasons.Where(reason => (bits & reason.Bit) != 0).Aggregate(ThrottleReasons.None, (sum, reason) => sum | reason.Reason);

    private static long? OwnMemory(IReadOnlyList<(uint Pid, ulong Bytes)> processes)
    {
        long? sum = null;
        foreach (var (pid, bytes) in processes)
        {
            if (pid == Environment.ProcessId && bytes != NotAvailable)
                sum = (sum ?? 0) + (long)bytes;
        }
        return sum;
    }
}
