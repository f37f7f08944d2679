/*
 * Stands in for NVIDIA's management library. What it answers is in a text file beside it, its own path with ".script" added, which is
 * read anew at each call, so that a test changes the answers by replacing the file:
 *
 *     init 9                    init fails with this code; without such a line it succeeds
 *     device                    begins a device; those below belong to it
 *     mig 1                     the device is divided
 *     instance                  begins an instance of the device before
 *     slot 2                    the instance's number among those of its device
 *     gpu_instance 3            and compute_instance: the ids that it tells
 *     uuid GPU-1                what its functions answer
 *     power 250000
 *     energy !15                this function fails with the code
 *     utilization hang          this function does not return until the file says something else
 *     processes 100:5 200:7     pid:bytes
 *     xids - 79 48@3            reports Xid 79, then 48 of GPU instance 3; "-" only says that it reports; see below
 *     event_wait !15            waiting for events fails with the code, once those before were delivered
 *     nvlinks 1 0               the links that there are, active or not
 *     nvlink_errors 0:2:7       link:kind:errors; all others are 0
 *
 * Xid errors are delivered once each, in their order, if they were appended to the line after the device was registered: keep the old ones.
 *
 * A function whose key is missing answers that it is not supported. With OLD_DRIVER defined, functions that came late are missing.
 * With FIXED_SCRIPT defined, the script is read only once, so that calls cost little.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "nvml_layouts.h"

enum {
    SUCCESS = 0,
    UNINITIALIZED = 1,
    INVALID_ARGUMENT = 2,
    NOT_SUPPORTED = 3,
    NOT_FOUND = 6,
    INSUFFICIENT_SIZE = 7,
    TIMEOUT = 10,
    VERSION_MISMATCH = 25
};

enum { MOST_DEVICES = 64 };

static int initialized;

/* Finds the line of a key of a device or instance, all counted together (-1: before the first one), and copies what follows the key. */
#ifdef FIXED_SCRIPT
static struct {
    int section;
    char text[256];
} lines[1024];

static int line_count;

__attribute__((constructor)) static void read_lines(void)
{
    Dl_info self;
    char path[4096];
    int section = -1;
    dladdr((void *)&initialized, &self);
    snprintf(path, sizeof path, "%s.script", self.dli_fname);
    FILE *script = fopen(path, "r");
    while (script && line_count < 1024 && fgets(lines[line_count].text, sizeof lines[0].text, script)) {
        char *text = lines[line_count].text;
        text[strcspn(text, "\n")] = 0;
        section += strcmp(text, "device") == 0 || strcmp(text, "instance") == 0;
        lines[line_count++].section = section;
    }
    if (script) {
        fclose(script);
    }
}

static int find(int device, const char *key, char *value, size_t room)
{
    size_t length = strlen(key);
    for (int line = 0; line < line_count; line++) {
        if (lines[line].section == device && strncmp(lines[line].text, key, length) == 0 && lines[line].text[length] == ' ') {
            snprintf(value, room, "%s", lines[line].text + length + 1);
            return 1;
        }
    }
    return 0;
}
#else
static int find(int device, const char *key, char *value, size_t room)
{
    Dl_info self;
    char path[4096], line[4096];
    dladdr((void *)&initialized, &self);
    snprintf(path, sizeof path, "%s.script", self.dli_fname);
    FILE *script = fopen(path, "r");
    int current = -1, found = 0;
    if (!script) {
        return 0;
    }
    while (!found && fgets(line, sizeof line, script)) {
        line[strcspn(line, "\n")] = 0;
        size_t length = strlen(key);
        if (strcmp(line, "device") == 0 || strcmp(line, "instance") == 0) {
            current++;
        } else if (current == device && strncmp(line, key, length) == 0 && line[length] == ' ') {
            snprintf(value, room, "%s", line + length + 1);
            found = 1;
        }
    }
    fclose(script);
    return found;
}
#endif

/* 'd' for a device, 'i' for an instance, 0 where there are no more. */
static char kind_of(int section)
{
    Dl_info self;
    char path[4096], line[4096], kind = 0;
    dladdr((void *)&initialized, &self);
    snprintf(path, sizeof path, "%s.script", self.dli_fname);
    FILE *script = fopen(path, "r");
    while (script && section >= 0 && fgets(line, sizeof line, script)) {
        line[strcspn(line, "\n")] = 0;
        if (strcmp(line, "device") == 0 || strcmp(line, "instance") == 0) {
            kind = section-- == 0 ? line[0] : 0;
        }
    }
    if (script) {
        fclose(script);
    }
    return kind;
}

