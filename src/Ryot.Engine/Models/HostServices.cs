using Microsoft.Extensions.Logging;
using Ryot.Engine.Scheduling;
using Ryot.Metrics;

namespace Ryot.Engine.Models;

/// <summary>What all models of an engine share.</summary>
internal sealed class HostServices(IModelBackend backend, RyotMetrics metrics, TimeProvider clock, ILoggerFactory loggers, ResidencyOptions residency)
{
    public IModelBackend Backend { get; } = backend;

    public RyotMetrics Metrics { get; } = metrics;

    public TimeProvider Clock { get; } = clock;

    public ILogger<ModelHost> Logger { get; } = loggers.CreateLogger<ModelHost>();

    /// <summary>Decides which models are in memory.</summary>
    public ModelResidency Residency { get; } = new(residency, clock, loggers.CreateLogger<ModelResidency>());

    /// <summary>The turns of each device that engines use.</summary>
    public IReadOnlyDictionary<DeviceKind, DeviceTurns> Turns { get; } =
        Enum.GetValues<DeviceKind>().ToDictionary(device => device, _ => new DeviceTurns(clock));

    /// <summary>Told when a load gets on, begins and ends.</summary>
    public Action<ModelHost>? LoadProgressed { get; set; }
}
