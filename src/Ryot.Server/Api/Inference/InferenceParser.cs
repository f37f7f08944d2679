using System.Collections.Frozen;
using System.Text.Json;
using Ryot.Server.Api.Parsing;
using Ryot.Server.Generation;

namespace Ryot.Server.Api.Inference;

/// <summary>Reads the bodies of Ryot's own routes.</summary>
internal static class InferenceParser
{
    private static readonly FrozenSet<string> _knownForOne = CommonParameters.Known("prompt");
    private static readonly FrozenSet<string> _knownForMany = CommonParameters.Known("prompts");

    public static InferenceRequest ParseGenerate(JsonElement json) => ParseOne(json, stream: false);

    public static InferenceRequest ParseStream(JsonElement json) => ParseOne(json, stream: true);

    public static InferenceRequest ParseBatch(JsonElement json)
    {
        var body = RequestObject.Of(json);
        body.RefuseUnknown(_knownForMany);
        return Read(body, PromptParser.ReadMany(body, "prompts"), "prompts") with { AllowsPartialSuccess = true };
    }

    private static InferenceRequest ParseOne(JsonElement json, bool stream)
    {
        var body = RequestObject.Of(json);
        body.RefuseUnknown(_knownForOne);
        return Read(body, [PromptParser.ReadOne(body, "prompt")], "prompt") with { Stream = stream };
    }

    private static InferenceRequest Read(in RequestObject body, IReadOnlyList<PromptInput> prompts, string param) => new()
    {
        Model = body.RequiredString("model"),
        Prompts = prompts,
        PromptParam = param,
        Sampling = CommonParameters.ReadSampling(body),
        Priority = CommonParameters.ReadPriority(body),
        Timeout = CommonParameters.ReadTimeout(body),
        CachePrompt = CommonParameters.ReadCachePrompt(body),
    };
}
