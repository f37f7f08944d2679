using System.Buffers;
using System.Net.Mime;
using System.Text.Json;
using System.Text.Unicode;
using Microsoft.Net.Http.Headers;
using Ryot.Server.Api.Errors;

namespace Ryot.Server.Api;

/// <summary>The body of a request, in a rented buffer.</summary>
internal sealed class RequestBody : IDisposable
{
    private const int FirstBufferSize = 16 * 1024;
    private const int MaxDepth = 64;

    private static readonly TimeSpan _closingTime = TimeSpan.FromMilliseconds(250);

    private static readonly JsonDocumentOptions _options = new() { MaxDepth = MaxDepth };

    private byte[] _buffer;
    private int _length;

    private RequestBody() => _buffer = ArrayPool<byte>.Shared.Rent(FirstBufferSize);

    /// <summary>Refuses what says of itself that it is no JSON; what says nothing is given the benefit of the doubt.</summary>
    /// <exception cref="ApiException">415.</exception>
    public static void CheckContentType(HttpRequest request)
    {
        if (string.IsNullOrEmpty(request.ContentType))
            return;
        var isJson = MediaTypeHeaderValue.TryParse(request.ContentType, out var type)
            && type.MediaType.Equals(MediaTypeNames.Application.Json, StringComparison.OrdinalIgnoreCase)
            && (!type.Charset.HasValue || HeaderUtilities.RemoveQuotes(type.Charset).Equals("utf-8", StringComparison.OrdinalIgnoreCase));
        if (!isJson)
            throw new ApiException(ApiErrors.WrongContentType(request.ContentType));
    }

    /// <summary>Reads the whole body.</summary>
    /// <param name="context">The request.</param>
    /// <param name="limit">Most bytes; Kestrel enforces it.</param>
    /// <exception cref="ApiException">413, or the body came too slowly, or was no valid HTTP.</exception>
    /// <exception cref="ClientGoneException">The client went away.</exception>
    public static async Task<RequestBody> ReadAsync(HttpContext context, long limit)
    {
        var body = new RequestBody();
        try
        {
            await body.FillAsync(context.Request.Body, context.RequestAborted);
            return body;
        }
        catch (Exception exception)
        {
            body.Dispose();
            throw await TranslateAsync(exception, context, limit);
        }
    }

    /// <summary>Whether there was none.</summary>
    public bool IsEmpty => _length == 0;

    /// <summary>Reads the JSON.</summary>
    /// <exception cref="ApiException">It is none.</exception>
    public JsonDocument Parse()
    {
        var bytes = _buffer.AsMemory(0, _length);
        if (_length == 0)
            throw new ApiException(ApiErrors.Invalid(null, "The body is empty; it must be a JSON object.", "invalid_json"));
        if (!Utf8.IsValid(bytes.Span))
            throw new ApiException(ApiErrors.Invalid(null, "The body is no valid UTF-8.", "invalid_json"));
        try
        {
            return JsonDocument.Parse(bytes, _options);
        }
        catch (JsonException exception)
        {
            throw new ApiException(ApiErrors.Invalid(null, "The body is no valid JSON: " + exception.Message, "invalid_json"), exception);
        }
    }

    public void Dispose()
    {
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = [];
        _length = 0;
    }

    private static async Task<Exception> TranslateAsync(Exception exception, HttpContext context, long limit)
    {
        if (exception is not BadHttpRequestException bad)
            return exception is IOException or OperationCanceledException ? new ClientGoneException(exception) : exception;
        switch (bad.StatusCode)
        {
            case StatusCodes.Status413PayloadTooLarge:
                return new ApiException(ApiErrors.BodyTooLarge(limit), exception);
            case StatusCodes.Status408RequestTimeout:
                return new ApiException(ApiErrors.BodyTooSlow, exception);
        }
        // Kestrel tells a body that ends too early, because the client went away, like one that is malformed; only a moment
        // later it tells that the connection is closed.
        await Task.Delay(_closingTime, context.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return context.RequestAborted.IsCancellationRequested
            ? new ClientGoneException(exception)
            : new ApiException(ApiErrors.Invalid(null, "The body is no valid HTTP: " + exception.Message), exception);
    }

    private async Task FillAsync(Stream input, CancellationToken cancellationToken)
    {
        // The buffer grows with what really came: a length that is only claimed costs nothing.
        while (await input.ReadAsync(_buffer.AsMemory(_length), cancellationToken) is var count and > 0)
        {
            _length += count;
            if (_length < _buffer.Length)
                continue;
            var larger = ArrayPool<byte>.Shared.Rent(_buffer.Length * 2);
            _buffer.AsSpan(0, _length).CopyTo(larger);
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = larger;
        }
    }
}
