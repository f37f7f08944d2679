using static Ryot.Cli.Dashboards.Panels;

namespace Ryot.Cli.Dashboards.Definitions;

/// <summary>What the devices do, and the energy that it takes.</summary>
internal static class DeviceDashboard
{
    public static Dashboard Create() => new(
        "devices",
        "Ryot / GPU and energy",
        "How busy, hot and healthy the devices are, and how much energy a token takes. Without a GPU only the panels about device `cpu` have data.",
        [
            new Section("Work",
                new Line(8,
                    Stacked("Utilization by kind of operation",
                        "The device's utilization, split by a sampled profile of the engine's graph. On `cpu`: the busy share of the engine's thread.", Unit.Percent,
                        Query("sum by (instance, model, device_id, kernel_type) (ryot_gpu_utilization_percent{@both})", "{{kernel_type}}: {{model}} {{instance}} ({{device_id}})")),
                    TimeSeries("Utilization of the devices", "By whomever.", Unit.Percent,
                        Query("ryot_device_utilization_percent{@instance}", "{{instance}} {{device_id}}")) with { Max = 100 },
                    TimeSeries("Efficiency",
                        "Completion tokens per second for each whole device of memory that the model fills.", Unit.TokensPerSecond,
                        Query("ryot:gpu_efficiency:ratio{@both}", "{{model}} {{instance}}"))),
                new Line(8,
                    TimeSeries("Tokens per second and percent of memory",
                        "By batch size and type of weights; for comparing batch sizes and quantizations.", Unit.Count,
                        Query("sum by (model, batch_size, dtype) (ryot_token_efficiency_ratio{@both})", "{{model}} {{dtype}} batch {{batch_size}}")) with { HidesIdle = true },
                    TimeSeries("Memory in use", "The device's memory that is in use by whomever, and all of it.", Unit.Bytes,
                        Query("ryot_device_memory_used_bytes{@instance}", "{{instance}} {{device_id}} in use"),
                        Query("ryot_device_memory_total_bytes{@instance}", "{{instance}} {{device_id}} all")))),
            new Section("Health",
                new Line(4,
                    Stat("Devices that answer", "Devices whose driver gets an answer.", Unit.Count, Query("sum(ryot_device_up{@instance})", "up")),
                    Stat("Devices that do not answer", "Work on them fails until the machine is looked at.", Unit.Count,
                        Query("count(ryot_device_up{@instance} == 0) or 0 * sum(ryot_device_up{@instance})", "down")) with { Thresholds = Thresholds.Below(1) },
                    Stat("Memory errors, 1 h", "Errors that the devices' ECC found within an hour.", Unit.Count,
                        Query("sum(increase(ryot_device_ecc_errors_total{@instance}[1h]))", "errors")) with { Thresholds = Thresholds.Below(1) }),
                new Line(8,
                    TimeSeries("Temperature", "From 85 degrees on an alert tells; then the device throttles.", Unit.Celsius,
                        Query("ryot_device_temperature_celsius{@instance}", "{{instance}} {{device_id}}")) with { Thresholds = Thresholds.Below(85) },
                    TimeSeries("Throttled", "Share of the time that the device ran slower than it could.", Unit.Ratio,
                        Query("rate(ryot_device_throttle_seconds_total{@instance}[$__rate_interval])", "{{instance}} {{device_id}}")) with { Max = 1, Thresholds = Thresholds.Below(0.1) },
                    TimeSeries("Clock", "Of the multiprocessors. It falls when the device throttles or has nothing to do.", Unit.Hertz,
                        Query("ryot_device_sm_clock_hertz{@instance}", "{{instance}} {{device_id}}")))),
            new Section("Energy",
                new Line(8,
                    TimeSeries("Power", "Mean over 5 minutes, from the counter of joules.", Unit.Watts,
                        Query("instance_device:ryot_power_watts:rate5m{@instance}", "{{instance}} {{device_id}}")),
                    TimeSeries("Power at this moment", "The reading of the device.", Unit.Watts,
                        Query("ryot_device_power_watts{@instance}", "{{instance}} {{device_id}}")),
                    TimeSeries("Energy per completion token",
                        "Of the models' own requests, and of all that the devices of an instance drew, idle times included.", Unit.Joules,
                        Query("model:ryot_energy_joules_per_token:ratio_rate5m{@model}", "{{model}}"),
                        Query("instance:ryot_energy_joules_per_token:ratio_rate5m{@instance}", "{{instance}}, idle included")))),
        ]);
}
