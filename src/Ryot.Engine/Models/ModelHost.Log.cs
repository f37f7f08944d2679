using Microsoft.Extensions.Logging;
using Ryot.Metrics;

namespace Ryot.Engine.Models;

/// <summary>What a model logs.</summary>
public sealed partial class ModelHost
{
    [LoggerMessage(Level = LogLevel.Information, Message = "Loading model {Model} from {Path}.")]
    private partial void LogLoading(string model, string path);

    [LoggerMessage(Level = LogLevel.Information, Message = "Model {Model} is ready ({Architecture}, {Quantization}, {Parameters} parameters) after {Seconds:F2} s.")]
    private partial void LogLoaded(string model, string architecture, string quantization, long parameters, double seconds);

    [LoggerMessage(Level = LogLevel.Information, Message = "Model {Model} was not loaded: {Reason}")]
    private partial void LogLoadGivenUp(string model, string reason);

    [LoggerMessage(Level = LogLevel.Error, Message = "Model {Model} could not be loaded: {Reason}")]
    private partial void LogLoadFailed(string model, string reason, Exception? exception);

    [LoggerMessage(Level = LogLevel.Error, Message = "Model {Model} is not in memory any more: {Reason}")]
    private partial void LogDied(string model, string reason);

    [LoggerMessage(Level = LogLevel.Information, Message = "Model {Model} left memory (evicted: {Reason}).")]
    private partial void LogUnloaded(string model, EvictionReason? reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Model {Model}: cancelling {Count} requests that did not end in time.")]
    private partial void LogCancelling(string model, int count);
}
