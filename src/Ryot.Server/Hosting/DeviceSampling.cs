using Ryot.Engine.Devices;
using Ryot.Engine.Models;
using Ryot.Metrics;

namespace Ryot.Server.Hosting;

/// <summary>Samples the machine's devices as long as the server runs.</summary>
internal sealed class DeviceSampling(
    DeviceSamplerOptions options, IModelBackend backend, RyotMetrics metrics, DeviceReadings readings, TimeProvider clock, ILoggerFactory loggers)
    : IHostedService, IDisposable
{
    private readonly DeviceSampler _sampler = new(options, backend, metrics, readings, clock, loggers);

    public Task StartAsync(CancellationToken cancellationToken)
    {
        _sampler.Start();
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken)
    {
        _sampler.Dispose();
        return Task.CompletedTask;
    }

    public void Dispose() => _sampler.Dispose();
}
