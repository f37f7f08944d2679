namespace Ryot.Metrics;

/// <summary>The families of the catalogue's metrics of devices.</summary>
internal sealed class DeviceFamilies(MetricRegistry registry, InferenceFamilies families)
{
    internal GaugeFamily Up { get; } = registry.AddGauge(MetricCatalogue.DeviceUp);

    internal GaugeFamily Utilization { get; } = registry.AddGauge(MetricCatalogue.DeviceUtilization);

    internal GaugeFamily MemoryUsed { get; } = registry.AddGauge(MetricCatalogue.DeviceMemoryUsed);

    internal GaugeFamily MemoryTotal { get; } = registry.AddGauge(MetricCatalogue.DeviceMemoryTotal);

    internal GaugeFamily Temperature { get; } = registry.AddGauge(MetricCatalogue.DeviceTemperature);

    internal GaugeFamily Power { get; } = registry.AddGauge(MetricCatalogue.DevicePower);

    internal GaugeFamily Clock { get; } = registry.AddGauge(MetricCatalogue.DeviceClock);

    internal CounterFamily EccErrors { get; } = registry.AddCounter(families.Chosen(MetricCatalogue.DeviceEccErrors));

    internal GaugeFamily PcieThroughput { get; } = registry.AddGauge(MetricCatalogue.DevicePcieThroughput);

    internal CounterFamily PcieReplays { get; } = registry.AddCounter(families.Chosen(MetricCatalogue.DevicePcieReplays));

    internal CounterFamily NvLinkTraffic { get; } = registry.AddCounter(families.Chosen(MetricCatalogue.DeviceNvLinkTraffic));

    internal CounterFamily NvLinkErrors { get; } = registry.AddCounter(families.Chosen(MetricCatalogue.DeviceNvLinkErrors));

    internal CounterFamily XidErrors { get; } = registry.AddCounter(families.Chosen(MetricCatalogue.DeviceXidErrors));

    internal DoubleCounterFamily ThrottleTime { get; } = registry.AddDoubleCounter(families.Chosen(MetricCatalogue.DeviceThrottleTime));

    internal DoubleCounterFamily Energy { get; } = registry.AddDoubleCounter(families.Chosen(MetricCatalogue.DeviceEnergy));

    internal DoubleCounterFamily RequestEnergy { get; } = registry.AddDoubleCounter(MetricCatalogue.RequestEnergy);
}
