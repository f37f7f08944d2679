using System.Text.Json;
using Ryot.Server.Api.Parsing;

namespace Ryot.Server.Api.OpenAi;

/// <summary>
/// What the OpenAI API has and Ryot does not do: refused when it is really asked for, so that nobody takes its lack for a model's fault.
/// </summary>
internal static class Unsupported
{
    /// <summary>Parameters that change what the answer would be.</summary>
    public static readonly IReadOnlyList<string> Names =
        ["tools", "tool_choice", "functions", "function_call", "response_format", "modalities", "audio", "web_search_options"];

    /// <summary>Parameters that may be ignored: bookkeeping, or hints on how to get the same answer faster.</summary>
    public static readonly IReadOnlyList<string> Harmless =
    [
        "user", "metadata", "store", "service_tier", "parallel_tool_calls", "prediction", "reasoning_effort", "verbosity",
        "safety_identifier", "prompt_cache_key", "prompt_cache_retention",
    ];

    /// <summary>Refuses what a body really asks for.</summary>
    public static void Refuse(in RequestObject body)
    {
        foreach (var name in Names)
            RefuseUnlessTrivial(body, name);
    }

    /// <summary>Refuses one parameter unless its value asks for nothing.</summary>
    public static void RefuseUnlessTrivial(in RequestObject parent, string name)
    {
        if (parent.TryGet(name, out var value) && !IsTrivial(name, value, parent.Path(name)))
            throw parent.Error(name, $"Ryot does not do '{parent.Path(name)}'; leave it out.", "unsupported_parameter");
    }

    private static bool IsTrivial(string name, JsonElement value, string path) => value.ValueKind switch
    {
        JsonValueKind.False => true,
        JsonValueKind.Array when name == "modalities" => value.EnumerateArray().All(element => RequestObject.Text(element, path) == "text"),
        JsonValueKind.Array => value.GetArrayLength() == 0,
        JsonValueKind.String when name is "tool_choice" or "function_call" => RequestObject.Text(value, path) is "none" or "auto",
        JsonValueKind.Object when name == "response_format" => RequestObject.Of(value, path).String("type") == "text",
        _ => false,
    };
}