/* The section of a device; -1: there is none. */
static int find_device(unsigned int index)
{
    for (int section = 0; kind_of(section); section++) {
        if (kind_of(section) == 'd' && index-- == 0) {
            return section;
        }
    }
    return -1;
}

/* The answer of one function, or why there is none. Handles are the number of its section and 1. */
static nvmlReturn_t answer(nvmlDevice_t handle, const char *key, char *value, size_t room)
{
    int device = (int)(intptr_t)handle - 1;
    char all[4096];
    if (!initialized) {
        return UNINITIALIZED;
    }
    if (device < 0) {
        return INVALID_ARGUMENT;
    }
    if (find(device, "all", all, sizeof all) && all[0] == '!') {
        return atoi(all + 1);
    }
    for (;;) {
        if (!find(device, key, value, room)) {
            return NOT_SUPPORTED;
        }
        if (strcmp(value, "hang") != 0) {
            break;
        }
        usleep(2000);
    }
    return value[0] == '!' ? atoi(value + 1) : SUCCESS;
}

static nvmlReturn_t number(nvmlDevice_t device, const char *key, unsigned long long *result)
{
    char value[4096];
    nvmlReturn_t code = answer(device, key, value, sizeof value);
    *result = code == SUCCESS ? strtoull(value, NULL, 10) : 0xDEADDEADDEADDEADull;
    return code;
}

static nvmlReturn_t small_number(nvmlDevice_t device, const char *key, unsigned int *result)
{
    unsigned long long value;
    nvmlReturn_t code = number(device, key, &value);
    *result = (unsigned int)value;
    return code;
}

static nvmlReturn_t text(nvmlDevice_t device, const char *key, char *result, unsigned int room)
{
    char value[4096];
    nvmlReturn_t code = answer(device, key, value, sizeof value);
    if (code != SUCCESS) {
        return code;
    }
    if (strlen(value) + 1 > room) {
        return INSUFFICIENT_SIZE;
    }
    strcpy(result, value);
    return SUCCESS;
}

static nvmlReturn_t init(void)
{
    char value[4096];
    if (find(-1, "init", value, sizeof value) && atoi(value) != SUCCESS) {
        return atoi(value);
    }
    initialized = 1;
    return SUCCESS;
}

#ifdef OLD_DRIVER
nvmlReturn_t nvmlInit(void) { return init(); }
#else
nvmlReturn_t nvmlInit_v2(void) { return init(); }
#endif

nvmlReturn_t nvmlShutdown(void)
{
    initialized = 0;
    return SUCCESS;
}

const char *nvmlErrorString(nvmlReturn_t code)
{
    switch (code) {
        case 9: return "Driver Not Loaded";
        case 15: return "GPU is lost";
        case 18: return "Driver/library version mismatch";
        case 999: return "Unknown Error";
        default: return "Some Error";
    }
}

static nvmlReturn_t get_count(unsigned int *count)
{
    for (*count = 0; find_device(*count) >= 0; (*count)++) {
    }
    return SUCCESS;
}

static nvmlReturn_t get_handle(unsigned int index, nvmlDevice_t *device)
{
    int section = find_device(index);
    *device = (nvmlDevice_t)(intptr_t)(section + 1);
    return section >= 0 ? SUCCESS : INVALID_ARGUMENT;
}

#ifdef OLD_DRIVER
nvmlReturn_t nvmlDeviceGetCount(unsigned int *count) { return get_count(count); }
nvmlReturn_t nvmlDeviceGetHandleByIndex(unsigned int index, nvmlDevice_t *device) { return get_handle(index, device); }
#else
nvmlReturn_t nvmlDeviceGetCount_v2(unsigned int *count) { return get_count(count); }
nvmlReturn_t nvmlDeviceGetHandleByIndex_v2(unsigned int index, nvmlDevice_t *device) { return get_handle(index, device); }

