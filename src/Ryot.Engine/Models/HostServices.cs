using Microsoft.Extensions.Logging;
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

    /// <summary>Told when a load gets on, begins and ends.</summary>
    public Action<ModelHost>? LoadProgressed { get; set; }
}
