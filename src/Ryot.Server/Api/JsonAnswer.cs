using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Ryot.Server.Api;

/// <summary>How answers are written as JSON.</summary>
internal static class JsonAnswer
{
    public const string ContentType = "application/json";

    // Answers are never parts of an HTML page, so text in any script goes out as it is.
    private static readonly JsonWriterOptions _options = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        SkipValidation = true,
    };

    public static Utf8JsonWriter CreateWriter(IBufferWriter<byte> output) => new(output, _options);
}
