namespace Ryot.Engine.Devices.Nvml;

/// <summary>GPUs that are divided into instances (MIG), each with a handle of its own.</summary>
internal sealed unsafe partial class NvmlLibrary
{
    private readonly nint _migMode = Find(library, "nvmlDeviceGetMigMode");
    private readonly nint _mostInstances = Find(library, "nvmlDeviceGetMaxMigDeviceCount");
    private readonly nint _instance = Find(library, "nvmlDeviceGetMigDeviceHandleByIndex");
    private readonly nint _gpuInstanceId = Find(library, "nvmlDeviceGetGpuInstanceId");
    private readonly nint _computeInstanceId = Find(library, "nvmlDeviceGetComputeInstanceId");

    /// <summary>Whether a GPU is divided (1) or not (0).</summary>
    public NvmlReturn GetMigMode(nint device, out uint divided)
    {
        divided = 0;
        uint afterReset;
        fixed (uint* now = &divided)
            return _migMode == 0 ? NvmlReturn.FunctionNotFound : ((delegate* unmanaged[Cdecl]<nint, uint*, uint*, NvmlReturn>)_migMode)(device, now, &afterReset);
    }

    /// <summary>How many instances a GPU can have; not all numbers below need have one.</summary>
    public NvmlReturn GetMostInstances(nint device, out uint count) => Get(_mostInstances, device, out count);

    public NvmlReturn GetInstance(nint device, uint index, out nint instance)
    {
        instance = 0;
        fixed (nint* result = &instance)
            return _instance == 0 ? NvmlReturn.FunctionNotFound : ((delegate* unmanaged[Cdecl]<nint, uint, nint*, NvmlReturn>)_instance)(device, index, result);
    }

    public NvmlReturn GetGpuInstanceId(nint instance, out uint id) => Get(_gpuInstanceId, instance, out id);

    public NvmlReturn GetComputeInstanceId(nint instance, out uint id) => Get(_computeInstanceId, instance, out id);
}
