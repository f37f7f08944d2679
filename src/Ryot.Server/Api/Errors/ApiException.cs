using Ryot.Metrics;

namespace Ryot.Server.Api.Errors;

/// <summary>A request cannot be served; the client is told why.</summary>
/// <param name="error">What the client is told.</param>
/// <param name="inner">The cause, if there is one.</param>
internal sealed class ApiException(ApiError error, Exception? inner = null) : Exception(error.Message, inner)
{
    public ApiError Error { get; } = error;
}

/// <summary>An error as a client sees it, in the format of the OpenAI API, and as metrics count it.</summary>
/// <param name="Status">HTTP status.</param>
/// <param name="Message">What was wrong and what would be right.</param>
internal sealed record ApiError(int Status, string Message)
{
    /// <summary>Kind of error, for example <c>invalid_request_error</c>.</summary>
    public string Type { get; init; } = "invalid_request_error";

    /// <summary>The parameter that was wrong.</summary>
    public string? Param { get; init; }

    /// <summary>A name for programs, for example <c>model_not_found</c>.</summary>
    public string? Code { get; init; }

    /// <summary>When it makes sense to try again.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>How metrics count it.</summary>
    public ErrorCause Cause { get; init; } = ErrorCause.InvalidPrompt;
}
