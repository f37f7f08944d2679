using System.Collections.Frozen;
using System.Text.Json;
using Ryot.Server.Api.Parsing;
using Ryot.Server.Generation;

namespace Ryot.Server.Api.OpenAi;

/// <summary>Reads the bodies of <c>/v1/completions</c>.</summary>
internal static class CompletionParser
{
    /// <summary>What the OpenAI API generates when no limit is named.</summary>
    private const int DefaultMaxTokens = 16;

    private static readonly FrozenSet<string> _known = CommonParameters.Known([
        "prompt", "n", "stream", "stream_options", "logprobs", "best_of", "echo", "suffix", .. Unsupported.Harmless]);

    public static InferenceRequest Parse(JsonElement json)
    {
        var body = RequestObject.Of(json);
        body.RefuseUnknown(_known);
        var stream = body.Boolean("stream") ?? false;
        var count = StreamParameters.ReadCount(body);
        RefuseUnsupported(body, count);
        var sampling = CommonParameters.ReadSampling(body);
        return new InferenceRequest
        {
            Model = body.RequiredString("model"),
            Prompts = PromptParser.ReadOneOrMany(body, "prompt"),
            PromptParam = "prompt",
            SequencesPerPrompt = count,
            Sampling = sampling with
            {
                MaxTokens = sampling.MaxTokens ?? DefaultMaxTokens,
                Logprobs = (int?)body.Integer("logprobs", 0, CommonParameters.MaxLogprobs),
            },
            Priority = CommonParameters.ReadPriority(body),
            Timeout = CommonParameters.ReadTimeout(body),
            CachePrompt = CommonParameters.ReadCachePrompt(body),
            Stream = stream,
            IncludeUsage = StreamParameters.ReadIncludeUsage(body, stream),
        };
    }

    private static void RefuseUnsupported(in RequestObject body, int count)
    {
        if (body.Boolean("echo") ?? false)
            throw body.Error("echo", "Ryot does not do 'echo'; put the prompt before the answer yourself.", "unsupported_parameter");
        if (body.String("suffix") is { Length: > 0 })
            throw body.Error("suffix", "Ryot does not do 'suffix'; leave it out.", "unsupported_parameter");
        if (body.Integer("best_of", 1, long.MaxValue) is { } bestOf && bestOf != count)
        {
            throw body.Error(
                "best_of", "Ryot gives every answer that it generates: 'best_of' can only be the same as 'n'.", "unsupported_value");
        }
    }
}