nvmlReturn_t nvmlDeviceGetHandleByUUID(const char *uuid, nvmlDevice_t *device)
{
    char value[4096];
    for (int section = 0; kind_of(section); section++) {
        if (find(section, "uuid", value, sizeof value) && strcmp(value, uuid) == 0) {
            *device = (nvmlDevice_t)(intptr_t)(section + 1);
            return SUCCESS;
        }
    }
    return NOT_FOUND;
}

nvmlReturn_t nvmlDeviceGetMigMode(nvmlDevice_t device, unsigned int *now, unsigned int *after_reset)
{
    *after_reset = 0;
    return small_number(device, "mig", now);
}

nvmlReturn_t nvmlDeviceGetMaxMigDeviceCount(nvmlDevice_t device, unsigned int *count)
{
    nvmlReturn_t code = small_number(device, "mig", count);
    *count = 7;
    return code;
}

nvmlReturn_t nvmlDeviceGetMigDeviceHandleByIndex(nvmlDevice_t device, unsigned int index, nvmlDevice_t *instance)
{
    char value[4096];
    for (int section = (int)(intptr_t)device; kind_of(section) == 'i'; section++) {
        if (find(section, "slot", value, sizeof value) && strtoul(value, NULL, 10) == index) {
            *instance = (nvmlDevice_t)(intptr_t)(section + 1);
            return SUCCESS;
        }
    }
    return NOT_FOUND;
}

nvmlReturn_t nvmlDeviceGetGpuInstanceId(nvmlDevice_t device, unsigned int *id) { return small_number(device, "gpu_instance", id); }
nvmlReturn_t nvmlDeviceGetComputeInstanceId(nvmlDevice_t device, unsigned int *id) { return small_number(device, "compute_instance", id); }
#endif

nvmlReturn_t nvmlDeviceGetUUID(nvmlDevice_t device, char *uuid, unsigned int room) { return text(device, "uuid", uuid, room); }
nvmlReturn_t nvmlDeviceGetName(nvmlDevice_t device, char *name, unsigned int room) { return text(device, "name", name, room); }

#ifdef OLD_DRIVER
nvmlReturn_t nvmlDeviceGetPciInfo_v2(nvmlDevice_t device, nvmlPciInfo_v2_t *info)
{
    memset(info, 0xAA, sizeof *info);
    return text(device, "pci", info->busId, sizeof info->busId);
}
#else
nvmlReturn_t nvmlDeviceGetPciInfo_v3(nvmlDevice_t device, nvmlPciInfo_t *info)
{
    memset(info, 0xAA, sizeof *info);
    return text(device, "pci", info->busId, sizeof info->busId);
}

nvmlReturn_t nvmlDeviceGetMemoryInfo_v2(nvmlDevice_t device, nvmlMemory_v2_t *memory)
{
    if (memory->version != (sizeof(nvmlMemory_v2_t) | (2u << 24))) {
        return VERSION_MISMATCH;
    }
    memory->reserved = 12345;
    nvmlReturn_t code = number(device, "total", &memory->total);
    return code != SUCCESS ? code : number(device, "used", &memory->used);
}
#endif

nvmlReturn_t nvmlDeviceGetMemoryInfo(nvmlDevice_t device, nvmlMemory_t *memory)
{
    memory->free = 1;
    nvmlReturn_t code = number(device, "total", &memory->total);
    return code != SUCCESS ? code : number(device, "used_v1", &memory->used);
}

nvmlReturn_t nvmlDeviceGetUtilizationRates(nvmlDevice_t device, nvmlUtilization_t *utilization)
{
    utilization->memory = 1;
    return small_number(device, "utilization", &utilization->gpu);
}

nvmlReturn_t nvmlDeviceGetPowerUsage(nvmlDevice_t device, unsigned int *milliwatts) { return small_number(device, "power", milliwatts); }

nvmlReturn_t nvmlDeviceGetTemperature(nvmlDevice_t device, int sensor, unsigned int *celsius)
{
    return sensor != 0 ? INVALID_ARGUMENT : small_number(device, "temperature", celsius);
}

nvmlReturn_t nvmlDeviceGetClockInfo(nvmlDevice_t device, int clock, unsigned int *megahertz)
{
    return clock != 1 ? INVALID_ARGUMENT : small_number(device, "sm_clock", megahertz);
}

nvmlReturn_t nvmlDeviceGetCurrentClocksThrottleReasons(nvmlDevice_t device, unsigned long long *reasons)
{
    return number(device, "throttle", reasons);
}

