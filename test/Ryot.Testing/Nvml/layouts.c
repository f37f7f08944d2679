/* Prints the sizes of the structs and where their members are, one "struct.member value" a line. */
#include <stddef.h>
#include <stdio.h>

#include "nvml_layouts.h"

#define SIZE(type) printf(#type " %zu\n", sizeof(type))
#define MEMBER(type, member) printf(#type "." #member " %zu\n", offsetof(type, member))

int main(void)
{
    SIZE(nvmlPciInfo_t);
    MEMBER(nvmlPciInfo_t, busIdLegacy);
    MEMBER(nvmlPciInfo_t, domain);
    MEMBER(nvmlPciInfo_t, bus);
    MEMBER(nvmlPciInfo_t, device);
    MEMBER(nvmlPciInfo_t, pciDeviceId);
    MEMBER(nvmlPciInfo_t, pciSubSystemId);
    MEMBER(nvmlPciInfo_t, busId);
    SIZE(nvmlPciInfo_v2_t);
    MEMBER(nvmlPciInfo_v2_t, busId);
    SIZE(nvmlMemory_t);
    MEMBER(nvmlMemory_t, total);
    MEMBER(nvmlMemory_t, free);
    MEMBER(nvmlMemory_t, used);
    SIZE(nvmlMemory_v2_t);
    MEMBER(nvmlMemory_v2_t, version);
    MEMBER(nvmlMemory_v2_t, total);
    MEMBER(nvmlMemory_v2_t, reserved);
    MEMBER(nvmlMemory_v2_t, free);
    MEMBER(nvmlMemory_v2_t, used);
    SIZE(nvmlUtilization_t);
    MEMBER(nvmlUtilization_t, gpu);
    MEMBER(nvmlUtilization_t, memory);
    SIZE(nvmlProcessInfo_v1_t);
    MEMBER(nvmlProcessInfo_v1_t, pid);
    MEMBER(nvmlProcessInfo_v1_t, usedGpuMemory);
    SIZE(nvmlProcessInfo_v2_t);
    MEMBER(nvmlProcessInfo_v2_t, pid);
    MEMBER(nvmlProcessInfo_v2_t, usedGpuMemory);
    MEMBER(nvmlProcessInfo_v2_t, gpuInstanceId);
    MEMBER(nvmlProcessInfo_v2_t, computeInstanceId);
    SIZE(nvmlFieldValue_t);
    MEMBER(nvmlFieldValue_t, fieldId);
    MEMBER(nvmlFieldValue_t, scopeId);
    MEMBER(nvmlFieldValue_t, timestamp);
    MEMBER(nvmlFieldValue_t, latencyUsec);
    MEMBER(nvmlFieldValue_t, valueType);
    MEMBER(nvmlFieldValue_t, nvmlReturn);
    MEMBER(nvmlFieldValue_t, value);
    SIZE(nvmlEventData_t);
    MEMBER(nvmlEventData_t, device);
    MEMBER(nvmlEventData_t, eventType);
    MEMBER(nvmlEventData_t, eventData);
    MEMBER(nvmlEventData_t, gpuInstanceId);
    MEMBER(nvmlEventData_t, computeInstanceId);
    SIZE(nvmlEventData_v1_t);
    MEMBER(nvmlEventData_v1_t, device);
    MEMBER(nvmlEventData_v1_t, eventType);
    MEMBER(nvmlEventData_v1_t, eventData);
    return 0;
}
