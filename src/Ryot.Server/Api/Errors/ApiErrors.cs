using Ryot.Engine;
using Ryot.Metrics;

namespace Ryot.Server.Api.Errors;

/// <summary>All errors that the API answers with.</summary>
internal static class ApiErrors
{
    private const string ServerError = "server_error";
    private const string Unavailable = "service_unavailable_error";
    private const string Authentication = "authentication_error";

    private static readonly TimeSpan _shortly = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan _later = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan _muchLater = TimeSpan.FromSeconds(30);

    public static ApiError Timeout { get; } = new(
        StatusCodes.Status504GatewayTimeout, "The request's deadline passed before it was complete.")
    {
        Type = "timeout_error",
        Code = "deadline_exceeded",
        Cause = ErrorCause.Timeout,
    };

    public static ApiError ShuttingDown { get; } = new(StatusCodes.Status503ServiceUnavailable, "The server is shutting down.")
    {
        Type = Unavailable,
        Code = "shutting_down",
        RetryAfter = _later,
        Cause = ErrorCause.Overloaded,
    };

    public static ApiError InferenceFailed { get; } = new(
        StatusCodes.Status500InternalServerError, "The model failed while it computed this request.")
    {
        Type = ServerError,
        Code = "inference_error",
        Cause = ErrorCause.InferenceError,
    };

    public static ApiError OutOfMemory { get; } = new(
        StatusCodes.Status503ServiceUnavailable, "Memory did not suffice to compute this request.")
    {
        Type = Unavailable,
        Code = "out_of_memory",
        RetryAfter = _later,
        Cause = ErrorCause.OutOfMemory,
    };

    public static ApiError Internal { get; } = new(StatusCodes.Status500InternalServerError, "The server failed to answer this request.")
    {
        Type = ServerError,
        Code = "internal_error",
        Cause = ErrorCause.InferenceError,
    };

    public static ApiError MissingKey { get; } = new(
        StatusCodes.Status401Unauthorized, "An API key is needed. Send it as 'Authorization: Bearer KEY'.")
    {
        Type = Authentication,
        Code = "missing_api_key",
    };

    public static ApiError WrongKey { get; } = new(StatusCodes.Status401Unauthorized, "The API key is not correct.")
    {
        Type = Authentication,
        Code = "invalid_api_key",
    };

    public static ApiError AdminClosed { get; } = new(
        StatusCodes.Status403Forbidden,
        "The routes for administrators are closed. Start the server with --admin-key KEY (or --admin-key-file, RYOT_ADMIN_KEY) to open them.")
    {
        Type = Authentication,
        Code = "admin_disabled",
    };

    public static ApiError MissingAdminKey { get; } = new(
        StatusCodes.Status401Unauthorized, "An administrator's key is needed. Send it as 'Authorization: Bearer KEY'.")
    {
        Type = Authentication,
        Code = "missing_admin_key",
    };

    public static ApiError WrongAdminKey { get; } = new(
        StatusCodes.Status401Unauthorized, "This is no administrator's key. The keys of the API do not open these routes.")
    {
        Type = Authentication,
        Code = "invalid_admin_key",
    };

    public static ApiError ModelInUse(string message) => new(StatusCodes.Status409Conflict, message) { Code = "model_in_use" };

    public static ApiError BadConfiguration(IReadOnlyList<string> problems) =>
        new(StatusCodes.Status400BadRequest, "The configuration stays as it was:" + string.Concat(problems.Select(problem => "\n  - " + problem)))
        {
            Code = "invalid_configuration",
        };

    public static ApiError Invalid(string? param, string message, string? code = null) =>
        new(StatusCodes.Status400BadRequest, message) { Param = param, Code = code };

    public static ApiError BodyTooLarge(long limit) =>
        new(StatusCodes.Status413PayloadTooLarge, $"The body is larger than {limit} bytes, which is the most that is accepted.")
        {
            Code = "body_too_large",
        };

    public static ApiError WrongContentType(string? contentType) =>
        new(
            StatusCodes.Status415UnsupportedMediaType,
            $"The body must be JSON in UTF-8 ('Content-Type: application/json'), not '{contentType}'.")
        {
            Code = "unsupported_content_type",
        };

    public static ApiError ModelNotFound(string model) =>
        new(StatusCodes.Status404NotFound, $"The model '{model}' does not exist. GET /v1/models lists those that do.")
        {
            Param = "model",
            Code = "model_not_found",
            Cause = ErrorCause.ModelNotFound,
        };

    public static ApiError UnknownRoute(string method, string path) =>
        new(StatusCodes.Status404NotFound, $"There is nothing at {method} {path}. GET / lists what there is.") { Code = "unknown_url" };

    public static ApiError WrongMethod(string method, string path) =>
        new(StatusCodes.Status405MethodNotAllowed, $"{method} is not possible at {path}.") { Code = "method_not_allowed" };

    public static ApiError BodyTooSlow { get; } = new(StatusCodes.Status408RequestTimeout, "The body arrived too slowly.")
    {
        Code = "request_timeout",
    };

    public static ApiError Tokenization(string param, string message) =>
        new(StatusCodes.Status400BadRequest, message) { Param = param, Code = "tokenization_error", Cause = ErrorCause.TokenizationError };

    public static ApiError PromptTooLong(string param, string message) =>
        new(StatusCodes.Status400BadRequest, message) { Param = param, Code = "context_length_exceeded" };

    /// <summary>The error that tells of a refusal by the engine.</summary>
    /// <param name="exception">The refusal.</param>
    /// <param name="promptParam">The parameter that holds the prompt.</param>
    public static ApiError Of(EngineException exception, string promptParam) => exception.Reason switch
    {
        RefusalReason.QueueFull => new ApiError(StatusCodes.Status429TooManyRequests, exception.Message)
        {
            Type = "rate_limit_error",
            Code = "queue_full",
            RetryAfter = _shortly,
            Cause = exception.Cause,
        },
        RefusalReason.PromptTooLong => PromptTooLong(promptParam, exception.Message),
        RefusalReason.Invalid => Invalid(promptParam, exception.Message),
        RefusalReason.ShuttingDown => ShuttingDown,
        RefusalReason.Removed => new ApiError(StatusCodes.Status404NotFound, exception.Message)
        {
            Param = "model",
            Code = "model_not_found",
            Cause = exception.Cause,
        },
        RefusalReason.Loading => new ApiError(StatusCodes.Status503ServiceUnavailable, exception.Message)
        {
            Type = Unavailable,
            Code = "model_loading",
            RetryAfter = _later,
            Cause = exception.Cause,
        },
        _ => new ApiError(StatusCodes.Status503ServiceUnavailable, exception.Message)
        {
            Type = Unavailable,
            Code = "model_unavailable",
            RetryAfter = exception.RetryAfter ?? _muchLater,
            Cause = exception.Cause,
        },
    };

    /// <summary>The error that tells how a sequence failed.</summary>
    /// <param name="reason">Why it ended.</param>
    /// <param name="cause">What the engine said.</param>
    /// <returns>Null when it did not fail.</returns>
    public static ApiError? Of(FinishReason reason, ErrorCause? cause) => reason switch
    {
        FinishReason.Timeout => Timeout,
        FinishReason.Cancelled => ShuttingDown,
        FinishReason.Error when cause == ErrorCause.OutOfMemory => OutOfMemory,
        FinishReason.Error when cause == ErrorCause.CudaError => InferenceFailed with { Cause = ErrorCause.CudaError },
        FinishReason.Error => InferenceFailed,
        _ => null,
    };
}
