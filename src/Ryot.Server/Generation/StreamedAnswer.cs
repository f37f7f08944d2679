using Ryot.Server.Api.Errors;

namespace Ryot.Server.Generation;

/// <summary>
/// Sends text as it comes, as server-sent events. Nothing is sent before there is something to tell, so that a request that fails
/// before it can answer with a status.
/// </summary>
/// <param name="output">The client.</param>
/// <param name="format">How the API writes answers.</param>
/// <param name="sequences">The sequences.</param>
internal sealed class StreamedAnswer(ClientOutput output, AnswerFormat format, IReadOnlyList<SequenceProgress> sequences)
    : IAnswer
{
    private readonly EventWriter _events = new(output.Context.Response.BodyWriter);
    private bool _unsent;

    public bool HasWritten { get; private set; }

    public void Append(SequenceProgress sequence, string text, int token)
    {
        if (text.Length > 0 || sequence.Logprobs is { HasCertain: true })
        {
            Open();
            format.WriteText(_events, sequence, text, token);
        }
        if (sequence.Reason is not null)
        {
            Open();
            format.WriteSequenceEnd(_events, sequence);
        }
    }

    public ValueTask<bool> FlushAsync()
    {
        if (!_unsent)
            return new ValueTask<bool>(true);
        _unsent = false;
        return output.FlushAsync();
    }

    public ValueTask<bool> CompleteAsync(GenerationResult result)
    {
        Open();
        format.WriteClosing(_events, result);
        return output.FlushAsync();
    }

    public async ValueTask<bool> FailAsync(ApiError error)
    {
        if (!HasWritten)
        {
            await ErrorAnswer.WriteAsync(output.Context, error);
            return true;
        }
        var json = _events.Begin();
        json.WriteStartObject();
        ErrorAnswer.WriteProperty(json, error);
        json.WriteEndObject();
        _events.End();
        return await output.FlushAsync();
    }

    public void Dispose() => _events.Dispose();

    private void Open()
    {
        _unsent = true;
        if (HasWritten)
            return;
        HasWritten = true;
        var response = output.Context.Response;
        response.ContentType = "text/event-stream";
        response.Headers.CacheControl = "no-cache";
        // Proxies such as nginx would collect the stream otherwise.
        response.Headers["X-Accel-Buffering"] = "no";
        format.WriteOpening(_events, sequences);
    }
}
