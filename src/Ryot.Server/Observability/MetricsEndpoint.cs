using Ryot.Metrics;

namespace Ryot.Server.Observability;

/// <summary><c>/metrics</c>, in the format that the scraper asks for. It only reads: no lock of the engine, nothing that is reset.</summary>
/// <param name="metrics">What is exposed.</param>
internal sealed class MetricsEndpoint(RyotMetrics metrics)
{
    public async Task GetAsync(HttpContext context)
    {
        var request = context.Request;
        var response = context.Response;
        var format = Exposition.Negotiate(request.Headers.Accept.ToString());
        var gzip = Exposition.AcceptsGzip(request.Headers.AcceptEncoding.ToString());
        response.ContentType = Exposition.ContentType(format);
        response.Headers.Vary = "Accept, Accept-Encoding";
        response.Headers.CacheControl = "no-store";
        if (gzip)
            response.Headers.ContentEncoding = "gzip";
        if (HttpMethods.IsHead(request.Method))
            return;
        await metrics.Registry.WriteAsync(response.BodyWriter, format, gzip, context.RequestAborted);
    }
}
