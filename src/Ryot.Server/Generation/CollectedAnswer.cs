using System.Text;
using Ryot.Server.Api;
using Ryot.Server.Api.Errors;

namespace Ryot.Server.Generation;

/// <summary>Collects the texts and sends them at the end, as one JSON object.</summary>
/// <param name="output">The client.</param>
/// <param name="format">How the API writes answers.</param>
/// <param name="sequences">Number of sequences.</param>
internal sealed class CollectedAnswer(ClientOutput output, AnswerFormat format, int sequences) : IAnswer
{
    private readonly StringBuilder[] _texts = [.. Enumerable.Range(0, sequences).Select(_ => new StringBuilder())];

    public bool HasWritten { get; private set; }

    public void Append(SequenceProgress sequence, string text, int token) => _texts[sequence.Index].Append(text);

    public ValueTask<bool> FlushAsync() => new(true);

    public ValueTask<bool> CompleteAsync(GenerationResult result)
    {
        HasWritten = true;
        var response = output.Context.Response;
        if (result.FailedAltogether)
            ErrorAnswer.Prepare(output.Context, result.Error!);
        response.ContentType = JsonAnswer.ContentType;
        using (var json = JsonAnswer.CreateWriter(response.BodyWriter))
            format.WriteAnswer(json, result, [.. _texts.Select(text => text.ToString())]);
        return output.FlushAsync();
    }

    public async ValueTask<bool> FailAsync(ApiError error)
    {
        await ErrorAnswer.WriteAsync(output.Context, error);
        return true;
    }

    public void Dispose()
    {
    }
}
