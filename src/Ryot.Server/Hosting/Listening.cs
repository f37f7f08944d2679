using Microsoft.AspNetCore.Server.Kestrel.Core;
using Ryot.Server.Configuration;

namespace Ryot.Server.Hosting;

/// <summary>Where Kestrel listens, and which of those places are for metrics only.</summary>
internal static class Listening
{
    /// <summary>Configures Kestrel.</summary>
    public static void Configure(KestrelServerOptions kestrel, RyotOptions options)
    {
        kestrel.AddServerHeader = false;
        kestrel.Limits.MaxRequestBodySize = options.MaxBodyBytes;
        foreach (var address in options.Urls)
            Listen(kestrel, address, _ => { });
        foreach (var address in options.MetricsUrls)
            Listen(kestrel, address, Mark);
    }

    /// <summary>
    /// Keeps apart what belongs to which place: metrics are only where they were configured to be, and there is nothing but them and
    /// health. Health stays everywhere, since load balancers ask for it where they send requests.
    /// </summary>
    public static Task SeparateMetricsAsync(HttpContext context, RequestDelegate next)
    {
        var path = context.Request.Path;
        var belongs = path.StartsWithSegments("/health", StringComparison.Ordinal)
            || path == "/metrics" == context.Features.Get<MetricsListener>() is not null;
        if (belongs)
            return next(context);
        context.Response.StatusCode = StatusCodes.Status404NotFound;
        return Task.CompletedTask;
    }

    private static void Listen(KestrelServerOptions kestrel, ListenAddress address, Action<ListenOptions> configure)
    {
        if (address.Address is { } ip)
            kestrel.Listen(ip, address.Port, configure);
        else
            kestrel.ListenLocalhost(address.Port, configure);
    }

    private static void Mark(ListenOptions listen) => listen.Use(next => connection =>
    {
        connection.Features.Set(new MetricsListener());
        return next(connection);
    });

    private sealed class MetricsListener;
}
