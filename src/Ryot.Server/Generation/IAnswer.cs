using Ryot.Server.Api.Errors;

namespace Ryot.Server.Generation;

/// <summary>What becomes of the text of a request: it is collected, or sent as it comes.</summary>
internal interface IAnswer : IDisposable
{
    /// <summary>Whether any of it was written, so that another answer cannot take its place.</summary>
    bool HasWritten { get; }

    /// <summary>Takes text of a sequence, which may be empty.</summary>
    /// <param name="sequence">The sequence; <see cref="SequenceProgress.Reason"/> is set when this is the last text.</param>
    /// <param name="text">The text.</param>
    /// <param name="token">The token that it came with; -1 with the last text.</param>
    void Append(SequenceProgress sequence, string text, int token);

    /// <summary>Sends what was taken since the last time.</summary>
    /// <returns>False when there is nobody left to send to.</returns>
    ValueTask<bool> FlushAsync();

    /// <summary>Sends the end of a request that went well, at least in part.</summary>
    /// <returns>False when there is nobody left to send to.</returns>
    ValueTask<bool> CompleteAsync(GenerationResult result);

    /// <summary>Sends the end of a request that failed: with its status, or within a stream that has begun.</summary>
    ValueTask<bool> FailAsync(ApiError error);
}