nvmlReturn_t nvmlDeviceGetTotalEccErrors(nvmlDevice_t device, int kind, int counter, unsigned long long *errors)
{
    return counter != 0 ? INVALID_ARGUMENT : number(device, kind == 0 ? "ecc_corrected" : "ecc_uncorrected", errors);
}

nvmlReturn_t nvmlDeviceGetPcieReplayCounter(nvmlDevice_t device, unsigned int *replays) { return small_number(device, "pcie_replays", replays); }

nvmlReturn_t nvmlDeviceGetPcieThroughput(nvmlDevice_t device, int counter, unsigned int *kilobytes)
{
    return counter != 0 && counter != 1 ? INVALID_ARGUMENT : small_number(device, counter == 0 ? "pcie_tx" : "pcie_rx", kilobytes);
}

nvmlReturn_t nvmlDeviceGetNvLinkState(nvmlDevice_t device, unsigned int link, int *active)
{
    char value[4096], *rest = NULL;
    nvmlReturn_t code = answer(device, "nvlinks", value, sizeof value);
    if (code != SUCCESS) {
        return code;
    }
    char *item = strtok_r(value, " ", &rest);
    while (item && link-- > 0) {
        item = strtok_r(NULL, " ", &rest);
    }
    *active = item ? atoi(item) : -1;
    return item ? SUCCESS : INVALID_ARGUMENT;
}

nvmlReturn_t nvmlDeviceGetNvLinkErrorCounter(nvmlDevice_t device, unsigned int link, int kind, unsigned long long *errors)
{
    char value[4096], *rest = NULL;
    nvmlReturn_t code = answer(device, "nvlink_errors", value, sizeof value);
    *errors = 0;
    for (char *item = strtok_r(value, " ", &rest); code == SUCCESS && item; item = strtok_r(NULL, " ", &rest)) {
        unsigned int its_link;
        int its_kind, length = 0;
        if (sscanf(item, "%u:%d:%n", &its_link, &its_kind, &length) == 2 && its_link == link && its_kind == kind) {
            *errors = item[length] == '!' ? 0xDEADDEAD : strtoull(item + length, NULL, 10);
            code = item[length] == '!' ? atoi(item + length + 1) : SUCCESS;
        }
    }
    return code;
}

/* Writes as many processes as there is room for; says how many there are. */
static nvmlReturn_t processes(nvmlDevice_t device, unsigned int *count, void *infos, int version)
{
    char value[4096], *rest = NULL;
    unsigned int pid, found = 0, room = *count;
    unsigned long long bytes;
    nvmlReturn_t code = answer(device, "processes", value, sizeof value);
    if (code != SUCCESS) {
        return code;
    }
    for (char *item = strtok_r(value, " ", &rest); item; item = strtok_r(NULL, " ", &rest), found++) {
        if (sscanf(item, "%u:%llu", &pid, &bytes) != 2 || found >= room) {
            continue;
        }
        if (version == 1) {
            ((nvmlProcessInfo_v1_t *)infos)[found] = (nvmlProcessInfo_v1_t){ pid, bytes };
        } else {
            ((nvmlProcessInfo_v2_t *)infos)[found] = (nvmlProcessInfo_v2_t){ pid, bytes, 0xFFFFFFFF, 0xFFFFFFFF };
        }
    }
    *count = found;
    return found > room ? INSUFFICIENT_SIZE : SUCCESS;
}

#ifdef OLD_DRIVER
nvmlReturn_t nvmlDeviceGetComputeRunningProcesses(nvmlDevice_t device, unsigned int *count, nvmlProcessInfo_v1_t *infos)
{
    return processes(device, count, infos, 1);
}
#else
nvmlReturn_t nvmlDeviceGetComputeRunningProcesses_v3(nvmlDevice_t device, unsigned int *count, nvmlProcessInfo_v2_t *infos)
{
    return processes(device, count, infos, 2);
}

nvmlReturn_t nvmlDeviceGetTotalEnergyConsumption(nvmlDevice_t device, unsigned long long *millijoules)
{
    return number(device, "energy", millijoules);
}

