using System.Globalization;
using System.Text.Json;

namespace Ryot.Server.Api.Errors;

/// <summary>Writes errors in the format of the OpenAI API.</summary>
internal static class ErrorAnswer
{
    /// <summary>Answers with an error. Nothing may have been sent yet.</summary>
    public static async Task WriteAsync(HttpContext context, ApiError error)
    {
        var response = context.Response;
        Prepare(context, error);
        response.ContentType = JsonAnswer.ContentType;
        using (var json = JsonAnswer.CreateWriter(response.BodyWriter))
        {
            json.WriteStartObject();
            WriteProperty(json, error);
            json.WriteEndObject();
        }
        await response.BodyWriter.FlushAsync();
    }

    /// <summary>Sets the status and the headers that go with an error.</summary>
    public static void Prepare(HttpContext context, ApiError error)
    {
        var response = context.Response;
        response.StatusCode = error.Status;
        if (error.RetryAfter is { } retryAfter)
            response.Headers.RetryAfter = ((int)Math.Ceiling(retryAfter.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
        if (error.Status == StatusCodes.Status401Unauthorized)
            response.Headers.WWWAuthenticate = "Bearer";
    }

    /// <summary>Writes the property <c>error</c> into an object.</summary>
    public static void WriteProperty(Utf8JsonWriter json, ApiError error)
    {
        json.WriteStartObject("error"u8);
        json.WriteString("message"u8, error.Message);
        json.WriteString("type"u8, error.Type);
        json.WriteString("param"u8, error.Param);
        json.WriteString("code"u8, error.Code);
        json.WriteEndObject();
    }
}
