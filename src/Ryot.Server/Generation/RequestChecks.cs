using Ryot.Engine.Models;
using Ryot.Server.Api.Errors;

namespace Ryot.Server.Generation;

/// <summary>What can only be checked once the model is known.</summary>
internal static class RequestChecks
{
    /// <summary>Refuses a request for too many answers.</summary>
    public static void CheckSequenceCount(InferenceRequest request, int limit)
    {
        var count = (long)request.Prompts.Count * request.SequencesPerPrompt;
        if (count > limit)
        {
            throw new ApiException(ApiErrors.Invalid(
                request.SequencesPerPrompt > 1 ? "n" : request.PromptParam,
                $"The request asks for {count} answers (prompts times n); at most {limit} are possible."));
        }
    }

    /// <summary>Refuses biases of tokens that the model does not have.</summary>
    public static void CheckLogitBias(InferenceRequest request, ITokenizer tokenizer)
    {
        foreach (var token in request.Sampling.LogitBias.Keys)
        {
            if (token >= tokenizer.VocabularySize)
            {
                throw new ApiException(ApiErrors.Invalid(
                    "logit_bias", $"'logit_bias' names token {token}, but the model's tokens are 0 to {tokenizer.VocabularySize - 1}."));
            }
        }
    }
}
