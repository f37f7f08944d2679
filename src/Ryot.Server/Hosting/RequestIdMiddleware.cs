using System.Buffers;
using System.Security.Cryptography;
using Ryot.Metrics;

namespace Ryot.Server.Hosting;

/// <summary>Gives every request an id that its answer, the log and exemplars carry: the client's own, or a new one.</summary>
internal static class RequestIdMiddleware
{
    private const string Header = "x-request-id";

    private static readonly SearchValues<char> _allowed =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.:");

    public static Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        var given = context.Request.Headers[Header].ToString();
        var id = given.Length is > 0 and <= ExemplarId.MaxRequestIdLength && !given.AsSpan().ContainsAnyExcept(_allowed)
            ? given
            : "req_" + RandomNumberGenerator.GetHexString(24, lowercase: true);
        context.TraceIdentifier = id;
        context.Response.Headers[Header] = id;
        return next(context);
    }
}
