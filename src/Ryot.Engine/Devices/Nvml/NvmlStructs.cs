using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Ryot.Engine.Devices.Nvml;

/// <summary><c>nvmlPciInfo_t</c> since version 3; the versions before have only its beginning, and 16 bytes after that.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct NvmlPciInfo
{
    public LegacyBusId BusIdLegacy;
    public uint Domain;
    public uint Bus;
    public uint Device;
    public uint DeviceId;
    public uint SubSystemId;
    public FullBusId BusId;

    [InlineArray(16)]
    public struct LegacyBusId
    {
        private byte _first;
    }

    [InlineArray(32)]
    public struct FullBusId
    {
        private byte _first;
    }
}

/// <summary><c>nvmlMemory_t</c>, in bytes.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct NvmlMemory
{
    public ulong Total;
    public ulong Free;
    public ulong Used;
}

/// <summary><c>nvmlMemory_v2_t</c>, in bytes.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct NvmlMemoryV2
{
    public uint Version;
    public ulong Total;
    public ulong Reserved;
    public ulong Free;
    public ulong Used;

    /// <summary>What the driver wants to find in <see cref="Version"/>: the size, and the number in the highest byte.</summary>
    public static unsafe uint ExpectedVersion => (uint)sizeof(NvmlMemoryV2) | (2u << 24);
}

/// <summary><c>nvmlUtilization_t</c>, in percent.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct NvmlUtilization
{
    public uint Gpu;
    public uint Memory;
}

/// <summary><c>nvmlProcessInfo_v1_t</c>, of the function without a version.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct NvmlProcessV1
{
    public uint Pid;
    public ulong UsedGpuMemory;
}

/// <summary><c>nvmlProcessInfo_v2_t</c>, of the functions of versions 2 and 3.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct NvmlProcessV2
{
    public uint Pid;
    public ulong UsedGpuMemory;
    public uint GpuInstanceId;
    public uint ComputeInstanceId;
}

/// <summary><c>nvmlFieldValue_t</c>; the value is a union.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct NvmlFieldValue
{
    public uint FieldId;
    public uint ScopeId;
    public long Timestamp;
    public long LatencyMicroseconds;
    public int ValueType;
    public NvmlReturn Return;
    public ulong Value;
}

/// <summary><c>nvmlEventData_t</c>; that of the function without a version ends after <see cref="EventData"/>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct NvmlEventData
{
    /// <summary>What an id of an instance is where there is none.</summary>
    public const uint NoInstance = uint.MaxValue;

    public nint Device;
    public ulong EventType;
    public ulong EventData;
    public uint GpuInstanceId;
    public uint ComputeInstanceId;
}
