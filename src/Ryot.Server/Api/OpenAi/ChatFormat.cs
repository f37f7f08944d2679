using System.Text.Json;
using Ryot.Server.Generation;

namespace Ryot.Server.Api.OpenAi;

/// <summary>Answers of <c>/v1/chat/completions</c>.</summary>
/// <param name="answer">What every part tells.</param>
internal sealed class ChatFormat(AnswerContext answer) : AnswerFormat(answer)
{
    private readonly List<LogprobEntry> _logprobs = [];

    public override void WriteAnswer(Utf8JsonWriter json, GenerationResult result, IReadOnlyList<string> texts)
    {
        json.WriteStartObject();
        WriteHead(json, "chat.completion"u8);
        json.WriteStartArray("choices"u8);
        foreach (var sequence in result.Sequences)
        {
            json.WriteStartObject();
            json.WriteNumber("index"u8, sequence.Index);
            json.WriteStartObject("message"u8);
            json.WriteString("role"u8, "assistant"u8);
            json.WriteString("content"u8, texts[sequence.Index]);
            json.WriteNull("refusal"u8);
            json.WriteEndObject();
            WriteLogprobs(json, sequence);
            json.WriteString("finish_reason"u8, sequence.FinishReasonName);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        WriteUsage(json, result.Usage);
        json.WriteEndObject();
    }

    public override void WriteOpening(EventWriter events, IReadOnlyList<SequenceProgress> sequences)
    {
        foreach (var sequence in sequences)
        {
            var json = BeginChoice(events, sequence);
            json.WriteStartObject("delta"u8);
            json.WriteString("role"u8, "assistant"u8);
            json.WriteString("content"u8, ""u8);
            json.WriteNull("refusal"u8);
            json.WriteEndObject();
            json.WriteNull("logprobs"u8);
            EndChoice(events, json, finishReason: null);
        }
    }

    public override void WriteText(EventWriter events, SequenceProgress sequence, string text, int token)
    {
        var json = BeginChoice(events, sequence);
        json.WriteStartObject("delta"u8);
        json.WriteString("content"u8, text);
        json.WriteEndObject();
        WriteLogprobs(json, sequence);
        EndChoice(events, json, finishReason: null);
    }

    public override void WriteSequenceEnd(EventWriter events, SequenceProgress sequence)
    {
        var json = BeginChoice(events, sequence);
        json.WriteStartObject("delta"u8);
        json.WriteEndObject();
        json.WriteNull("logprobs"u8);
        EndChoice(events, json, sequence.FinishReasonName);
    }

    public override void WriteClosing(EventWriter events, GenerationResult result)
    {
        if (Answer.Request.IncludeUsage)
        {
            var json = events.Begin();
            json.WriteStartObject();
            WriteHead(json, "chat.completion.chunk"u8);
            json.WriteStartArray("choices"u8);
            json.WriteEndArray();
            WriteUsage(json, result.Usage);
            json.WriteEndObject();
            events.End();
        }
        events.WriteDone();
    }

    private void WriteHead(Utf8JsonWriter json, ReadOnlySpan<byte> kind)
    {
        json.WriteString("id"u8, Answer.Id);
        json.WriteString("object"u8, kind);
        json.WriteNumber("created"u8, Answer.Created);
        json.WriteString("model"u8, Answer.Model);
        json.WriteString("system_fingerprint"u8, Answer.Fingerprint);
    }

    private Utf8JsonWriter BeginChoice(EventWriter events, SequenceProgress sequence)
    {
        var json = events.Begin();
        json.WriteStartObject();
        WriteHead(json, "chat.completion.chunk"u8);
        json.WriteStartArray("choices"u8);
        json.WriteStartObject();
        json.WriteNumber("index"u8, sequence.Index);
        return json;
    }

    private void EndChoice(EventWriter events, Utf8JsonWriter json, string? finishReason)
    {
        json.WriteString("finish_reason"u8, finishReason);
        json.WriteEndObject();
        json.WriteEndArray();
        if (Answer.Request.IncludeUsage)
            json.WriteNull("usage"u8);
        json.WriteEndObject();
        events.End();
    }

    private void WriteLogprobs(Utf8JsonWriter json, SequenceProgress sequence)
    {
        if (sequence.Logprobs is not { } logprobs)
        {
            json.WriteNull("logprobs"u8);
            return;
        }
        _logprobs.Clear();
        logprobs.TakeCertain(_logprobs);
        json.WriteStartObject("logprobs"u8);
        json.WriteStartArray("content"u8);
        foreach (var (token, values, _) in _logprobs)
        {
            json.WriteStartObject();
            WriteToken(json, token, values.Logprob);
            json.WriteStartArray("top_logprobs"u8);
            for (var i = 0; i < values.TopTokens.Length; i++)
            {
                json.WriteStartObject();
                WriteToken(json, values.TopTokens[i], values.TopLogprobs[i]);
                json.WriteEndObject();
            }
            json.WriteEndArray();
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteNull("refusal"u8);
        json.WriteEndObject();
    }

    private void WriteToken(Utf8JsonWriter json, int token, float logprob)
    {
        var piece = Answer.Tokenizer.GetPiece(token);
        json.WriteString("token"u8, TokenText.Of(piece));
        json.WriteNumber("logprob"u8, TokenText.Finite(logprob));
        json.WriteStartArray("bytes"u8);
        foreach (var value in piece)
            json.WriteNumberValue(value);
        json.WriteEndArray();
    }
}
