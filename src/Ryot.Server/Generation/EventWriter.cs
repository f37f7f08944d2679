using System.Buffers;
using System.Text.Json;
using Ryot.Server.Api;

namespace Ryot.Server.Generation;

/// <summary>Writes server-sent events whose data is JSON.</summary>
/// <param name="output">Where to.</param>
internal sealed class EventWriter(IBufferWriter<byte> output) : IDisposable
{
    private readonly Utf8JsonWriter _json = JsonAnswer.CreateWriter(output);

    /// <summary>Begins an event.</summary>
    /// <returns>Writes its data, until <see cref="End"/>.</returns>
    public Utf8JsonWriter Begin()
    {
        output.Write("data: "u8);
        _json.Reset();
        return _json;
    }

    /// <summary>Ends the event.</summary>
    public void End()
    {
        _json.Flush();
        output.Write("\n\n"u8);
    }

    /// <summary>Writes the event by which clients of the OpenAI API see that a stream is complete.</summary>
    public void WriteDone() => output.Write("data: [DONE]\n\n"u8);

    public void Dispose() => _json.Dispose();
}
