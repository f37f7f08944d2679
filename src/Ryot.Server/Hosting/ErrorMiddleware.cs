using Ryot.Server.Api.Errors;

namespace Ryot.Server.Hosting;

/// <summary>Answers in the format of the OpenAI API whatever goes wrong, and whatever there is no route for.</summary>
/// <param name="logger">Gets what the client is not told.</param>
internal sealed partial class ErrorMiddleware(ILogger<ErrorMiddleware> logger)
{
    public async Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        try
        {
            await next(context);
            if (!context.Response.HasStarted && ErrorOf(context) is { } error)
                await ErrorAnswer.WriteAsync(context, error);
        }
        catch (Exception exception)
        {
            await AnswerAsync(context, exception);
        }
    }

    private static ApiError? ErrorOf(HttpContext context)
    {
        var request = context.Request;
        if (context.Response.ContentType is not null)
            return null;
        return context.Response.StatusCode switch
        {
            StatusCodes.Status404NotFound => ApiErrors.UnknownRoute(request.Method, request.Path),
            StatusCodes.Status405MethodNotAllowed => ApiErrors.WrongMethod(request.Method, request.Path),
            _ => null,
        };
    }

    private async Task AnswerAsync(HttpContext context, Exception exception)
    {
        if (context.RequestAborted.IsCancellationRequested)
            return;
        if (exception is not ApiException)
            LogFailed(context.TraceIdentifier, context.Request.Path, exception);
        if (context.Response.HasStarted)
            context.Abort();
        else
            await ErrorAnswer.WriteAsync(context, (exception as ApiException)?.Error ?? ApiErrors.Internal);
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Request {Id} for {Path} failed.")]
    private partial void LogFailed(string id, string path, Exception exception);
}
