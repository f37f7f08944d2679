using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Ryot.Metrics.Tests;

/// <summary>A registry behind HTTP on an ephemeral port: <c>/metrics</c> negotiates, <c>/text</c> always answers in text.</summary>
internal sealed class MetricsEndpoint : IAsyncDisposable
{
    private readonly WebApplication _app;

    private MetricsEndpoint(WebApplication app) => _app = app;

    /// <summary>The content types that were answered, newest last.</summary>
    internal List<string> Answered { get; } = [];

    internal Uri Address(string path) => new(new Uri(_app.Urls.First()), path);

    internal static async Task<MetricsEndpoint> StartAsync(MetricRegistry registry)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        var endpoint = new MetricsEndpoint(app);
        app.MapGet("/metrics", context => endpoint.AnswerAsync(context, registry, Exposition.Negotiate(context.Request.Headers.Accept)));
        app.MapGet("/text", context => endpoint.AnswerAsync(context, registry, ExpositionFormat.PrometheusText));
        await app.StartAsync(TestContext.Current.CancellationToken);
        return endpoint;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task AnswerAsync(HttpContext context, MetricRegistry registry, ExpositionFormat format)
    {
        var gzip = Exposition.AcceptsGzip(context.Request.Headers.AcceptEncoding);
        context.Response.ContentType = Exposition.ContentType(format);
        if (gzip)
            context.Response.Headers.ContentEncoding = "gzip";
        await registry.WriteAsync(context.Response.BodyWriter, format, gzip, context.RequestAborted);
        lock (Answered)
            Answered.Add($"{Exposition.ContentType(format)} {(gzip ? "gzip" : "plain")}");
    }
}
