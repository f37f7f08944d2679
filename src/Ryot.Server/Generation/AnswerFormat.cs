using System.Text.Json;

namespace Ryot.Server.Generation;

/// <summary>How one API writes its answers.</summary>
/// <param name="answer">What every part tells.</param>
internal abstract class AnswerFormat(AnswerContext answer)
{
    protected AnswerContext Answer { get; } = answer;

    /// <summary>Writes a whole answer as one JSON object.</summary>
    public abstract void WriteAnswer(Utf8JsonWriter json, GenerationResult result, IReadOnlyList<string> texts);

    /// <summary>Writes what a stream begins with.</summary>
    public virtual void WriteOpening(EventWriter events, IReadOnlyList<SequenceProgress> sequences)
    {
    }

    /// <summary>Writes text of one sequence; with log probabilities the text may be empty.</summary>
    public virtual void WriteText(EventWriter events, SequenceProgress sequence, string text, int token) => throw new NotSupportedException();

    /// <summary>Writes that a sequence has ended well.</summary>
    public virtual void WriteSequenceEnd(EventWriter events, SequenceProgress sequence) => throw new NotSupportedException();

    /// <summary>Writes what a stream ends with when all went well.</summary>
    public virtual void WriteClosing(EventWriter events, GenerationResult result) => throw new NotSupportedException();

    /// <summary>Writes the property <c>usage</c>.</summary>
    protected static void WriteUsage(Utf8JsonWriter json, in UsageReport usage)
    {
        json.WriteStartObject("usage"u8);
        json.WriteNumber("prompt_tokens"u8, usage.PromptTokens);
        json.WriteNumber("completion_tokens"u8, usage.CompletionTokens);
        json.WriteNumber("total_tokens"u8, (long)usage.PromptTokens + usage.CompletionTokens);
        json.WriteStartObject("prompt_tokens_details"u8);
        json.WriteNumber("cached_tokens"u8, usage.CachedTokens);
        json.WriteEndObject();
        if (usage.CostUsd is { } cost)
            json.WriteNumber("cost_usd"u8, cost);
        json.WriteEndObject();
    }
}
