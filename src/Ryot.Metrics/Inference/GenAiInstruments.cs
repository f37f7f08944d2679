using System.Diagnostics.Metrics;

namespace Ryot.Metrics;

/// <summary>
/// The requests once more, as <see cref="Meter"/> instruments under the names of the OpenTelemetry GenAI semantic conventions
/// (status: development), for <c>dotnet-counters</c> and OTLP exporters. Costs next to nothing while nobody listens.
/// </summary>
internal sealed class GenAiInstruments : IDisposable
{
    /// <summary>The meter's name.</summary>
    internal const string MeterName = "Ryot";

    private static readonly double[] _durations =
        [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92];

    private static readonly double[] _firstToken =
        [0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];

    private static readonly double[] _perToken = [0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1, 2.5];

    private static readonly long[] _tokens =
        [1, 4, 16, 64, 256, 1024, 4096, 16384, 65536, 262144, 1048576, 4194304, 16777216, 67108864];

    private readonly Meter _meter;

    /// <summary>Makes the meter.</summary>
    /// <param name="scope">Whose meter it is, so that a listener can tell several in one process apart.</param>
    internal GenAiInstruments(object scope)
    {
        _meter = new Meter(new MeterOptions(MeterName) { Scope = scope });
        Duration = Seconds("gen_ai.server.request.duration", "Generative AI server request duration.", _durations);
        FirstToken = Seconds("gen_ai.server.time_to_first_token", "Time to generate the first token of a successful response.", _firstToken);
        PerToken = Seconds(
            "gen_ai.server.time_per_output_token", "Time per output token after the first of a successful response.", _perToken);
        TokenUsage = _meter.CreateHistogram(
            "gen_ai.client.token.usage",
            "{token}",
            "Number of input and output tokens used.",
            advice: new InstrumentAdvice<long> { HistogramBucketBoundaries = _tokens });
    }

    internal Histogram<double> Duration { get; }

    internal Histogram<double> FirstToken { get; }

    internal Histogram<double> PerToken { get; }

    internal Histogram<long> TokenUsage { get; }

    /// <summary>Whether anybody listens to any of them.</summary>
    internal bool Enabled => Duration.Enabled || FirstToken.Enabled || PerToken.Enabled || TokenUsage.Enabled;

    public void Dispose() => _meter.Dispose();

    private Histogram<double> Seconds(string name, string description, double[] bounds)
        => _meter.CreateHistogram(name, "s", description, advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = bounds });
}

/// <summary>The attribute sets of one model, made once.</summary>
internal sealed class GenAiAttributes
{
    /// <summary>The value of <c>error.type</c> for a request that its client cancelled.</summary>
    private const string Cancelled = "cancelled";

    private readonly KeyValuePair<string, object?>[][] _success;
    private readonly KeyValuePair<string, object?>[][] _input;
    private readonly KeyValuePair<string, object?>[][] _output;
    private readonly KeyValuePair<string, object?>[][][] _failed;

    internal GenAiAttributes(string model)
    {
        _success = [.. Wire.Operations.Select(operation => Attributes(model, operation))];
        _input = [.. Wire.Operations.Select(operation => Attributes(model, operation, ("gen_ai.token.type", "input")))];
        _output = [.. Wire.Operations.Select(operation => Attributes(model, operation, ("gen_ai.token.type", "output")))];
        _failed = [.. Wire.Operations.Select(operation =>
            Wire.Causes.Append(Cancelled).Select(error => Attributes(model, operation, ("error.type", error))).ToArray())];
    }

    internal ReadOnlySpan<KeyValuePair<string, object?>> Success(InferenceOperation operation) => _success[(int)operation];

    internal ReadOnlySpan<KeyValuePair<string, object?>> Input(InferenceOperation operation) => _input[(int)operation];

    internal ReadOnlySpan<KeyValuePair<string, object?>> Output(InferenceOperation operation) => _output[(int)operation];

    /// <summary>The attributes of a request that did not succeed; without a cause it was cancelled.</summary>
    internal ReadOnlySpan<KeyValuePair<string, object?>> Failed(InferenceOperation operation, ErrorCause? cause)
        => _failed[(int)operation][cause is { } known ? (int)known : Wire.Causes.Length];

    private static KeyValuePair<string, object?>[] Attributes(string model, string operation, params (string Key, string Value)[] more)
        =>
        [
            new("gen_ai.operation.name", operation),
            new("gen_ai.provider.name", "ryot"),
            new("gen_ai.request.model", model),
            new("gen_ai.response.model", model),
            .. more.Select(pair => new KeyValuePair<string, object?>(pair.Key, pair.Value)),
        ];
}
