using System.Runtime.InteropServices;
using System.Text;

namespace Ryot.Engine.Devices.Nvml;

/// <summary>
/// NVIDIA's management library, as far as it is used. Functions are looked up by name when the library is loaded, newer versions first:
/// drivers lack what came after them. What is missing returns <see cref="NvmlReturn.FunctionNotFound"/>.
/// </summary>
internal sealed unsafe partial class NvmlLibrary(nint library)
{
    private const int UuidLength = 96;
    private const int NameLength = 96;
    private const int TemperatureOfGpu = 0;
    private const int ClockOfSm = 1;
    private const int EccSinceDriverLoaded = 0;
    private const uint FieldMemoryTemperature = 82;

    private readonly nint _library = library;
    private readonly nint _pciInfo = Find(library, "nvmlDeviceGetPciInfo_v3");
    private readonly nint _pciInfoV2 = Find(library, "nvmlDeviceGetPciInfo_v2", "nvmlDeviceGetPciInfo");
    private readonly nint _memoryV2 = Find(library, "nvmlDeviceGetMemoryInfo_v2");
    private readonly nint _memory = Find(library, "nvmlDeviceGetMemoryInfo");
    private readonly nint _utilization = Find(library, "nvmlDeviceGetUtilizationRates");
    private readonly nint _power = Find(library, "nvmlDeviceGetPowerUsage");
    private readonly nint _energy = Find(library, "nvmlDeviceGetTotalEnergyConsumption");
    private readonly nint _temperature = Find(library, "nvmlDeviceGetTemperature");
    private readonly nint _clock = Find(library, "nvmlDeviceGetClockInfo");
    private readonly nint _throttleReasons = Find(library, "nvmlDeviceGetCurrentClocksEventReasons", "nvmlDeviceGetCurrentClocksThrottleReasons");
    private readonly nint _eccErrors = Find(library, "nvmlDeviceGetTotalEccErrors");
    private readonly nint _fieldValues = Find(library, "nvmlDeviceGetFieldValues");
    private readonly nint _processesV2 = Find(library, "nvmlDeviceGetComputeRunningProcesses_v3", "nvmlDeviceGetComputeRunningProcesses_v2");
    private readonly nint _processes = Find(library, "nvmlDeviceGetComputeRunningProcesses");

    /// <summary>Loads the library.</summary>
    /// <param name="path">Its file; null is the one that comes with the driver.</param>
    /// <returns>Null where there is none.</returns>
    public static NvmlLibrary? TryLoad(string? path)
    {
        var name = path ?? (OperatingSystem.IsWindows() ? "nvml.dll" : "libnvidia-ml.so.1");
        return NativeLibrary.TryLoad(name, out var found) ? new NvmlLibrary(found) : null;
    }

    public NvmlReturn Init() => Call(Find(_library, "nvmlInit_v2", "nvmlInit"));

    public NvmlReturn Shutdown() => Call(Find(_library, "nvmlShutdown"));

    /// <summary>What a code means, in the library's words.</summary>
    public string Describe(NvmlReturn result)
    {
        var function = Find(_library, "nvmlErrorString");
        var text = function == 0 ? null : Marshal.PtrToStringUTF8(((delegate* unmanaged[Cdecl]<NvmlReturn, nint>)function)(result));
        return $"{text ?? "NVML failed"} (NVML error {(int)result})";
    }

    public NvmlReturn GetCount(out uint count) => Get(Find(_library, "nvmlDeviceGetCount_v2", "nvmlDeviceGetCount"), out count);

    public NvmlReturn GetHandle(uint index, out nint device)
    {
        device = 0;
        var function = Find(_library, "nvmlDeviceGetHandleByIndex_v2", "nvmlDeviceGetHandleByIndex");
        fixed (nint* result = &device)
            return function == 0 ? NvmlReturn.FunctionNotFound : ((delegate* unmanaged[Cdecl]<uint, nint*, NvmlReturn>)function)(index, result);
    }