nvmlReturn_t nvmlDeviceGetFieldValues(nvmlDevice_t device, int count, nvmlFieldValue_t *values)
{
    for (int index = 0; index < count; index++) {
        nvmlFieldValue_t *value = &values[index];
        value->valueType = NVML_VALUE_TYPE_UNSIGNED_INT;
        if (value->fieldId == 82) {
            value->nvmlReturn = small_number(device, "memory_temperature", &value->value.uiVal);
        } else if (value->fieldId == 138 || value->fieldId == 139) {
            value->valueType = NVML_VALUE_TYPE_UNSIGNED_LONG_LONG;
            value->nvmlReturn = value->scopeId != UINT32_MAX
                ? INVALID_ARGUMENT
                : number(device, value->fieldId == 138 ? "nvlink_tx" : "nvlink_rx", &value->value.ullVal);
        } else {
            value->nvmlReturn = NOT_SUPPORTED;
        }
    }
    return SUCCESS;
}
#endif

/* A set has how many of each device's errors were delivered or were there before it was registered; -1: it is not. */
struct nvmlEventSet_st {
    int delivered[MOST_DEVICES];
};

typedef struct nvmlEventSet_st *nvmlEventSet_t;

nvmlReturn_t nvmlEventSetCreate(nvmlEventSet_t *set)
{
    *set = malloc(sizeof **set);
    memset(*set, -1, sizeof **set);
    return SUCCESS;
}

nvmlReturn_t nvmlEventSetFree(nvmlEventSet_t set)
{
    free(set);
    return SUCCESS;
}

nvmlReturn_t nvmlDeviceRegisterEvents(nvmlDevice_t device, unsigned long long types, nvmlEventSet_t set)
{
    char value[4096], *rest = NULL;
    nvmlReturn_t code = answer(device, "xids", value, sizeof value);
    if (code != SUCCESS) {
        return code;
    }
    if (types != 8) {
        return INVALID_ARGUMENT;
    }
    int *delivered = &set->delivered[(intptr_t)device - 1];
    *delivered = 0;
    for (char *item = strtok_r(value, " ", &rest); item; item = strtok_r(NULL, " ", &rest)) {
        (*delivered)++;
    }
    return SUCCESS;
}

/* The next error of a registered device; TIMEOUT: there is none. */
static nvmlReturn_t next_event(nvmlEventSet_t set, int device, nvmlEventData_t *event)
{
    char value[4096], *rest = NULL;
    int number = 0;
    nvmlDevice_t handle = (nvmlDevice_t)(intptr_t)(device + 1);
    if (find(device, "xids", value, sizeof value)) {
        for (char *item = strtok_r(value, " ", &rest); item; item = strtok_r(NULL, " ", &rest)) {
            if (number++ < set->delivered[device]) {
                continue;
            }
            set->delivered[device]++;
            memset(event, 0xFF, sizeof *event);
            event->device = handle;
            event->eventType = 8;
            event->eventData = strtoull(item, NULL, 10);
            if (strchr(item, '@')) {
                event->gpuInstanceId = (unsigned int)atoi(strchr(item, '@') + 1);
            }
            return SUCCESS;
        }
    }
    nvmlReturn_t code = answer(handle, "event_wait", value, sizeof value);
    return code == SUCCESS || code == NOT_SUPPORTED ? TIMEOUT : code;
}

static nvmlReturn_t wait_for_event(nvmlEventSet_t set, nvmlEventData_t *event, unsigned int milliseconds)
{
    for (long left = (long)milliseconds * 1000; left > 0; left -= 5000) {
        if (!initialized) {
            return UNINITIALIZED;
        }
        for (int device = 0; device < MOST_DEVICES; device++) {
            nvmlReturn_t code = set->delivered[device] >= 0 ? next_event(set, device, event) : TIMEOUT;
            if (code != TIMEOUT) {
                return code;
            }
        }
        usleep(5000);
    }
    return TIMEOUT;
}

#ifdef OLD_DRIVER
nvmlReturn_t nvmlEventSetWait(nvmlEventSet_t set, nvmlEventData_v1_t *data, unsigned int milliseconds)
{
    nvmlEventData_t event;
    nvmlReturn_t code = wait_for_event(set, &event, milliseconds);
    if (code == SUCCESS) {
        memcpy(data, &event, sizeof *data);
    }
    return code;
}
#else
nvmlReturn_t nvmlEventSetWait_v2(nvmlEventSet_t set, nvmlEventData_t *data, unsigned int milliseconds)
{
    return wait_for_event(set, data, milliseconds);
}
#endif
