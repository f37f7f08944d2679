using Label = Ryot.Metrics.CatalogueLabels;

namespace Ryot.Metrics;

public static partial class MetricCatalogue
{
    /// <summary><c>ryot_device_up</c></summary>
    public static MetricDescriptor DeviceUp { get; } = Device(
        "ryot_device_up", MetricType.Gauge, "Whether the device answers (1) or not (0).", null, """
            GPUs are numbered as the engine numbers them, so that the label is the same as in `ryot_gpu_memory_usage_bytes`; those that the engine does not
            use follow. `cpu` is the processor with the machine's memory. All devices are sampled on a timer (`--device-interval`), never by a scrape; a scrape shows
            the last sample. A device that reports that it is lost, or has not answered for three intervals, is 0, and its other gauges are absent until
            it answers. A reading that a device does not support is absent, never 0.
            """);

    /// <summary><c>ryot_device_utilization_percent</c></summary>
    public static MetricDescriptor DeviceUtilization { get; } = Device(
        "ryot_device_utilization_percent", MetricType.Gauge, "The device's utilization, from 0 to 100, by whomever.", null, """
            Of a GPU, the share of the driver's last measuring interval (up to a second) in which something ran on it, as the driver tells it: full
            does not mean that all its multiprocessors were. Of `cpu`, the share of time since the sample before in which the machine's processors were not idle.
            """);

    /// <summary><c>ryot_device_memory_used_bytes</c></summary>
    public static MetricDescriptor DeviceMemoryUsed { get; } = Device(
        "ryot_device_memory_used_bytes", MetricType.Gauge, "The device's memory that is in use, by whomever.", "bytes", """
            What the driver keeps for itself is not counted where it tells that apart. Of `cpu`, what is not available to programs, within the
            limit of the container if there is one.
            """);

    /// <summary><c>ryot_device_memory_total_bytes</c></summary>
    public static MetricDescriptor DeviceMemoryTotal { get; } = Device(
        "ryot_device_memory_total_bytes", MetricType.Gauge, "The device's memory.", "bytes", null);

    /// <summary><c>ryot_device_temperature_celsius</c></summary>
    public static MetricDescriptor DeviceTemperature { get; } = Device(
        "ryot_device_temperature_celsius", MetricType.Gauge, "The device's temperature.", "celsius", "That of the GPU's die.");

    /// <summary><c>ryot_device_power_watts</c></summary>
    public static MetricDescriptor DevicePower { get; } = Device(
        "ryot_device_power_watts", MetricType.Gauge, "The power that the device draws.", "watts", """
            As the driver tells it; where it tells only energy, as for `cpu`, the mean since the sample before.
            """);

    /// <summary><c>ryot_device_sm_clock_hertz</c></summary>
    public static MetricDescriptor DeviceClock { get; } = Device(
        "ryot_device_sm_clock_hertz", MetricType.Gauge, "The clock of the device's multiprocessors.", "hertz", null);

    /// <summary><c>ryot_device_ecc_errors_total</c></summary>
    public static MetricDescriptor DeviceEccErrors { get; } = Device(
        "ryot_device_ecc_errors_total", MetricType.Counter, "Memory errors that the device found.", null, """
            Corrected and uncorrected ones together, since Ryot began to look. Absent where ECC is off or not supported.
            """);

    /// <summary><c>ryot_device_throttle_seconds_total</c></summary>
    public static MetricDescriptor DeviceThrottleTime { get; } = Device(
        "ryot_device_throttle_seconds_total", MetricType.Counter, "Time that the device ran slower than it could.", "seconds", """
            While the driver gives heat or power as a reason for a lower clock; being idle and clocks that somebody set are no throttling. The
            state is sampled: between two samples that differ, half the time counts.
            """);

    /// <summary><c>ryot_device_pcie_bytes_per_second</c></summary>
    public static MetricDescriptor DevicePcieThroughput { get; } = new(
        "ryot_device_pcie_bytes_per_second", MetricType.Gauge, "Traffic between the device and the machine over PCI Express.", Label.DeviceId, Label.Direction)
    {
        Unit = "bytes_per_second",
        Remarks = "As the driver measures it over 20 ms, once per sample: short transfers are easily missed.",
    };

    /// <summary><c>ryot_device_pcie_replays_total</c></summary>
    public static MetricDescriptor DevicePcieReplays { get; } = Device(
        "ryot_device_pcie_replays_total", MetricType.Counter, "Transfers over PCI Express that had to be repeated.", null, "Since Ryot began to look.");