    public NvmlReturn GetHandle(string uuid, out nint device)
    {
        device = 0;
        var function = Find(_library, "nvmlDeviceGetHandleByUUID");
        fixed (nint* result = &device)
        fixed (byte* text = Encoding.UTF8.GetBytes(uuid + '\0'))
            return function == 0 ? NvmlReturn.FunctionNotFound : ((delegate* unmanaged[Cdecl]<byte*, nint*, NvmlReturn>)function)(text, result);
    }

    /// <summary>A device by its unique id, which stays when the devices before it go; by its number where that cannot be.</summary>
    public NvmlReturn GetHandle(string? uuid, uint index, out nint device)
    {
        var result = uuid is not null ? GetHandle(uuid, out device) : GetHandle(index, out device);
        return result == NvmlReturn.FunctionNotFound ? GetHandle(index, out device) : result;
    }

    public NvmlReturn GetUuid(nint device, out string uuid) => GetText(Find(_library, "nvmlDeviceGetUUID"), device, UuidLength, out uuid);

    public NvmlReturn GetName(nint device, out string name) => GetText(Find(_library, "nvmlDeviceGetName"), device, NameLength, out name);

    public NvmlReturn GetBusId(nint device, out string busId)
    {
        var result = Get(_pciInfo, device, out NvmlPciInfo info);
        busId = Text(info.BusId);
        if (result != NvmlReturn.FunctionNotFound)
            return result;
        // The older structs are shorter than this one, and begin with the address.
        result = Get(_pciInfoV2, device, out info);
        busId = Text(info.BusIdLegacy);
        return result;
    }

    /// <summary>Memory in bytes. The driver's own share is not in <paramref name="used"/> where the driver tells it apart.</summary>
    public NvmlReturn GetMemory(nint device, out ulong used, out ulong total)
    {
        var memory = new NvmlMemoryV2 { Version = NvmlMemoryV2.ExpectedVersion };
        var result = GetInto(_memoryV2, device, ref memory);
        (used, total) = (memory.Used, memory.Total);
        if (result is not (NvmlReturn.FunctionNotFound or NvmlReturn.NotSupported or NvmlReturn.InvalidArgument or NvmlReturn.ArgumentVersionMismatch))
            return result;
        result = Get(_memory, device, out NvmlMemory old);
        (used, total) = (old.Used, old.Total);
        return result;
    }

    public NvmlReturn GetUtilization(nint device, out NvmlUtilization percent) => Get(_utilization, device, out percent);

    public NvmlReturn GetPower(nint device, out uint milliwatts) => Get(_power, device, out milliwatts);

    public NvmlReturn GetEnergy(nint device, out ulong millijoules) => Get(_energy, device, out millijoules);

    public NvmlReturn GetTemperature(nint device, out uint celsius) => Get(_temperature, device, TemperatureOfGpu, out celsius);

    public NvmlReturn GetMemoryTemperature(nint device, out uint celsius)
    {
        var result = GetField(device, FieldMemoryTemperature, 0, out var value);
        celsius = (uint)value;
        return result;
    }

    public NvmlReturn GetSmClock(nint device, out uint megahertz) => Get(_clock, device, ClockOfSm, out megahertz);

    public NvmlReturn GetThrottleReasons(nint device, out ulong bits) => Get(_throttleReasons, device, out bits);

    public NvmlReturn GetEccErrors(nint device, bool corrected, out ulong errors)
    {
        errors = 0;
        fixed (ulong* result = &errors)
        {
            return _eccErrors == 0
                ? NvmlReturn.FunctionNotFound
                : ((delegate* unmanaged[Cdecl]<nint, int, int, ulong*, NvmlReturn>)_eccErrors)(device, corrected ? 0 : 1, EccSinceDriverLoaded, result);
        }
    }

