using System.Text.Json;
using Ryot.Metrics;

namespace Ryot.Server.Generation;

/// <summary>A route that generates: how its bodies are read and its answers written.</summary>
internal sealed class InferenceRoute
{
    /// <summary>The path.</summary>
    public required string Path { get; init; }

    /// <summary>What its answers' ids begin with.</summary>
    public required string IdPrefix { get; init; }

    /// <summary>Reads a body.</summary>
    public required Func<JsonElement, InferenceRequest> Parse { get; init; }

    /// <summary>Makes what writes an answer.</summary>
    public required Func<AnswerContext, AnswerFormat> CreateFormat { get; init; }

    /// <summary>How metrics count a request whose body could not be read.</summary>
    public InferenceEndpoint Endpoint { get; init; } = InferenceEndpoint.Generate;

    /// <summary>How metrics count a request whose body could not be read.</summary>
    public GenerationMode Mode { get; init; } = GenerationMode.Standard;

    /// <summary>What the route does, in the terms of the OpenTelemetry GenAI conventions.</summary>
    public InferenceOperation Operation { get; init; } = InferenceOperation.TextCompletion;
}
