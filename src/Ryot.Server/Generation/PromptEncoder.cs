using System.Runtime.CompilerServices;
using System.Text;
using Ryot.Engine.Models;
using Ryot.Metrics;
using Ryot.Server.Api.Errors;

namespace Ryot.Server.Generation;

/// <summary>Turns prompts into tokens that the model can take.</summary>
internal static class PromptEncoder
{
    /// <summary>
    /// Control tokens have no piece of their own, yet a long spelling (<c>&lt;|reserved_special_token_100|&gt;</c>) that becomes one token.
    /// </summary>
    private const int LongestControlToken = 64;

    private static readonly ConditionalWeakTable<ITokenizer, StrongBox<int>> _longestPieces = [];

    /// <summary>Encodes a request's prompts.</summary>
    /// <param name="model">A loaded model.</param>
    /// <param name="request">The request.</param>
    /// <param name="sequences">
    /// Its sequences. Where each prompt fails by itself, one that cannot be run has no tokens, and its sequence the error.
    /// </param>
    /// <exception cref="ApiException">A prompt is empty, too long, or no text that the model can take.</exception>
    /// <exception cref="Engine.EngineException">The model is not ready.</exception>
    public static int[][] EncodeAll(ModelLease model, InferenceRequest request, IReadOnlyList<SequenceProgress> sequences)
    {
        var prompts = new int[request.Prompts.Count][];
        for (var i = 0; i < prompts.Length; i++)
        {
            var param = prompts.Length > 1 ? $"{request.PromptParam}[{i}]" : request.PromptParam;
            try
            {
                prompts[i] = Encode(model, request.Prompts[i], param);
            }
            catch (ApiException exception) when (request.AllowsPartialSuccess)
            {
                prompts[i] = [];
                sequences[i].Error = exception.Error;
                sequences[i].Reason = FinishReason.Rejected;
            }
        }
        return prompts;
    }

    private static int[] Encode(ModelLease model, in PromptInput prompt, string param)
    {
        var tokenizer = model.Tokenizer;
        var tokens = prompt.Tokens ?? Tokenize(model, tokenizer, prompt, param);
        if (tokens.Length == 0)
            throw new ApiException(ApiErrors.Invalid(param, "The prompt is empty: it must hold at least one token."));
        if (tokens.Length >= model.Info.MaxSequenceLength)
            throw new ApiException(ApiErrors.PromptTooLong(param, DescribeLength($"{tokens.Length} tokens", model)));
        foreach (var token in tokens)
        {
            if (token < 0 || token >= tokenizer.VocabularySize)
            {
                throw new ApiException(ApiErrors.Invalid(
                    param, $"The prompt has token {token}, but the model's tokens are 0 to {tokenizer.VocabularySize - 1}."));
            }
        }
        return tokens;
    }

    private static int[] Tokenize(ModelLease model, ITokenizer tokenizer, in PromptInput prompt, string param)
    {
        try
        {
            // Messages are measured before the template is applied too: it is no faster than tokenization.
            foreach (var message in prompt.Messages ?? [])
                RefuseHopeless(model, tokenizer, message.Content, param);
            var text = prompt.Text ?? tokenizer.ApplyChatTemplate(prompt.Messages!);
            RefuseHopeless(model, tokenizer, text, param);
            return tokenizer.Tokenize(text, addSpecial: true, parseSpecial: true);
        }
        catch (TokenizationException exception)
        {
            // A model that is stopped meanwhile cannot tokenize either, and that is no fault of the text.
            model.EnsureReady();
            throw new ApiException(ApiErrors.Tokenization(param, exception.Message), exception);
        }
    }

    /// <summary>
    /// Refuses text that cannot fit even if every token in it were the longest of the vocabulary, since tokenizing megabytes takes
    /// seconds of a core that other requests need.
    /// </summary>
    private static void RefuseHopeless(ModelLease model, ITokenizer tokenizer, string text, string param)
    {
        var longest = _longestPieces.GetValue(tokenizer, static key => new StrongBox<int>(FindLongestPiece(key))).Value;
        if ((long)model.Info.MaxSequenceLength * longest < Encoding.UTF8.GetByteCount(text))
            throw new ApiException(ApiErrors.PromptTooLong(param, DescribeLength($"{Encoding.UTF8.GetByteCount(text)} bytes", model)));
    }

    private static int FindLongestPiece(ITokenizer tokenizer)
    {
        var longest = LongestControlToken;
        for (var token = 0; token < tokenizer.VocabularySize; token++)
            longest = Math.Max(longest, tokenizer.GetPiece(token).Length);
        return longest;
    }

    private static string DescribeLength(string length, ModelLease model) =>
        $"The prompt has {length}, but the model's context holds {model.Info.MaxSequenceLength} tokens, of which at least one is "
        + "needed for the answer. Shorten the prompt.";
}
