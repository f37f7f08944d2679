using System.Diagnostics;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Ryot.Testing;

/// <summary>An alert as Alertmanager posted it.</summary>
/// <param name="Status"><c>firing</c> or <c>resolved</c>.</param>
/// <param name="Labels">Its labels, <c>alertname</c> among them.</param>
/// <param name="Annotations">Its annotations.</param>
public sealed record ReceivedAlert(string Status, IReadOnlyDictionary<string, string> Labels, IReadOnlyDictionary<string, string> Annotations)
{
    /// <summary>The alert's name.</summary>
    public string Name => Labels["alertname"];
}

/// <summary>Takes what Alertmanager posts to a webhook, on an ephemeral loopback port. Disposing ends it.</summary>
public sealed class WebhookReceiver : IAsyncDisposable
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan _pause = TimeSpan.FromMilliseconds(50);

    private readonly WebApplication _application;
    private readonly List<ReceivedAlert> _alerts = [];

    private WebhookReceiver(WebApplication application) => _application = application;

    /// <summary>Where to post to.</summary>
    public Uri Address => new($"{_application.Urls.Single()}/alerts");

    /// <summary>All alerts so far, in the order in which they came; one that was posted several times is there several times.</summary>
    public IReadOnlyList<ReceivedAlert> Alerts
    {
        get
        {
            lock (_alerts)
                return [.. _alerts];
        }
    }

    /// <summary>Starts to listen.</summary>
    public static async Task<WebhookReceiver> StartAsync(CancellationToken cancellation = default)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        var receiver = new WebhookReceiver(builder.Build());
        receiver._application.Run(receiver.TakeAsync);
        await receiver._application.StartAsync(cancellation);
        return receiver;
    }

    /// <summary>Waits until an alert has come that is as wanted.</summary>
    /// <returns>The first such alert.</returns>
    /// <exception cref="TimeoutException">None came in time (a minute when null); the message lists what did.</exception>
    public async Task<ReceivedAlert> WaitForAsync(Func<ReceivedAlert, bool> wanted, TimeSpan? patience = null, CancellationToken cancellation = default)
    {
        var waited = Stopwatch.StartNew();
        while (true)
        {
            var alerts = Alerts;
            if (alerts.FirstOrDefault(wanted) is { } alert)
                return alert;
            if (waited.Elapsed > (patience ?? _patience))
                throw new TimeoutException($"The alert did not come. These did: [{string.Join("; ", alerts.Select(one => $"{one.Name} {one.Status}"))}]");
            await Task.Delay(_pause, cancellation);
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _application.DisposeAsync();

    private async Task TakeAsync(HttpContext context)
    {
        using var document = await JsonDocument.ParseAsync(context.Request.Body, cancellationToken: context.RequestAborted);
        var alerts = document.RootElement.GetProperty("alerts").EnumerateArray().Select(alert => new ReceivedAlert(
            alert.GetProperty("status").GetString()!, Texts(alert.GetProperty("labels")), Texts(alert.GetProperty("annotations"))));
        lock (_alerts)
            _alerts.AddRange(alerts);
    }

    private static Dictionary<string, string> Texts(JsonElement values)
        => values.EnumerateObject().ToDictionary(value => value.Name, value => value.Value.GetString()!, StringComparer.Ordinal);
}
