using Ryot.Server.Configuration;

namespace Ryot.Server.Hosting;

/// <summary>
/// Takes changes of the configuration files over by itself. Looks at their content, which also finds files that are swapped by links, as
/// orchestrators do, and takes a change when it has been the same twice, so that no file is read while it is being written.
/// </summary>
internal sealed class ConfigurationWatcher(ConfigurationReloader reloader, TimeProvider clock) : BackgroundService
{
    private static readonly TimeSpan _interval = TimeSpan.FromSeconds(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var (taken, before) = (reloader.Fingerprint(), "");
        using var timer = new PeriodicTimer(_interval, clock);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            var now = reloader.Fingerprint();
            var isStable = now == before;
            before = now;
            if (now == taken || !isStable)
                continue;
            taken = now;
            await TakeAsync(stoppingToken);
        }
    }

    private async Task TakeAsync(CancellationToken cancellationToken)
    {
        try
        {
            await reloader.ReloadAsync(cancellationToken);
        }
        catch (ConfigurationException)
        {
            // Logged already; the next change may be better.
        }
    }
}
