using System.Text.Json;
using Ryot.Server.Api.Errors;
using Ryot.Server.Generation;

namespace Ryot.Server.Api.Inference;

/// <summary>Answers of <c>/v1/inference/batch</c>: each prompt has its own result or error.</summary>
/// <param name="answer">What every part tells.</param>
internal sealed class BatchFormat(AnswerContext answer) : AnswerFormat(answer)
{
    public override void WriteAnswer(Utf8JsonWriter json, GenerationResult result, IReadOnlyList<string> texts)
    {
        json.WriteStartObject();
        json.WriteString("id"u8, Answer.Id);
        json.WriteNumber("created"u8, Answer.Created);
        json.WriteString("model"u8, Answer.Model);
        // A client that knows only the OpenAI format's errors still sees one when nothing went well.
        if (result.FailedAltogether)
            ErrorAnswer.WriteProperty(json, result.Error!);
        json.WriteNumber("succeeded"u8, result.Sequences.Count(sequence => sequence.Error is null));
        json.WriteNumber("failed"u8, result.Sequences.Count(sequence => sequence.Error is not null));
        json.WriteStartArray("results"u8);
        foreach (var sequence in result.Sequences)
            WriteResult(json, sequence, result.PromptTokens[sequence.Index], texts[sequence.Index]);
        json.WriteEndArray();
        WriteUsage(json, result.Usage);
        GenerateFormat.WriteTimings(json, result);
        json.WriteEndObject();
    }

    private static void WriteResult(Utf8JsonWriter json, SequenceProgress sequence, int promptTokens, string text)
    {
        json.WriteStartObject();
        json.WriteNumber("index"u8, sequence.Index);
        if (sequence.Error is { } error)
        {
            ErrorAnswer.WriteProperty(json, error);
        }
        else
        {
            json.WriteString("text"u8, text);
            json.WriteString("finish_reason"u8, sequence.FinishReasonName);
            WriteUsage(json, new UsageReport(promptTokens, sequence.CachedTokens, sequence.CompletionTokens));
        }
        json.WriteEndObject();
    }
}
