using System.Text.Json;
using Xunit;

namespace Ryot.EndToEnd.Tests.Support;

/// <summary>A stream of events that a test reads one by one. Disposing it before its end closes the connection at once.</summary>
internal sealed class OpenStream : IDisposable
{
    private readonly HttpResponseMessage _response;
    private readonly StreamReader _reader;

    private OpenStream(HttpResponseMessage response, Stream stream)
    {
        _response = response;
        _reader = new StreamReader(stream);
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>Posts and waits for the answer's beginning, which is sent with the first token.</summary>
    public static async Task<OpenStream> OpenAsync(RyotProcess server, string path, string json)
    {
        var response = await server.PostAsync(path, json, HttpCompletionOption.ResponseHeadersRead);
        var stream = await response.Content.ReadAsStreamAsync(Cancellation);
        Assert.True(response.IsSuccessStatusCode, $"{response.StatusCode}");
        return new OpenStream(response, stream);
    }

    /// <summary>The next event's data; null at the end.</summary>
    public async Task<string?> ReadAsync()
    {
        while (await _reader.ReadLineAsync(Cancellation) is { } line)
        {
            if (line.StartsWith("data: ", StringComparison.Ordinal))
                return line["data: ".Length..];
        }
        return null;
    }

    /// <summary>The next event, which must be one with JSON.</summary>
    public async Task<JsonElement> ReadJsonAsync() =>
        JsonElement.Parse(await ReadAsync() ?? throw new InvalidDataException("The stream has ended."));

    /// <summary>All events that are left.</summary>
    public async Task<List<string>> ReadToEndAsync()
    {
        var events = new List<string>();
        while (await ReadAsync() is { } data)
            events.Add(data);
        return events;
    }

    public void Dispose()
    {
        _reader.Dispose();
        _response.Dispose();
    }
}
