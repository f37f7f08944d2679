using Ryot.Metrics;
using Ryot.Server.Api.Inference;
using Ryot.Server.Api.OpenAi;
using Ryot.Server.Generation;

namespace Ryot.Server.Api;

/// <summary>All routes that generate.</summary>
internal static class InferenceRoutes
{
    public static readonly IReadOnlyList<InferenceRoute> All =
    [
        new InferenceRoute
        {
            Path = "/v1/chat/completions",
            IdPrefix = "chatcmpl-",
            Parse = ChatParser.Parse,
            CreateFormat = answer => new ChatFormat(answer),
            Operation = InferenceOperation.Chat,
        },
        new InferenceRoute
        {
            Path = "/v1/completions",
            IdPrefix = "cmpl-",
            Parse = CompletionParser.Parse,
            CreateFormat = answer => new CompletionFormat(answer),
        },
        new InferenceRoute
        {
            Path = "/v1/inference/generate",
            IdPrefix = "gen-",
            Parse = InferenceParser.ParseGenerate,
            CreateFormat = answer => new GenerateFormat(answer),
        },
        new InferenceRoute
        {
            Path = "/v1/inference/stream",
            IdPrefix = "gen-",
            Parse = InferenceParser.ParseStream,
            CreateFormat = answer => new GenerateFormat(answer),
            Endpoint = InferenceEndpoint.Stream,
            Mode = GenerationMode.Streaming,
        },
        new InferenceRoute
        {
            Path = "/v1/inference/batch",
            IdPrefix = "batch-",
            Parse = InferenceParser.ParseBatch,
            CreateFormat = answer => new BatchFormat(answer),
            Endpoint = InferenceEndpoint.Batch,
            Mode = GenerationMode.Batch,
        },
    ];
}
