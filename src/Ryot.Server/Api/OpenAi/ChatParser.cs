using System.Collections.Frozen;
using System.Text.Json;
using Ryot.Engine.Models;
using Ryot.Metrics;
using Ryot.Server.Api.Parsing;
using Ryot.Server.Generation;

namespace Ryot.Server.Api.OpenAi;

/// <summary>Reads the bodies of <c>/v1/chat/completions</c>.</summary>
internal static class ChatParser
{
    private static readonly FrozenSet<string> _known = CommonParameters.Known([
        "messages", "n", "stream", "stream_options", "max_completion_tokens", "logprobs", "top_logprobs",
        .. Unsupported.Names, .. Unsupported.Harmless]);

    private static readonly FrozenSet<string> _knownInMessage = FrozenSet.Create(
        StringComparer.Ordinal,
        "role", "content", "name", "refusal", "audio", "tool_calls", "tool_call_id", "function_call", "annotations");

    public static InferenceRequest Parse(JsonElement json)
    {
        var body = RequestObject.Of(json);
        body.RefuseUnknown(_known);
        Unsupported.Refuse(body);
        var stream = body.Boolean("stream") ?? false;
        var sampling = CommonParameters.ReadSampling(body);
        return new InferenceRequest
        {
            Model = body.RequiredString("model"),
            Prompts = [new PromptInput { Messages = ReadMessages(body) }],
            PromptParam = "messages",
            SequencesPerPrompt = StreamParameters.ReadCount(body),
            Sampling = sampling with
            {
                MaxTokens = CommonParameters.ReadTokenLimit(body, "max_completion_tokens") ?? sampling.MaxTokens,
                Logprobs = ReadLogprobs(body),
            },
            Priority = CommonParameters.ReadPriority(body),
            Timeout = CommonParameters.ReadTimeout(body),
            CachePrompt = CommonParameters.ReadCachePrompt(body),
            Stream = stream,
            IncludeUsage = StreamParameters.ReadIncludeUsage(body, stream),
            Operation = InferenceOperation.Chat,
        };
    }

    private static int? ReadLogprobs(in RequestObject body)
    {
        var wanted = body.Boolean("logprobs") ?? false;
        var top = body.Integer("top_logprobs", 0, CommonParameters.MaxLogprobs);
        if (top is not null && !wanted)
            throw body.Error("top_logprobs", "'top_logprobs' needs 'logprobs' to be true.", "invalid_value");
        return wanted ? (int)(top ?? 0) : null;
    }

    private static ChatMessage[] ReadMessages(in RequestObject body)
    {
        if (!body.TryGet("messages", out var array))
            throw body.Missing("messages");
        if (array.ValueKind != JsonValueKind.Array)
            throw RequestObject.Wrong("messages", "'messages'", "an array", array);
        if (array.GetArrayLength() == 0)
            throw body.Error("messages", "'messages' is empty; a conversation needs at least one message.", "empty_array");
        return [.. array.EnumerateArray().Select((element, index) => ReadMessage(element, $"messages[{index}]"))];
    }

    private static ChatMessage ReadMessage(JsonElement element, string path)
    {
        var message = RequestObject.Of(element, path);
        message.RefuseUnknown(_knownInMessage);
        var role = message.RequiredString("role") switch
        {
            "developer" => "system",
            "system" or "user" or "assistant" => message.RequiredString("role"),
            "tool" or "function" => throw message.Error(
                "role", "Ryot does not do tool calls, so a message cannot be a tool's.", "unsupported_value"),
            _ => throw message.Error("role", $"'{path}.role' must be one of system, developer, user, assistant.", "invalid_value"),
        };
        foreach (var name in (ReadOnlySpan<string>)["tool_calls", "tool_call_id", "function_call", "audio"])
            Unsupported.RefuseUnlessTrivial(message, name);
        if (!message.TryGet("content", out var content))
            throw message.Missing("content");
        return new ChatMessage(role, ReadContent(content, message.Path("content")));
    }

    private static string ReadContent(JsonElement content, string path)
    {
        if (content.ValueKind == JsonValueKind.String)
            return RequestObject.Text(content, path);
        if (content.ValueKind != JsonValueKind.Array)
            throw RequestObject.Wrong(path, $"'{path}'", "a string or an array of text parts", content);
        return string.Join('\n', content.EnumerateArray().Select((part, index) => ReadPart(part, $"{path}[{index}]")));
    }

    private static string ReadPart(JsonElement element, string path)
    {
        var part = RequestObject.Of(element, path);
        return part.RequiredString("type") switch
        {
            "text" => part.RequiredString("text"),
            "refusal" => part.RequiredString("refusal"),
            "image_url" or "input_audio" or "file" => throw part.Error("type", "Ryot takes only text in messages.", "unsupported_value"),
            _ => throw part.Error("type", $"'{path}.type' must be text.", "invalid_value"),
        };
    }
}
