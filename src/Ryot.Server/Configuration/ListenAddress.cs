using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Ryot.Server.Configuration;

/// <summary>A place to listen at.</summary>
/// <param name="Url">The url as it was configured.</param>
/// <param name="Address">The address; null is <c>localhost</c>, which is both IPv4 and IPv6.</param>
/// <param name="Port">The port; 0 lets the system choose.</param>
public sealed record ListenAddress(string Url, IPAddress? Address, int Port)
{
    /// <summary>Whether only this machine can connect.</summary>
    public bool IsLoopback => Address is null || IPAddress.IsLoopback(Address);

    /// <summary>Reads a url such as <c>http://127.0.0.1:8080</c>, <c>http://localhost:8080</c> or <c>http://*:8080</c>.</summary>
    /// <param name="url">The url.</param>
    /// <param name="address">The place that it names.</param>
    /// <returns>What is wrong with it; null when nothing is.</returns>
    internal static string? TryParse(string url, out ListenAddress? address)
    {
        address = null;
        if (url.StartsWith("https://", StringComparison.OrdinalIgnoreCase))
            return $"'{url}': Ryot speaks plain http; put a proxy that does TLS in front of it.";
        if (!url.StartsWith("http://", StringComparison.OrdinalIgnoreCase))
            return $"'{url}' is no url; it looks like http://127.0.0.1:8080.";
        var rest = url["http://".Length..].TrimEnd('/');
        if (rest.Contains('/', StringComparison.Ordinal))
            return $"'{url}' has a path; only a host and a port can be named.";
        var colon = rest.LastIndexOf(':');
        var hasPort = colon >= 0 && !rest.EndsWith(']');
        var host = hasPort ? rest[..colon] : rest;
        var port = 80;
        if (hasPort && (!int.TryParse(rest[(colon + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out port) || port > 65535))
            return $"'{url}': '{rest[(colon + 1)..]}' is no port from 0 to 65535.";
        if (host.Equals("localhost", StringComparison.OrdinalIgnoreCase))
        {
            if (port == 0)
                return $"'{url}': a free port can be chosen for 127.0.0.1 or [::1], not for localhost.";
            address = new ListenAddress(url, null, port);
            return null;
        }
        if (host is "*" or "+")
        {
            address = new ListenAddress(url, Socket.OSSupportsIPv6 ? IPAddress.IPv6Any : IPAddress.Any, port);
            return null;
        }
        if (!IPAddress.TryParse(host, out var ip))
            return $"'{url}': '{host}' is no IP address, and neither localhost nor *.";
        address = new ListenAddress(url, ip, port);
        return null;
    }

    /// <summary>Why the port cannot be opened, or null.</summary>
    internal string? FindConflict()
    {
        if (Port == 0)
            return null;
        try
        {
            var address = Address ?? IPAddress.Loopback;
            using var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            socket.Bind(new IPEndPoint(address, Port));
            socket.Listen();
            return null;
        }
        catch (SocketException exception)
        {
            return exception.SocketErrorCode switch
            {
                SocketError.AddressAlreadyInUse => $"{Url}: port {Port} is taken by another program.",
                SocketError.AccessDenied => $"{Url}: this user may not listen at port {Port}.",
                SocketError.AddressNotAvailable => $"{Url}: this machine does not have the address.",
                _ => $"{Url}: cannot listen there: {exception.Message}",
            };
        }
    }
}
