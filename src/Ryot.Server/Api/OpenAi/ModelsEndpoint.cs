using System.Text.Json;
using Ryot.Engine;
using Ryot.Engine.Models;
using Ryot.Server.Api.Errors;
using Ryot.Server.Observability;
using Ryot.Server.Security;

namespace Ryot.Server.Api.OpenAi;

/// <summary><c>/v1/models</c>: what can be asked for.</summary>
/// <param name="engine">The models.</param>
/// <param name="keys">Who may ask.</param>
/// <param name="health">The models' states.</param>
internal sealed class ModelsEndpoint(InferenceEngine engine, ApiKeys keys, HealthEndpoints health)
{
    private readonly long _created = engine.Clock.GetUtcNow().ToUnixTimeSeconds();

    /// <summary>Lists all.</summary>
    public async Task ListAsync(HttpContext context)
    {
        keys.Check(context.Request);
        context.Response.ContentType = JsonAnswer.ContentType;
        using (var json = JsonAnswer.CreateWriter(context.Response.BodyWriter))
        {
            json.WriteStartObject();
            json.WriteString("object"u8, "list"u8);
            json.WriteStartArray("data"u8);
            foreach (var model in engine.Models)
            {
                foreach (var name in model.Options.Aliases.Prepend(model.Id))
                    Write(json, name, model);
            }
            json.WriteEndArray();
            json.WriteEndObject();
        }
        await context.Response.BodyWriter.FlushAsync(context.RequestAborted);
    }

    /// <summary>Tells about one.</summary>
    public async Task GetAsync(HttpContext context)
    {
        keys.Check(context.Request);
        // A slash in a name may come escaped, which routing leaves as it is.
        var name = Uri.UnescapeDataString((string)context.Request.RouteValues["id"]!);
        var model = engine.Find(name) ?? throw new ApiException(ApiErrors.ModelNotFound(name));
        context.Response.ContentType = JsonAnswer.ContentType;
        using (var json = JsonAnswer.CreateWriter(context.Response.BodyWriter))
            Write(json, name, model);
        await context.Response.BodyWriter.FlushAsync(context.RequestAborted);
    }

    private void Write(Utf8JsonWriter json, string name, ModelHost model)
    {
        json.WriteStartObject();
        json.WriteString("id"u8, name);
        json.WriteString("object"u8, "model"u8);
        json.WriteNumber("created"u8, _created);
        json.WriteString("owned_by"u8, "ryot"u8);
        json.WriteString("status"u8, health.DescribeState(model).Name);
        json.WriteNumber("load_progress"u8, Math.Round(model.LoadProgress, 3));
        if (model.Info is { } info)
            ModelDetails.Write(json, info);
        json.WriteEndObject();
    }
}
