using System.Text.Json;
using Ryot.Server.Generation;

namespace Ryot.Server.Api.Parsing;

/// <summary>Reads prompts, which are text or arrays of token ids.</summary>
internal static class PromptParser
{
    /// <summary>Reads one prompt.</summary>
    public static PromptInput ReadOne(in RequestObject body, string name)
    {
        if (!body.TryGet(name, out var value))
            throw body.Missing(name);
        return Read(value, name);
    }

    /// <summary>Reads one prompt, or an array of them. An array of numbers is one prompt.</summary>
    public static IReadOnlyList<PromptInput> ReadOneOrMany(in RequestObject body, string name)
    {
        if (!body.TryGet(name, out var value))
            throw body.Missing(name);
        if (value.ValueKind != JsonValueKind.Array || (value.GetArrayLength() > 0 && value[0].ValueKind == JsonValueKind.Number))
            return [Read(value, name)];
        return ReadArray(body, value, name);
    }

    /// <summary>Reads an array of prompts.</summary>
    public static IReadOnlyList<PromptInput> ReadMany(in RequestObject body, string name)
    {
        if (!body.TryGet(name, out var value))
            throw body.Missing(name);
        if (value.ValueKind != JsonValueKind.Array)
            throw RequestObject.Wrong(name, $"'{name}'", "an array of prompts", value);
        return ReadArray(body, value, name);
    }

    private static PromptInput[] ReadArray(in RequestObject body, JsonElement value, string name)
    {
        if (value.GetArrayLength() == 0)
            throw body.Error(name, $"'{name}' is empty; at least one prompt is needed.", "empty_array");
        return [.. value.EnumerateArray().Select((element, index) => Read(element, $"{name}[{index}]"))];
    }

    private static PromptInput Read(JsonElement value, string path) => value.ValueKind switch
    {
        JsonValueKind.String => new PromptInput { Text = RequestObject.Text(value, path) },
        JsonValueKind.Array => new PromptInput { Tokens = CommonParameters.ReadTokens(value, path) },
        _ => throw RequestObject.Wrong(path, $"'{path}'", "a string or an array of token ids", value),
    };
}
