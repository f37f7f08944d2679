using Ryot.Engine.Models;
using Ryot.Engine.Text;
using Ryot.Metrics;
using Ryot.Server.Api.Errors;

namespace Ryot.Server.Generation;

/// <summary>One sequence of a request, as far as it has come.</summary>
/// <param name="index">Its index among the request's answers.</param>
/// <param name="tokenizer">The vocabulary of the model.</param>
/// <param name="keepsLogprobs">Whether log probabilities were asked for.</param>
internal sealed class SequenceProgress(int index, ITokenizer tokenizer, bool keepsLogprobs)
{
    /// <summary>Its index among the request's answers.</summary>
    public int Index { get; } = index;

    /// <summary>Makes its text.</summary>
    public TextAssembler Assembler { get; } = new(tokenizer);

    /// <summary>Log probabilities of its tokens, if they were asked for.</summary>
    public LogprobsBuffer? Logprobs { get; } = keepsLogprobs ? new LogprobsBuffer(tokenizer) : null;

    /// <summary>Tokens that were generated.</summary>
    public int CompletionTokens { get; set; }

    /// <summary>Tokens of its prompt that were in the cache already; counted for the first answer to each prompt.</summary>
    public int CachedTokens { get; set; }

    /// <summary>Engine time spent on its prompt, in ticks of the engine's clock; known at its end.</summary>
    public long PromptTicks { get; set; }

    /// <summary>Engine time spent on its answer, in ticks of the engine's clock; known at its end.</summary>
    public long CompletionTicks { get; set; }

    /// <summary>Why it ended; null while it runs.</summary>
    public FinishReason? Reason { get; set; }

    /// <summary>What went wrong with it; null when nothing did.</summary>
    public ApiError? Error { get; set; }

    /// <summary>How the OpenAI API calls the reason of a good end.</summary>
    public string FinishReasonName => Reason == FinishReason.Length ? "length" : "stop";
}
