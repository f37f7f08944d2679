using System.Text.Json;
using Ryot.Engine.Requests;
using Ryot.Server.Generation;

namespace Ryot.Server.Api.OpenAi;

/// <summary>Answers of <c>/v1/completions</c>.</summary>
/// <param name="answer">What every part tells.</param>
internal sealed class CompletionFormat(AnswerContext answer) : AnswerFormat(answer)
{
    private readonly List<LogprobEntry> _logprobs = [];

    public override void WriteAnswer(Utf8JsonWriter json, GenerationResult result, IReadOnlyList<string> texts)
    {
        json.WriteStartObject();
        WriteHead(json);
        json.WriteStartArray("choices"u8);
        foreach (var sequence in result.Sequences)
            WriteChoice(json, sequence, texts[sequence.Index], sequence.FinishReasonName);
        json.WriteEndArray();
        WriteUsage(json, result.Usage);
        json.WriteEndObject();
    }

    public override void WriteText(EventWriter events, SequenceProgress sequence, string text, int token) =>
        WriteChunk(events, sequence, text, finishReason: null);

    public override void WriteSequenceEnd(EventWriter events, SequenceProgress sequence) =>
        WriteChunk(events, sequence, "", sequence.FinishReasonName);

    public override void WriteClosing(EventWriter events, GenerationResult result)
    {
        if (Answer.Request.IncludeUsage)
        {
            var json = events.Begin();
            json.WriteStartObject();
            WriteHead(json);
            json.WriteStartArray("choices"u8);
            json.WriteEndArray();
            WriteUsage(json, result.Usage);
            json.WriteEndObject();
            events.End();
        }
        events.WriteDone();
    }

    private void WriteChunk(EventWriter events, SequenceProgress sequence, string text, string? finishReason)
    {
        var json = events.Begin();
        json.WriteStartObject();
        WriteHead(json);
        json.WriteStartArray("choices"u8);
        WriteChoice(json, sequence, text, finishReason);
        json.WriteEndArray();
        if (Answer.Request.IncludeUsage)
            json.WriteNull("usage"u8);
        json.WriteEndObject();
        events.End();
    }

    private void WriteHead(Utf8JsonWriter json)
    {
        json.WriteString("id"u8, Answer.Id);
        json.WriteString("object"u8, "text_completion"u8);
        json.WriteNumber("created"u8, Answer.Created);
        json.WriteString("model"u8, Answer.Model);
        json.WriteString("system_fingerprint"u8, Answer.Fingerprint);
    }

    private void WriteChoice(Utf8JsonWriter json, SequenceProgress sequence, string text, string? finishReason)
    {
        json.WriteStartObject();
        json.WriteString("text"u8, text);
        json.WriteNumber("index"u8, sequence.Index);
        WriteLogprobs(json, sequence);
        json.WriteString("finish_reason"u8, finishReason);
        json.WriteEndObject();
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
        json.WriteStartArray("tokens"u8);
        foreach (var entry in _logprobs)
            json.WriteStringValue(Show(entry.Token));
        json.WriteEndArray();
        json.WriteStartArray("token_logprobs"u8);
        foreach (var entry in _logprobs)
            json.WriteNumberValue(TokenText.Finite(entry.Values.Logprob));
        json.WriteEndArray();
        WriteAlternatives(json);
        json.WriteStartArray("text_offset"u8);
        foreach (var entry in _logprobs)
            json.WriteNumberValue(entry.TextOffset);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private void WriteAlternatives(Utf8JsonWriter json)
    {
        if (Answer.Request.Sampling.Logprobs == 0)
        {
            json.WriteNull("top_logprobs"u8);
            return;
        }
        json.WriteStartArray("top_logprobs"u8);
        foreach (var (token, values, _) in _logprobs)
            WriteAlternatives(json, token, values);
        json.WriteEndArray();
    }

    /// <summary>The likeliest tokens, and the sampled one in any case.</summary>
    private void WriteAlternatives(Utf8JsonWriter json, int token, TokenLogprobs values)
    {
        // Two tokens may have the same text; an object has room for the likelier one.
        var written = new HashSet<string>(values.TopTokens.Length + 1, StringComparer.Ordinal);
        json.WriteStartObject();
        for (var i = 0; i < values.TopTokens.Length; i++)
            Write(Show(values.TopTokens[i]), values.TopLogprobs[i]);
        Write(Show(token), values.Logprob);
        json.WriteEndObject();

        void Write(string text, float logprob)
        {
            if (written.Add(text))
                json.WriteNumber(text, TokenText.Finite(logprob));
        }
    }

    private string Show(int token) => TokenText.Of(Answer.Tokenizer.GetPiece(token));
}
