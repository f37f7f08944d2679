using System.Collections.Frozen;
using System.Globalization;
using System.Text.Json;
using Ryot.Engine.Requests;
using Ryot.Metrics;
using Ryot.Server.Api.Errors;

namespace Ryot.Server.Api.Parsing;

/// <summary>The parameters that all routes share.</summary>
internal static class CommonParameters
{
    /// <summary>Most alternatives that are reported with a token.</summary>
    public const int MaxLogprobs = 20;

    private const int MaxStops = 16;
    private const int MaxStopLength = 1024;
    private const int MaxBiases = 1024;
    private const double MaxTimeoutSeconds = 7 * 24 * 3600;

    /// <summary>Their names.</summary>
    private static readonly string[] _names =
    [
        "model", "temperature", "top_p", "top_k", "min_p", "repeat_penalty", "repetition_penalty", "frequency_penalty", "presence_penalty",
        "seed", "stop", "logit_bias", "max_tokens", "ignore_eos", "priority", "timeout", "cache_prompt",
    ];

    /// <summary>The names that a route knows.</summary>
    /// <param name="others">Those that it does not share with the other routes.</param>
    public static FrozenSet<string> Known(params IEnumerable<string> others) => _names.Concat(others).ToFrozenSet(StringComparer.Ordinal);

    /// <summary>Reads how tokens are chosen; the token limit and log probabilities are left to the route.</summary>
    public static SamplingParameters ReadSampling(in RequestObject body) => new()
    {
        Temperature = (float)(body.Number("temperature", 0, 2) ?? 1),
        TopP = (float)(body.Number("top_p", 0, 1, minExcluded: true) ?? 1),
        TopK = (int)(body.Integer("top_k", 0, int.MaxValue) ?? 0),
        MinP = (float)(body.Number("min_p", 0, 1) ?? 0),
        RepeatPenalty = ReadRepeatPenalty(body),
        FrequencyPenalty = (float)(body.Number("frequency_penalty", -2, 2) ?? 0),
        PresencePenalty = (float)(body.Number("presence_penalty", -2, 2) ?? 0),
        Seed = body.Integer("seed", long.MinValue, long.MaxValue) is { } seed ? Fold(seed) : null,
        Stop = ReadStop(body),
        LogitBias = ReadLogitBias(body),
        IgnoreEos = body.Boolean("ignore_eos") ?? false,
        MaxTokens = ReadTokenLimit(body, "max_tokens"),
    };

    public static int? ReadTokenLimit(in RequestObject body, string name) => (int?)body.Integer(name, 1, int.MaxValue);

    public static PriorityLevel ReadPriority(in RequestObject body) => body.Choice("priority", "high", "normal", "low") switch
    {
        0 => PriorityLevel.High,
        2 => PriorityLevel.Low,
        _ => PriorityLevel.Normal,
    };

    /// <summary>The parameter of llama.cpp's server of the same name.</summary>
    public static bool ReadCachePrompt(in RequestObject body) => body.Boolean("cache_prompt") ?? true;

    public static TimeSpan? ReadTimeout(in RequestObject body) =>
        body.Number("timeout", 0, MaxTimeoutSeconds, minExcluded: true) is { } seconds ? TimeSpan.FromSeconds(seconds) : null;

    /// <summary>Reads an array of token ids.</summary>
    public static int[] ReadTokens(JsonElement array, string path)
    {
        var tokens = new int[array.GetArrayLength()];
        var index = 0;
        foreach (var element in array.EnumerateArray())
            tokens[index++] = (int)RequestObject.Integer(element, path, 0, int.MaxValue);
        return tokens;
    }

    private static float ReadRepeatPenalty(in RequestObject body)
    {
        var penalty = body.Number("repeat_penalty", 0, 100, minExcluded: true);
        var alias = body.Number("repetition_penalty", 0, 100, minExcluded: true);
        if (penalty is not null && alias is not null && penalty != alias)
            throw body.Error("repetition_penalty", "'repetition_penalty' is another name of 'repeat_penalty'; give only one of them.");
        return (float)(penalty ?? alias ?? 1);
    }

    /// <summary>Seeds are 64 bits wide in the API and 32 in the sampler; small ones stay as they are.</summary>
    private static uint Fold(long seed) => unchecked((uint)(seed ^ (seed >> 32)));

    private static string[] ReadStop(in RequestObject body)
    {
        if (!body.TryGet("stop", out var value))
            return [];
        if (value.ValueKind == JsonValueKind.String)
            return [ReadStopString(value, "stop")];
        if (value.ValueKind != JsonValueKind.Array)
            throw RequestObject.Wrong("stop", "'stop'", "a string or an array of strings", value);
        if (value.GetArrayLength() > MaxStops)
        {
            throw body.Error(
                "stop", $"'stop' has {value.GetArrayLength()} strings; at most {MaxStops} are possible.", "array_above_max_length");
        }
        return [.. value.EnumerateArray().Select((element, index) => ReadStopString(element, $"stop[{index}]"))];
    }

    private static string ReadStopString(JsonElement value, string path)
    {
        var text = RequestObject.Text(value, path);
        var error = text.Length switch
        {
            0 => ApiErrors.Invalid(path, $"'{path}' is empty; a stop string needs at least one character."),
            > MaxStopLength => ApiErrors.Invalid(path, $"'{path}' is longer than {MaxStopLength} characters.", "string_above_max_length"),
            _ => null,
        };
        return error is null ? text : throw new ApiException(error);
    }

    private static Dictionary<int, float> ReadLogitBias(in RequestObject body)
    {
        var biases = new Dictionary<int, float>();
        if (!body.TryGet("logit_bias", out var value))
            return biases;
        var map = RequestObject.Of(value, "logit_bias");
        foreach (var property in value.EnumerateObject())
        {
            var name = RequestObject.ReadName(property);
            if (!int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var token))
                throw body.Error("logit_bias", "The keys of 'logit_bias' must be token ids, such as \"50256\".", "invalid_value");
            biases[token] = (float)(map.Number(name, -100, 100) ?? 0);
            if (biases.Count > MaxBiases)
                throw body.Error("logit_bias", $"'logit_bias' may name at most {MaxBiases} tokens.", "object_above_max_properties");
        }
        return biases;
    }
}
