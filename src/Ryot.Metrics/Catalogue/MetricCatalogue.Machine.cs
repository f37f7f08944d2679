using Label = Ryot.Metrics.CatalogueLabels;

namespace Ryot.Metrics;

public static partial class MetricCatalogue
{
    /// <summary><c>ryot_device_up</c></summary>
    public static MetricDescriptor DeviceUp { get; } = Device(
        "ryot_device_up", MetricType.Gauge, "Whether the device answers (1) or not (0).", null);

    /// <summary><c>ryot_device_utilization_percent</c></summary>
    public static MetricDescriptor DeviceUtilization { get; } = Device(
        "ryot_device_utilization_percent", MetricType.Gauge, "The device's utilization, from 0 to 100.", null);

    /// <summary><c>ryot_device_memory_used_bytes</c></summary>
    public static MetricDescriptor DeviceMemoryUsed { get; } = Device(
        "ryot_device_memory_used_bytes", MetricType.Gauge, "The device's memory that is in use, by whomever.", "bytes");

    /// <summary><c>ryot_device_memory_total_bytes</c></summary>
    public static MetricDescriptor DeviceMemoryTotal { get; } = Device(
        "ryot_device_memory_total_bytes", MetricType.Gauge, "The device's memory.", "bytes");

    /// <summary><c>ryot_device_temperature_celsius</c></summary>
    public static MetricDescriptor DeviceTemperature { get; } = Device(
        "ryot_device_temperature_celsius", MetricType.Gauge, "The device's temperature.", "celsius");

    /// <summary><c>ryot_device_power_watts</c></summary>
    public static MetricDescriptor DevicePower { get; } = Device(
        "ryot_device_power_watts", MetricType.Gauge, "The power that the device draws.", "watts");

    /// <summary><c>ryot_device_sm_clock_hertz</c></summary>
    public static MetricDescriptor DeviceClock { get; } = Device(
        "ryot_device_sm_clock_hertz", MetricType.Gauge, "The clock of the device's multiprocessors.", "hertz");

    /// <summary><c>ryot_device_ecc_errors_total</c></summary>
    public static MetricDescriptor DeviceEccErrors { get; } = Device(
        "ryot_device_ecc_errors_total", MetricType.Counter, "Memory errors that the device found.", null);

    /// <summary><c>ryot_device_throttle_seconds_total</c></summary>
    public static MetricDescriptor DeviceThrottleTime { get; } = Device(
        "ryot_device_throttle_seconds_total", MetricType.Counter, "Time that the device ran slower than it could.", "seconds");

    /// <summary><c>ryot_energy_joules_total</c></summary>
    public static MetricDescriptor DeviceEnergy { get; } = Device(
        "ryot_energy_joules_total", MetricType.Counter, "Energy that the device used.", "joules");

    /// <summary><c>ryot_request_energy_joules_total</c></summary>
    public static MetricDescriptor RequestEnergy { get; } = new(
        "ryot_request_energy_joules_total",
        MetricType.Counter,
        "Energy used by the model's requests, apportioned by engine time.",
        Label.Model)
    {
        Unit = "joules",
        IsLive = false,
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

    private static MetricDescriptor Device(string name, MetricType type, string help, string? unit)
        => new(name, type, help, Label.DeviceId) { Unit = unit, IsLive = false };
}
