using System.Text.Json;
using Ryot.Server.Generation;

namespace Ryot.Server.Api.Inference;

/// <summary>Answers of <c>/v1/inference/generate</c> and <c>/v1/inference/stream</c>.</summary>
/// <param name="answer">What every part tells.</param>
internal sealed class GenerateFormat(AnswerContext answer) : AnswerFormat(answer)
{
    public override void WriteAnswer(Utf8JsonWriter json, GenerationResult result, IReadOnlyList<string> texts)
    {
        json.WriteStartObject();
        WriteHead(json);
        json.WriteString("text"u8, texts[0]);
        WriteEnd(json, result);
        json.WriteEndObject();
    }

    public override void WriteText(EventWriter events, SequenceProgress sequence, string text, int token)
    {
        var json = events.Begin();
        json.WriteStartObject();
        json.WriteString("type"u8, "text"u8);
        json.WriteString("text"u8, text);
        if (token >= 0)
            json.WriteNumber("token"u8, token);
        json.WriteEndObject();
        events.End();
    }

    public override void WriteSequenceEnd(EventWriter events, SequenceProgress sequence)
    {
        // The only sequence's end is the stream's.
    }

    public override void WriteClosing(EventWriter events, GenerationResult result)
    {
        var json = events.Begin();
        json.WriteStartObject();
        json.WriteString("type"u8, "finished"u8);
        WriteHead(json);
        WriteEnd(json, result);
        json.WriteEndObject();
        events.End();
    }

    /// <summary>Writes the property <c>timings</c>; what did not happen is null.</summary>
    public static void WriteTimings(Utf8JsonWriter json, GenerationResult result)
    {
        json.WriteStartObject("timings"u8);
        Write("queue_seconds"u8, result.QueueTime);
        Write("ttft_seconds"u8, result.FirstTokenTime);
        Write("total_seconds"u8, result.TotalTime);
        json.WriteEndObject();

        void Write(ReadOnlySpan<byte> name, TimeSpan? time)
        {
            if (time is { } value)
                json.WriteNumber(name, value.TotalSeconds);
            else
                json.WriteNull(name);
        }
    }

    private void WriteHead(Utf8JsonWriter json)
    {
        json.WriteString("id"u8, Answer.Id);
        json.WriteNumber("created"u8, Answer.Created);
        json.WriteString("model"u8, Answer.Model);
    }

    private static void WriteEnd(Utf8JsonWriter json, GenerationResult result)
    {
        json.WriteString("finish_reason"u8, result.Sequences[0].FinishReasonName);
        WriteUsage(json, result.Usage);
        WriteTimings(json, result);
    }
}
