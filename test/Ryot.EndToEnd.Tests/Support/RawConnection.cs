using System.Net.Sockets;
using System.Text;
using Xunit;

namespace Ryot.EndToEnd.Tests.Support;

/// <summary>A connection that speaks HTTP by hand, so that it can misbehave.</summary>
internal sealed class RawConnection : IDisposable
{
    private readonly Socket _socket;

    private RawConnection(Socket socket) => _socket = socket;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static async Task<RawConnection> OpenAsync(RyotProcess server)
    {
        // A small window, so that a client that does not read holds the server up soon.
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp)
        {
            NoDelay = true,
            ReceiveBufferSize = 4096,
        };
        await socket.ConnectAsync(server.Address.Host, server.Address.Port, Cancellation);
        return new RawConnection(socket);
    }

    /// <summary>Sends a request for JSON whose body may be anything.</summary>
    public async Task PostAsync(string path, byte[] body)
    {
        await SendAsync($"POST {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n");
        await SendAsync($"Content-Type: application/json\r\nContent-Length: {body.Length}\r\n\r\n");
        await SendAsync(body);
    }

    public Task SendAsync(string text) => SendAsync(Encoding.UTF8.GetBytes(text));

    public async Task SendAsync(byte[] bytes)
    {
        for (var sent = 0; sent < bytes.Length;)
            sent += await _socket.SendAsync(bytes.AsMemory(sent), Cancellation);
    }

    /// <summary>Reads until something that the text contains has come.</summary>
    public async Task<string> ReadUntilAsync(string wanted)
    {
        var text = new StringBuilder();
        while (!text.ToString().Contains(wanted, StringComparison.Ordinal))
            Assert.True(await ReceiveAsync(text), $"The connection ended before '{wanted}' came: {text}");
        return text.ToString();
    }

    /// <summary>Reads until the server closes the connection.</summary>
    public async Task<string> ReadToEndAsync()
    {
        var text = new StringBuilder();
        while (await ReceiveAsync(text))
        {
        }
        return text.ToString();
    }

    /// <summary>Vanishes: the other side gets a reset, as from a process that died.</summary>
    public void Dispose()
    {
        _socket.LingerState = new LingerOption(true, 0);
        _socket.Dispose();
    }

    private async Task<bool> ReceiveAsync(StringBuilder text)
    {
        var buffer = new byte[16 * 1024];
        try
        {
            var count = await _socket.ReceiveAsync(buffer, Cancellation);
            text.Append(Encoding.UTF8.GetString(buffer, 0, count));
            return count > 0;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