    /// <summary>The processes that compute on the device, with the bytes that each has; all bits are set where that is not known.</summary>
    public NvmlReturn GetProcesses(nint device, out IReadOnlyList<(uint Pid, ulong Bytes)> processes)
    {
        if (_processesV2 != 0)
            return GetProcesses<NvmlProcessV2>(_processesV2, device, static process => (process.Pid, process.UsedGpuMemory), out processes);
        return GetProcesses<NvmlProcessV1>(_processes, device, static process => (process.Pid, process.UsedGpuMemory), out processes);
    }

    private static NvmlReturn GetProcesses<T>(
        nint function, nint device, Func<T, (uint Pid, ulong Bytes)> read, out IReadOnlyList<(uint Pid, ulong Bytes)> processes)
        where T : unmanaged
    {
        processes = [];
        if (function == 0)
            return NvmlReturn.FunctionNotFound;
        var count = 32u;
        while (true)
        {
            var buffer = new T[count];
            NvmlReturn result;
            fixed (T* infos = buffer)
                result = ((delegate* unmanaged[Cdecl]<nint, uint*, T*, NvmlReturn>)function)(device, &count, infos);
            if (result == NvmlReturn.Success)
                processes = [.. buffer.Take((int)count).Select(read)];
            if (result != NvmlReturn.InsufficientSize || count <= buffer.Length)
                return result;
            // More may start before the next attempt.
            count += 8;
        }
    }

    private static nint Find(nint library, params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
        {
            if (NativeLibrary.TryGetExport(library, name, out var function))
                return function;
        }
        return 0;
    }

    private static NvmlReturn Call(nint function) => function == 0 ? NvmlReturn.FunctionNotFound : ((delegate* unmanaged[Cdecl]<NvmlReturn>)function)();

    private static NvmlReturn Get(nint function, out uint value)
    {
        value = 0;
        fixed (uint* result = &value)
            return function == 0 ? NvmlReturn.FunctionNotFound : ((delegate* unmanaged[Cdecl]<uint*, NvmlReturn>)function)(result);
    }

    private NvmlReturn GetField(nint device, uint fieldId, uint scope, out ulong value)
    {
        var field = new NvmlFieldValue { FieldId = fieldId, ScopeId = scope };
        var result = _fieldValues == 0
            ? NvmlReturn.FunctionNotFound
            : ((delegate* unmanaged[Cdecl]<nint, int, NvmlFieldValue*, NvmlReturn>)_fieldValues)(device, 1, &field);
        value = field.Value;
        return result == NvmlReturn.Success ? field.Return : result;
    }

    private static NvmlReturn Get<T>(nint function, nint device, out T value)
        where T : unmanaged
    {
        value = default;
        return GetInto(function, device, ref value);
    }

    private static NvmlReturn GetInto<T>(nint function, nint device, ref T value)
        where T : unmanaged
    {
        fixed (T* result = &value)
            return function == 0 ? NvmlReturn.FunctionNotFound : ((delegate* unmanaged[Cdecl]<nint, T*, NvmlReturn>)function)(device, result);
    }

    private static NvmlReturn Get(nint function, nint device, int kind, out uint value)
    {
        value = 0;
        fixed (uint* result = &value)
            return function == 0 ? NvmlReturn.FunctionNotFound : ((delegate* unmanaged[Cdecl]<nint, int, uint*, NvmlReturn>)function)(device, kind, result);
    }

    private static NvmlReturn GetText(nint function, nint device, int length, out string text)
    {
        var buffer = new byte[length];
        text = "";
        if (function == 0)
            return NvmlReturn.FunctionNotFound;
        NvmlReturn result;
        fixed (byte* chars = buffer)
            result = ((delegate* unmanaged[Cdecl]<nint, byte*, uint, NvmlReturn>)function)(device, chars, (uint)length);
        text = Text(buffer);
        return result;
    }

    private static string Text(ReadOnlySpan<byte> bytes)
    {
        var end = bytes.IndexOf((byte)0);
        return Encoding.UTF8.GetString(end < 0 ? bytes : bytes[..end]);
    }
}
