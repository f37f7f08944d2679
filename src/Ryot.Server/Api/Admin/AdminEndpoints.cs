using System.Text.Json;
using Ryot.Engine;
using Ryot.Engine.Models;
using Ryot.Server.Api.Errors;
using Ryot.Server.Api.Parsing;
using Ryot.Server.Configuration;
using Ryot.Server.Security;

namespace Ryot.Server.Api.Admin;

/// <summary><c>/admin</c>: sees and changes which models are in memory.</summary>
/// <param name="engine">The models.</param>
/// <param name="keys">Who may.</param>
/// <param name="reloader">Reads the configuration again.</param>
/// <param name="models">Writes models.</param>
/// <param name="options">How large a body may be.</param>
internal sealed class AdminEndpoints(
    InferenceEngine engine, AdminKeys keys, ConfigurationReloader reloader, AdminModelFormat models, RyotOptions options)
{
    private static readonly HashSet<string> _loadParameters = ["wait"];
    private static readonly HashSet<string> _unloadParameters = ["drain"];

    /// <summary><c>GET /admin/models</c></summary>
    public Task ListAsync(HttpContext context)
    {
        keys.Check(context.Request);
        return WriteAsync(context, StatusCodes.Status200OK, json =>
        {
            models.WriteMemory(json);
            json.WriteStartArray("models"u8);
            foreach (var model in engine.Models)
                models.Write(json, model);
            json.WriteEndArray();
        });
    }

    /// <summary><c>POST /admin/models/{id}/load</c> and <c>/unload</c>; an id may have slashes.</summary>
    public async Task ChangeAsync(HttpContext context)
    {
        keys.Check(context.Request);
        var path = (string)context.Request.RouteValues["path"]!;
        var slash = path.LastIndexOf('/');
        var action = path[(slash + 1)..];
        if (slash < 1 || action is not ("load" or "unload"))
            throw new ApiException(ApiErrors.UnknownRoute(context.Request.Method, context.Request.Path));
        var name = Uri.UnescapeDataString(path[..slash]);
        var model = engine.Find(name) ?? throw new ApiException(ApiErrors.ModelNotFound(name));
        try
        {
            await (action == "load" ? LoadAsync(context, model) : UnloadAsync(context, model));
        }
        catch (EngineException exception)
        {
            throw new ApiException(ApiErrors.Of(exception, ""), exception);
        }
        catch (ModelInUseException exception)
        {
            throw new ApiException(ApiErrors.ModelInUse(exception.Message), exception);
        }
    }

    /// <summary><c>POST /admin/reload</c></summary>
    public async Task ReloadAsync(HttpContext context)
    {
        keys.Check(context.Request);
        try
        {
            var result = await reloader.ReloadAsync(context.RequestAborted);
            await WriteAsync(context, StatusCodes.Status200OK, json =>
            {
                WriteArray(json, "added", result.Models.Added);
                WriteArray(json, "removed", result.Models.Removed);
                WriteArray(json, "changed", result.Models.Changed);
                WriteArray(json, "need_restart", result.NeedRestart);
            });
        }
        catch (ConfigurationException exception)
        {
            throw new ApiException(ApiErrors.BadConfiguration(exception.Problems), exception);
        }
    }

    private async Task LoadAsync(HttpContext context, ModelHost model)
    {
        var wait = await ReadFlagAsync(context, "wait", _loadParameters) ?? true;
        var loading = model.LoadAsync();
        // The load goes on when the administrator goes away.
        if (wait)
            await loading.WaitAsync(context.RequestAborted);
        else
            _ = loading.ContinueWith(done => done.Exception, default, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
        await WriteAsync(context, wait ? StatusCodes.Status200OK : StatusCodes.Status202Accepted, json => models.WriteProperties(json, model));
    }

    private async Task UnloadAsync(HttpContext context, ModelHost model)
    {
        var drain = await ReadFlagAsync(context, "drain", _unloadParameters) ?? false;
        await model.UnloadAsync(drain).WaitAsync(context.RequestAborted);
        await WriteAsync(context, StatusCodes.Status200OK, json => models.WriteProperties(json, model));
    }

    private async Task<bool?> ReadFlagAsync(HttpContext context, string name, IReadOnlySet<string> known)
    {
        using var body = await RequestBody.ReadAsync(context, options.MaxBodyBytes);
        if (body.IsEmpty)
            return null;
        RequestBody.CheckContentType(context.Request);
        using var json = body.Parse();
        var parameters = RequestObject.Of(json.RootElement);
        parameters.RefuseUnknown(known);
        return parameters.Boolean(name);
    }

    private static void WriteArray(Utf8JsonWriter json, string name, IReadOnlyList<string> values)
    {
        json.WriteStartArray(name);
        foreach (var value in values)
            json.WriteStringValue(value);
        json.WriteEndArray();
    }

    private static async Task WriteAsync(HttpContext context, int status, Action<Utf8JsonWriter> write)
    {
        var response = context.Response;
        response.StatusCode = status;
        response.ContentType = JsonAnswer.ContentType;
        response.Headers.CacheControl = "no-store";
        using (var json = JsonAnswer.CreateWriter(response.BodyWriter))
        {
            json.WriteStartObject();
            write(json);
            json.WriteEndObject();
        }
        await response.BodyWriter.FlushAsync(context.RequestAborted);
    }
}