    /// <summary><c>ryot_device_nvlink_bytes_total</c></summary>
    public static MetricDescriptor DeviceNvLinkTraffic { get; } = new(
        "ryot_device_nvlink_bytes_total", MetricType.Counter, "Data that the device exchanged with others over NVLink.", Label.DeviceId, Label.Direction)
    {
        Unit = "bytes",
        Remarks = "All its links together, without what the protocol adds, since Ryot began to look. Absent where no link is active.",
    };

    /// <summary><c>ryot_device_nvlink_errors_total</c></summary>
    public static MetricDescriptor DeviceNvLinkErrors { get; } = Device(
        "ryot_device_nvlink_errors_total", MetricType.Counter, "Errors of the device's NVLinks.", null, """
            Checksum errors, replays and recoveries of all links together, since Ryot began to look. Absent where no link is active, and where the links
            have no such counters.
            """);

    /// <summary><c>ryot_device_xid_errors_total</c></summary>
    public static MetricDescriptor DeviceXidErrors { get; } = Device(
        "ryot_device_xid_errors_total", MetricType.Counter, "Critical errors (Xid) that the driver reported of the device.", null, """
            Counted as the driver reports them, also when the device does not answer any more. The log and `GET /admin/devices` tell the code. In MIG mode the whole card
            has the count. Absent where the driver reports no such events.
            """);

    /// <summary><c>ryot_energy_joules_total</c></summary>
    public static MetricDescriptor DeviceEnergy { get; } = Device(
        "ryot_energy_joules_total", MetricType.Counter, "Energy that the device used.", "joules", """
            Since Ryot began to look, from the device's own meter; where it has none, its power integrated over time, which leaves out the time in
            which it did not answer. `cpu` is the processors' packages as RAPL meters them, without their memory, and absent where its files cannot be
            read (since 2020 kernels let only root read them).
            """);

    /// <summary><c>ryot_request_energy_joules_total</c></summary>
    public static MetricDescriptor RequestEnergy { get; } = new(
        "ryot_request_energy_joules_total",
        MetricType.Counter,
        "Energy used by the model's requests, apportioned by engine time.",
        Label.Model)
    {
        Unit = "joules",
        Remarks = """
            Over each interval between two samples, the energy of every device that holds a part of the model, times the share of the interval in which the
            model's engine was in forward passes. What a device uses while no engine is busy is charged to no model, so that the sum is less than that of
            `ryot_energy_joules_total`; what other programs make it use meanwhile is charged too, since no meter tells them apart. Absent where no
            device has an energy meter. Joules per token: `sum by (model) (rate(ryot_request_energy_joules_total[5m])) / sum by (model)
            (rate(ryot_tokens_generated_total{token_type="completion"}[5m]))`.
            """,
    };

    /// <summary><c>ryot_metrics_scrape_duration_seconds</c></summary>
    public static MetricDescriptor MetricsScrapeDuration { get; } = new(
        "ryot_metrics_scrape_duration_seconds",
        MetricType.Gauge,
        "Time that the last finished scrape took, from its begin until its last byte was handed over.")
    {
        Unit = "seconds",
        IsSelfMetric = true,
        Remarks = "Absent before the first scrape has finished.",
    };

    /// <summary><c>ryot_metrics_dropped_observations_total</c></summary>
    public static MetricDescriptor MetricsDropped { get; } = new(
        "ryot_metrics_dropped_observations_total",
        MetricType.Counter,
        "Observations that were not recorded, or not as they were told, by reason.",
        Label.DropReason)
    {
        IsSelfMetric = true,
        Remarks = """
            `not_a_number`, `infinite`, `negative`: the value; `time_backwards`: an event was stamped earlier than the one before it (the event
            counts, as if both had come at once); `out_of_order`, `finished_twice`, `unknown_sequence`: an event that cannot be, which is
            ignored; `unknown_model`: work for a model that is not configured; `inconsistent`: parts of an observation contradict each
            other; `read_failed`: a value to be computed at the scrape could not be; `tenant_limit`: a request's tenant was one too many (the
            request counts, under the tenant `other`).
            """,
    };

    /// <summary><c>ryot_metrics_series</c></summary>
    public static MetricDescriptor MetricsSeries { get; } = new(
        "ryot_metrics_series",
        MetricType.Gauge,
        "Series in this exposition, each bucket, sum and count of a histogram being one.")
    {
        IsSelfMetric = true,
        Remarks = "The number that a Prometheus takes in from the text formats, this one included.",
    };

    private static MetricDescriptor Device(string name, MetricType type, string help, string? unit, string? remarks)
        => new(name, type, help, Label.DeviceId) { Unit = unit, Remarks = remarks };
}
