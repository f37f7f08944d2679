using Ryot.Metrics;

namespace Ryot.Engine;

/// <summary>Why the engine turned a request away.</summary>
public enum RefusalReason
{
    /// <summary>The queue is full; trying again later may succeed.</summary>
    QueueFull,

    /// <summary>The prompt can never fit into the model's context.</summary>
    PromptTooLong,

    /// <summary>The model is not loaded yet.</summary>
    Loading,

    /// <summary>The model could not be loaded, or its engine stopped working.</summary>
    Unavailable,

    /// <summary>The engine is shutting down.</summary>
    ShuttingDown,

    /// <summary>The request cannot be run as it is: no prompt, an empty prompt, a token that the vocabulary lacks.</summary>
    Invalid,

    /// <summary>The model was removed from the configuration while the request waited for it.</summary>
    Removed,
}

/// <summary>The engine turned a request away before it was queued.</summary>
public sealed class EngineException : Exception
{
    /// <summary>Creates the exception.</summary>
    /// <param name="reason">Why.</param>
    /// <param name="message">What was wrong and what would be right.</param>
    /// <param name="inner">The cause, if there is one.</param>
    public EngineException(RefusalReason reason, string message, Exception? inner = null)
        : base(message, inner) => Reason = reason;

    /// <summary>Why the request was turned away.</summary>
    public RefusalReason Reason { get; }

    /// <summary>When it makes sense to try again; null where the engine does not know.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>The cause under which metrics count it.</summary>
    public ErrorCause Cause => Reason switch
    {
        RefusalReason.PromptTooLong or RefusalReason.Invalid => ErrorCause.InvalidPrompt,
        RefusalReason.Unavailable => ErrorCause.InferenceError,
        RefusalReason.Removed => ErrorCause.ModelNotFound,
        _ => ErrorCause.Overloaded,
    };
}
