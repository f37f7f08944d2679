namespace Ryot.Engine.Devices.Nvml;

/// <summary>What the driver reports by itself.</summary>
internal sealed unsafe partial class NvmlLibrary
{
    private const ulong XidErrors = 8;

    private readonly nint _registerEvents = Find(library, "nvmlDeviceRegisterEvents");
    private readonly nint _wait = Find(library, "nvmlEventSetWait_v2", "nvmlEventSetWait");

    public NvmlReturn CreateEventSet(out nint set)
    {
        set = 0;
        var function = Find(_library, "nvmlEventSetCreate");
        fixed (nint* result = &set)
            return function == 0 ? NvmlReturn.FunctionNotFound : ((delegate* unmanaged[Cdecl]<nint*, NvmlReturn>)function)(result);
    }

    public NvmlReturn FreeEventSet(nint set)
    {
        var function = Find(_library, "nvmlEventSetFree");
        return function == 0 ? NvmlReturn.FunctionNotFound : ((delegate* unmanaged[Cdecl]<nint, NvmlReturn>)function)(set);
    }

    /// <summary>Has critical errors of a device that occur from now on reported to the set.</summary>
    public NvmlReturn RegisterXidErrors(nint device, nint set) =>
        _registerEvents == 0
            ? NvmlReturn.FunctionNotFound
            : ((delegate* unmanaged[Cdecl]<nint, ulong, nint, NvmlReturn>)_registerEvents)(device, XidErrors, set);

    /// <summary>Waits for an event; <see cref="NvmlReturn.Timeout"/> where none came in time.</summary>
    public NvmlReturn Wait(nint set, uint milliseconds, out NvmlEventData data)
    {
        // The older function writes only the beginning.
        data = new NvmlEventData { GpuInstanceId = NvmlEventData.NoInstance, ComputeInstanceId = NvmlEventData.NoInstance };
        fixed (NvmlEventData* result = &data)
            return _wait == 0 ? NvmlReturn.FunctionNotFound : ((delegate* unmanaged[Cdecl]<nint, NvmlEventData*, uint, NvmlReturn>)_wait)(set, result, milliseconds);
    }
}
