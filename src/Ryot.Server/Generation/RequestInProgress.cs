using Ryot.Engine.Models;
using Ryot.Metrics;

namespace Ryot.Server.Generation;

/// <summary>What is known of a request so far; whatever is missing when it ends is counted as unknown.</summary>
/// <param name="context">The HTTP request.</param>
/// <param name="route">The route that it came by.</param>
/// <param name="received">When it came.</param>
internal sealed class RequestInProgress(HttpContext context, InferenceRoute route, long received)
{
    public HttpContext Context { get; } = context;

    public InferenceRoute Route { get; } = route;

    /// <summary>When its body was read; before that, when its headers were.</summary>
    public long Received { get; set; } = received;

    public InferenceRequest? Parsed { get; set; }

    /// <summary>Whose it is, where that is asked for.</summary>
    public string? Tenant { get; set; }

    public ModelHost? Model { get; set; }

    public IAnswer? Answer { get; set; }

    public RequestRecorder? Recorder { get; set; }

    public int CompletionTokens { get; set; }

    public RequestStatus Status { get; private set; } = RequestStatus.Error;

    public FinishReason Reason { get; private set; } = FinishReason.Error;

    public ErrorCause? Cause { get; private set; } = ErrorCause.InferenceError;

    /// <summary>Says how it ended.</summary>
    public void End(RequestStatus status, FinishReason reason, ErrorCause? cause = null)
    {
        Status = status;
        Reason = reason;
        Cause = cause;
    }
}
