using System.Net.Sockets;
using System.Text;
using Xunit;

namespace Ryot.Server.Tests.Support;

/// <summary>A client that speaks HTTP by hand, so that it can misbehave. Disposing it closes the connection at once.</summary>
internal sealed class RawClient : IDisposable
{
    private readonly Socket _socket;
    private readonly StringBuilder _unread = new();

    private RawClient(Socket socket) => _socket = socket;

    public static async Task<RawClient> ConnectAsync(Uri url)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true, ReceiveBufferSize = 4096 };
        await socket.ConnectAsync(url.Host, url.Port, TestContext.Current.CancellationToken);
        return new RawClient(socket);
    }

    public static async Task<RawClient> PostAsync(Uri url, string path, string json)
    {
        var client = await ConnectAsync(url);
        await client.SendAsync($"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {Encoding.UTF8.GetByteCount(json)}\r\n\r\n{json}");
        return client;
    }

    public Task SendAsync(string text) => SendAsync(Encoding.UTF8.GetBytes(text));

    public async Task SendAsync(byte[] bytes)
    {
        for (var sent = 0; sent < bytes.Length;)
            sent += await _socket.SendAsync(bytes.AsMemory(sent), TestContext.Current.CancellationToken);
    }

    /// <summary>Reads until the first event of a stream is there.</summary>
    public async Task ReadEventAsync()
    {
        while (!_unread.ToString().Contains("data: ", StringComparison.Ordinal))
            Assert.True(await ReceiveAsync(), "The connection ended without an event.");
    }

    /// <summary>Reads until the server closes the connection.</summary>
    public async Task<string> ReadToEndAsync()
    {
        while (await ReceiveAsync())
        {
        }
        return _unread.ToString();
    }

    /// <summary>Says that nothing more will be sent, and goes once what was sent has arrived.</summary>
    public void Close()
    {
        _socket.Shutdown(SocketShutdown.Send);
        _socket.Close();
    }

    public void Dispose()
    {
        // Without lingering the other side is told by a reset, as by a process that died.
        if (!_socket.SafeHandle.IsClosed)
            _socket.LingerState = new LingerOption(true, 0);
        _socket.Dispose();
    }

    private async Task<bool> ReceiveAsync()
    {
        var buffer = new byte[16 * 1024];
        try
        {
            var count = await _socket.ReceiveAsync(buffer, TestContext.Current.CancellationToken);
            _unread.Append(Encoding.UTF8.GetString(buffer, 0, count));
            return count > 0;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
