using System.Globalization;

namespace Ryot.Engine.Devices.Nvml;

/// <summary>NVIDIA's GPUs, through the library that comes with their driver. Machines without that driver have no such library.</summary>
/// <param name="path">The library's file; null looks for it where the system does.</param>
internal sealed class NvmlSource(string? path) : IDeviceSource
{
    private NvmlLibrary? _library;
    private IReadOnlyList<NvmlDevice> _gpus = [];

    public string Name => "NVML";

    /// <summary>How long after a failure it is tried again to hear of errors.</summary>
    public TimeSpan RetryEventsAfter { get; init; } = TimeSpan.FromSeconds(5);

    public IReadOnlyList<IDevice> Open()
    {
        if (NvmlLibrary.TryLoad(path) is not { } library)
            return path is null ? [] : throw new DeviceSourceException($"'{path}' cannot be loaded as NVIDIA's management library.");
        var result = library.Init();
        // Images for GPUs bring the library also to machines that have none.
        if (result == NvmlReturn.DriverNotLoaded && path is null)
            return [];
        if (result != NvmlReturn.Success)
            throw new DeviceSourceException(library.Describe(result));
        _library = library;
        result = library.GetCount(out var count);
        if (result != NvmlReturn.Success)
            throw new DeviceSourceException(library.Describe(result));
        _gpus = [.. Enumerable.Range(0, (int)count).Select(index => new NvmlDevice(library, (uint)index, Identify(library, (uint)index)))];
        return [.. _gpus, .. _gpus.SelectMany(gpu => FindInstances(library, gpu))];
    }

    public void Watch(IDeviceErrors errors, CancellationToken stop)
    {
        if (_library is { } library)
            new NvmlEvents(library, _gpus, RetryEventsAfter).Watch(errors, stop);
    }

    public void Close() => _library?.Shutdown();

    /// <summary>The instances that a divided GPU has now and that this process may see.</summary>
    private static List<NvmlDevice> FindInstances(NvmlLibrary library, NvmlDevice gpu)
    {
        var instances = new List<NvmlDevice>();
        var parts = new HashSet<long>();
        if (library.GetHandle(gpu.Identity.Uuid, gpu.Index, out var handle) != NvmlReturn.Success ||
            library.GetMigMode(handle, out var divided) != NvmlReturn.Success || divided == 0 ||
            library.GetMostInstances(handle, out var most) != NvmlReturn.Success)
            return instances;
        for (var index = 0u; index < most; index++)
        {
            // Without its id it could not be found again.
            if (library.GetInstance(handle, index, out var instance) != NvmlReturn.Success || library.GetUuid(instance, out var uuid) != NvmlReturn.Success)
                continue;
            var name = library.GetName(instance, out var told) == NvmlReturn.Success ? told : gpu.Identity.Name + " MIG";
            long? gpuInstance = library.GetGpuInstanceId(instance, out var gpuId) == NvmlReturn.Success ? gpuId : null;
            long? computeInstance = library.GetComputeInstanceId(instance, out var computeId) == NvmlReturn.Success ? computeId : null;
            var mig = new MigInstance(gpu.Identity.Uuid, gpuInstance, computeInstance);
            instances.Add(new NvmlDevice(library, index, new DeviceIdentity(name) { Uuid = uuid, BusId = gpu.Identity.BusId, Mig = mig })
            {
                // Compute instances of one GPU instance share its memory.
                IsMemoryTold = gpuInstance is { } part && !parts.Add(part),
            });
        }
        gpu.IsMemoryTold = instances.Count > 0;
        return instances;
    }

    /// <summary>What can be learned of a device. One that is lost already has only its number.</summary>
    private static DeviceIdentity Identify(NvmlLibrary library, uint index)
    {
        var name = "NVIDIA GPU " + index.ToString(CultureInfo.InvariantCulture);
        if (library.GetHandle(index, out var device) != NvmlReturn.Success)
            return new DeviceIdentity(name);
        return new DeviceIdentity(library.GetName(device, out var told) == NvmlReturn.Success ? told : name)
        {
            Uuid = library.GetUuid(device, out var uuid) == NvmlReturn.Success ? uuid : null,
            BusId = library.GetBusId(device, out var busId) == NvmlReturn.Success ? PciBusId.Normalize(busId) : null,
        };
    }
}
