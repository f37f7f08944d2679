using System.Text.Json;
using Ryot.Engine;
using Ryot.Engine.Models;
using Ryot.Server.Observability;

namespace Ryot.Server.Api.Admin;

/// <summary>Writes models as administrators see them.</summary>
/// <param name="engine">The models.</param>
/// <param name="health">Their states.</param>
internal sealed class AdminModelFormat(InferenceEngine engine, HealthEndpoints health)
{
    /// <summary>Writes what the models take of memory, and may take.</summary>
    public void WriteMemory(Utf8JsonWriter json)
    {
        var budget = engine.Residency.MemoryBudget;
        json.WriteStartObject("memory"u8);
        foreach (var device in budget.Keys.Append(MemoryEstimate.Cpu).Distinct())
        {
            json.WriteStartObject(device);
            json.WriteNumber("used_bytes"u8, engine.MemoryInUse(device));
            if (budget.TryGetValue(device, out var bytes))
                json.WriteNumber("budget_bytes"u8, bytes);
            else
                json.WriteNull("budget_bytes"u8);
            json.WriteEndObject();
        }
        json.WriteEndObject();
    }

    /// <summary>Writes one as an object.</summary>
    public void Write(Utf8JsonWriter json, ModelHost model)
    {
        json.WriteStartObject();
        WriteProperties(json, model);
        json.WriteEndObject();
    }

    /// <summary>Writes the properties of one.</summary>
    public void WriteProperties(Utf8JsonWriter json, ModelHost model)
    {
        var options = model.Options;
        var (state, detail) = health.DescribeState(model);
        json.WriteString("id"u8, model.Id);
        json.WriteStartArray("aliases"u8);
        foreach (var alias in options.Aliases)
            json.WriteStringValue(alias);
        json.WriteEndArray();
        json.WriteString("path"u8, options.Path);
        json.WriteString("status"u8, state);
        json.WriteString("detail"u8, detail);
        json.WriteNumber("load_progress"u8, Math.Round(model.LoadProgress, 3));
        json.WriteString("failure"u8, model.Failure);
        json.WriteNumber("retry_after_seconds"u8, Math.Ceiling(model.RetryAfter.TotalSeconds));
        json.WriteString("residency"u8, options.Residency.ToString());
        json.WriteNumber("residency_priority"u8, options.ResidencyPriority);
        WriteSeconds(json, "idle_timeout_seconds", options.IdleTimeout);
        WriteSeconds(json, "idle_seconds", model.IdleFor);
        json.WriteNumber("requests"u8, model.UnfinishedRequests);
        json.WriteNumber("requests_waiting_for_load"u8, model.RequestsWaitingForLoad);
        WriteMemory(json, model.Memory);
        if (model.Info is { } info)
            ModelDetails.Write(json, info);
    }

    private static void WriteMemory(Utf8JsonWriter json, MemoryEstimate memory)
    {
        json.WriteStartObject("memory_bytes"u8);
        foreach (var (device, bytes) in memory.Bytes)
            json.WriteNumber(device, bytes);
        json.WriteEndObject();
        json.WriteString("memory_remark"u8, memory.Remark);
    }

    private static void WriteSeconds(Utf8JsonWriter json, string name, TimeSpan? time)
    {
        if (time is { } value)
            json.WriteNumber(name, Math.Round(value.TotalSeconds, 3));
        else
            json.WriteNull(name);
    }
}
