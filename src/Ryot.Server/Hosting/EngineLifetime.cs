using System.Diagnostics;
using Ryot.Engine;
using Ryot.Engine.Models;
using Ryot.Metrics;
using Ryot.Server.Configuration;

namespace Ryot.Server.Hosting;

/// <summary>
/// Starts the engine with the server, and stops it while the server still answers: those who ask get 503, running requests end or are
/// cancelled, and only then are connections closed.
/// </summary>
internal sealed partial class EngineLifetime(
    InferenceEngine engine, RyotMetrics metrics, IModelBackend backend, RyotOptions options, ILogger<EngineLifetime> logger)
    : IHostedLifecycleService
{
    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        metrics.SetBuildInfo(BuildInfo.Version, BuildInfo.Commit, backend.Version);
        engine.Start();
        _ = RecordReadyAsync();
        return Task.CompletedTask;
    }

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        var unfinished = engine.Models.Sum(model => model.UnfinishedRequests);
        LogStopping(unfinished, options.StopTimeout);
        try
        {
            await engine.StopAsync(options.StopTimeout).WaitAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            // An engine that hangs cannot be stopped; its thread dies with the process.
            LogHanging();
        }
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private async Task RecordReadyAsync()
    {
        await engine.LoadedAsync();
        if (engine.Models.Any(model => model.Options.Residency != ResidencyMode.OnDemand && model.Status != ModelStatus.Ready))
            return;
        using var process = Process.GetCurrentProcess();
        var started = new DateTimeOffset(process.StartTime.ToUniversalTime());
        metrics.RecordStartup(StartupPhase.Ready, TimeProvider.System.GetUtcNow() - started);
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Stopping: {Requests} requests are running and have {Limit} to end.")]
    private partial void LogStopping(int requests, TimeSpan limit);

    [LoggerMessage(Level = LogLevel.Error, Message = "The engine did not stop in time.")]
    private partial void LogHanging();
}
