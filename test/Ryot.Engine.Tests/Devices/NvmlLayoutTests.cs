using System.Reflection;
using System.Runtime.InteropServices;
using Ryot.Engine.Devices.Nvml;
using Ryot.Testing.Nvml;
using Xunit;

namespace Ryot.Engine.Tests.Devices;

/// <summary>The structs against what a C compiler makes of their declarations.</summary>
public sealed unsafe class NvmlLayoutTests
{
    private readonly IReadOnlyDictionary<string, int> _layouts = NvmlStandIn.Layouts();

    [Fact]
    public void Every_struct_has_its_size()
    {
        Assert.Equal(
            (sizeof(NvmlPciInfo), sizeof(NvmlMemory), sizeof(NvmlMemoryV2), sizeof(NvmlUtilization), sizeof(NvmlProcessV1), sizeof(NvmlProcessV2), sizeof(NvmlFieldValue),
                sizeof(NvmlEventData)),
            (_layouts["nvmlPciInfo_t"], _layouts["nvmlMemory_t"], _layouts["nvmlMemory_v2_t"], _layouts["nvmlUtilization_t"],
                _layouts["nvmlProcessInfo_v1_t"], _layouts["nvmlProcessInfo_v2_t"], _layouts["nvmlFieldValue_t"], _layouts["nvmlEventData_t"]));
        // The older one is read through the newer, which must have room for it and the address in the same place.
        Assert.True(_layouts["nvmlPciInfo_v2_t"] <= sizeof(NvmlPciInfo));
        Assert.Equal(_layouts["nvmlPciInfo_t.busIdLegacy"], _layouts["nvmlPciInfo_v2_t.busId"]);
        Assert.True(_layouts["nvmlEventData_v1_t"] <= sizeof(NvmlEventData));
        Assert.All(
            (string[])["device", "eventType", "eventData"],
            member => Assert.Equal(_layouts["nvmlEventData_t." + member], _layouts["nvmlEventData_v1_t." + member]));
    }

    [Fact]
    public void Every_member_is_where_it_should_be()
    {
        CheckMembers<NvmlPciInfo>(
            "nvmlPciInfo_t", ("BusIdLegacy", "busIdLegacy"), ("Domain", "domain"), ("Bus", "bus"), ("Device", "device"), ("DeviceId", "pciDeviceId"),
            ("SubSystemId", "pciSubSystemId"), ("BusId", "busId"));
        CheckMembers<NvmlMemory>("nvmlMemory_t", ("Total", "total"), ("Free", "free"), ("Used", "used"));
        CheckMembers<NvmlMemoryV2>(
            "nvmlMemory_v2_t", ("Version", "version"), ("Total", "total"), ("Reserved", "reserved"), ("Free", "free"), ("Used", "used"));
        CheckMembers<NvmlUtilization>("nvmlUtilization_t", ("Gpu", "gpu"), ("Memory", "memory"));
        CheckMembers<NvmlProcessV1>("nvmlProcessInfo_v1_t", ("Pid", "pid"), ("UsedGpuMemory", "usedGpuMemory"));
        CheckMembers<NvmlProcessV2>(
            "nvmlProcessInfo_v2_t", ("Pid", "pid"), ("UsedGpuMemory", "usedGpuMemory"), ("GpuInstanceId", "gpuInstanceId"),
            ("ComputeInstanceId", "computeInstanceId"));
        CheckMembers<NvmlFieldValue>(
            "nvmlFieldValue_t", ("FieldId", "fieldId"), ("ScopeId", "scopeId"), ("Timestamp", "timestamp"), ("LatencyMicroseconds", "latencyUsec"),
            ("ValueType", "valueType"), ("Return", "nvmlReturn"), ("Value", "value"));
        CheckMembers<NvmlEventData>(
            "nvmlEventData_t", ("Device", "device"), ("EventType", "eventType"), ("EventData", "eventData"), ("GpuInstanceId", "gpuInstanceId"),
            ("ComputeInstanceId", "computeInstanceId"));
    }

    private void CheckMembers<T>(string native, params (string Managed, string Native)[] members)
    {
        Assert.Equal(typeof(T).GetFields(BindingFlags.Public | BindingFlags.Instance).Select(field => field.Name).Order(), members.Select(member => member.Managed).Order());
        foreach (var (managed, member) in members)
            Assert.Equal((member, _layouts[$"{native}.{member}"]), (member, (int)Marshal.OffsetOf<T>(managed)));
    }
}
