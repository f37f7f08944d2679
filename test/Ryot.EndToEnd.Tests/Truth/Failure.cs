using System.Text.Json;

namespace Ryot.EndToEnd.Tests.Truth;

/// <summary>How metrics must count an error that a client was told of.</summary>
/// <param name="Status">Label <c>status</c>.</param>
/// <param name="ErrorType">The coarse error.</param>
/// <param name="Cause">The cause.</param>
/// <param name="Reason">Why the request ended.</param>
/// <param name="Gravity">Which of several failures of one request counts.</param>
internal sealed record Failure(string Status, string ErrorType, string Cause, string Reason, int Gravity)
{
    /// <summary>Reads an answer's error.</summary>
    public static Failure Of(JsonElement answer) => answer.GetProperty("error").GetProperty("code").GetString() switch
    {
        "inference_error" => new("error", "model_error", "inference_error", "error", 5),
        "out_of_memory" => new("error", "oom", "oom", "error", 5),
        // The model could not be loaded: the request was never queued.
        "model_unavailable" => new("error", "model_error", "inference_error", "rejected", 2),
        "deadline_exceeded" => new("timeout", "timeout", "timeout", "timeout", 4),
        "tokenization_error" => new("error", "invalid_request", "tokenization_error", "rejected", 2),
        _ => new("error", "invalid_request", "invalid_prompt", "rejected", 2),
    };
}
