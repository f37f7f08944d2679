using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Ryot.Benchmarks.Metrics;

/// <summary>Serves an exposition over HTTP by the same means as OpenTelemetry's listener, whose scrape cannot be had otherwise.</summary>
internal sealed class HttpScrape : IDisposable
{
    private readonly HttpListener _listener = new();

    internal HttpScrape(Func<Stream, Task> write)
    {
        var port = FreePort();
        Address = new Uri(string.Create(CultureInfo.InvariantCulture, $"http://localhost:{port}/metrics"));
        _listener.Prefixes.Add(string.Create(CultureInfo.InvariantCulture, $"http://localhost:{port}/"));
        _listener.Start();
        _ = ServeAsync(write);
    }

    internal Uri Address { get; }

    /// <summary>A loopback port that is free at this moment, for listeners that cannot choose one.</summary>
    internal static int FreePort()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }

    public void Dispose() => _listener.Close();

    private async Task ServeAsync(Func<Stream, Task> write)
    {
        while (_listener.IsListening)
        {
            try
            {
                var context = await _listener.GetContextAsync();
                await write(context.Response.OutputStream);
                context.Response.Close();
            }
            catch (Exception ended) when (ended is HttpListenerException or ObjectDisposedException)
            {
                return;
            }
        }
    }
}
