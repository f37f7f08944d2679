using System.Text.Json;
using Ryot.Engine;
using Ryot.Engine.Models;
using Ryot.Server.Api;
using Ryot.Server.Configuration;

namespace Ryot.Server.Observability;

/// <summary>Whether the process is alive, and whether it can take requests.</summary>
/// <param name="engine">The models.</param>
/// <param name="options">When a model counts as stalled.</param>
internal sealed class HealthEndpoints(InferenceEngine engine, RyotOptions options)
{
    /// <summary><c>/health/live</c>: the process answers.</summary>
    public static Task LiveAsync(HttpContext context) =>
        WriteAsync(context, StatusCodes.Status200OK, json => json.WriteString("status"u8, "live"u8));

    /// <summary><c>/health/ready</c>: every model that should be in memory takes requests, and no model fails or hangs.</summary>
    public Task ReadyAsync(HttpContext context)
    {
        var states = engine.Models.Select(model => (Model: model, State: DescribeState(model))).ToList();
        var ready = states.TrueForAll(state => IsReady(state.Model, state.State.Name));
        return WriteAsync(context, ready ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable, json =>
        {
            json.WriteString("status"u8, ready ? "ready"u8 : "not_ready"u8);
            json.WriteStartArray("models"u8);
            foreach (var (model, (name, detail)) in states)
            {
                json.WriteStartObject();
                json.WriteString("id"u8, model.Id);
                json.WriteString("status"u8, name);
                if (detail is not null)
                    json.WriteString("detail"u8, detail);
                json.WriteEndObject();
            }
            json.WriteEndArray();
        });
    }

    /// <summary>A model's state in one word, and in a sentence where there is more to say.</summary>
    public (string Name, string? Detail) DescribeState(ModelHost model) => model.Status switch
    {
        ModelStatus.Loading => ("loading", FormattableString.Invariant($"{model.LoadProgress * 100:F0} % is loaded.")),
        ModelStatus.Failed => ("failed", model.Failure),
        ModelStatus.Stopped => ("stopping", "The server is shutting down."),
        ModelStatus.NotLoaded => ("not_loaded", "The next request loads it."),
        ModelStatus.Unloading => ("unloading", "New requests wait until it is loaded again."),
        _ when model.StalledFor() is var stalled && stalled > options.StallTimeout =>
            ("stalled", FormattableString.Invariant($"The engine has had work for {stalled.TotalSeconds:F0} s without finishing a step.")),
        _ => ("ready", null),
    };

    /// <summary>
    /// A model that is loaded at start counts until it has been loaded once, and a pinned one always. Others come and go, and only keep
    /// the server from being ready when they fail or hang.
    /// </summary>
    private static bool IsReady(ModelHost model, string state) => state switch
    {
        "ready" => true,
        "failed" or "stalled" or "stopping" => false,
        "loading" when model.Options.Residency == ResidencyMode.OnStart => model.WasLoaded,
        _ => model.Options.Residency != ResidencyMode.Pinned,
    };

    private static async Task WriteAsync(HttpContext context, int status, Action<Utf8JsonWriter> write)
    {
        var response = context.Response;
        response.StatusCode = status;
        response.ContentType = JsonAnswer.ContentType;
        response.Headers.CacheControl = "no-store";
        if (HttpMethods.IsHead(context.Request.Method))
            return;
        using (var json = JsonAnswer.CreateWriter(response.BodyWriter))
        {
            json.WriteStartObject();
            write(json);
            json.WriteEndObject();
        }
        await response.BodyWriter.FlushAsync(context.RequestAborted);
    }
}
