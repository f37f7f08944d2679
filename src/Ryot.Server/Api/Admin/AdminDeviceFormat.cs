using System.Text.Json;
using Ryot.Engine.Devices;

namespace Ryot.Server.Api.Admin;

/// <summary>Writes devices as administrators see them: also what has no metric. What a device does not tell is left out.</summary>
/// <param name="readings">What they told last.</param>
/// <param name="clock">Tells how long ago that was.</param>
internal sealed class AdminDeviceFormat(DeviceReadings readings, TimeProvider clock)
{
    private static readonly ThrottleReasons[] _reasons = [.. Enum.GetValues<ThrottleReasons>().Where(reason => reason != ThrottleReasons.None)];

    /// <summary>Writes all of them.</summary>
    public void Write(Utf8JsonWriter json)
    {
        json.WriteStartArray("devices"u8);
        foreach (var device in readings.All)
            Write(json, device);
        json.WriteEndArray();
    }

    private void Write(Utf8JsonWriter json, DeviceState device)
    {
        json.WriteStartObject();
        json.WriteString("id"u8, device.DeviceId);
        json.WriteString("name"u8, device.Identity.Name);
        json.WriteString("uuid"u8, device.Identity.Uuid);
        json.WriteString("pci_bus_id"u8, device.Identity.BusId);
        if (device.Identity.Mig is { } instance)
            Write(json, instance);
        json.WriteBoolean("up"u8, device.Reading is not null);
        json.WriteString("failure"u8, device.Failure);
        json.WriteNumber("age_seconds"u8, Math.Round(clock.GetElapsedTime(device.Timestamp).TotalSeconds, 3));
        if (device.Reading is { } reading)
            Write(json, reading);
        if (device.LastXid is { } error)
            Write(json, error);
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, DeviceReading reading)
    {
        WriteNumber(json, "utilization_percent", reading.UtilizationPercent);
        WriteNumber(json, "memory_total_bytes", reading.MemoryTotalBytes);
        WriteNumber(json, "memory_used_bytes", reading.MemoryUsedBytes);
        WriteNumber(json, "memory_used_by_ryot_bytes", reading.OwnMemoryBytes);
        WriteNumber(json, "temperature_celsius", reading.TemperatureCelsius);
        WriteNumber(json, "memory_temperature_celsius", reading.MemoryTemperatureCelsius);
        WriteNumber(json, "power_watts", reading.PowerWatts);
        WriteNumber(json, "sm_clock_hertz", reading.SmClockHertz);
        WriteNumber(json, "corrected_ecc_errors", reading.CorrectedEccErrors);
        WriteNumber(json, "uncorrected_ecc_errors", reading.UncorrectedEccErrors);
        WriteNumber(json, "pcie_rx_bytes_per_second", reading.PcieReceivedBytesPerSecond);
        WriteNumber(json, "pcie_tx_bytes_per_second", reading.PcieSentBytesPerSecond);
        WriteNumber(json, "pcie_replays", reading.PcieReplays);
        WriteNumber(json, "nvlink_rx_bytes", reading.NvLinkReceivedBytes);
        WriteNumber(json, "nvlink_tx_bytes", reading.NvLinkSentBytes);
        WriteNumber(json, "nvlink_errors", reading.NvLinkErrors);
        if (reading.ThrottledBy is not { } reasons)
            return;
        json.WriteStartArray("throttled_by"u8);
        foreach (var reason in _reasons.Where(reason => reasons.HasFlag(reason)))
            json.WriteStringValue(JsonNamingPolicy.SnakeCaseLower.ConvertName(reason.ToString()));
        json.WriteEndArray();
    }

    private static void Write(Utf8JsonWriter json, MigInstance instance)
    {
        json.WriteStartObject("mig"u8);
        json.WriteString("gpu_uuid"u8, instance.GpuUuid);
        WriteNumber(json, "gpu_instance_id", instance.GpuInstanceId);
        WriteNumber(json, "compute_instance_id", instance.ComputeInstanceId);
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, XidError error)
    {
        json.WriteStartObject("last_xid"u8);
        json.WriteNumber("code"u8, error.Code);
        json.WriteString("time"u8, error.At.UtcDateTime);
        WriteNumber(json, "gpu_instance_id", error.GpuInstanceId);
        json.WriteEndObject();
    }

    private static void WriteNumber(Utf8JsonWriter json, string name, double? value)
    {
        if (value is { } number)
            json.WriteNumber(name, number);
    }
}
