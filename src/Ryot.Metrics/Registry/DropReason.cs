namespace Ryot.Metrics;

/// <summary>Why something that was to be recorded was not (label <c>reason</c> of <c>ryot_metrics_dropped_observations_total</c>).</summary>
public enum DropReason
{
    /// <summary><c>not_a_number</c>: the value was NaN.</summary>
    NotANumber,

    /// <summary><c>infinite</c>: the value was infinite.</summary>
    Infinite,

    /// <summary><c>negative</c>: the value was below zero where only growth or size is recorded.</summary>
    Negative,

    /// <summary><c>time_backwards</c>: an event was stamped earlier than the one before it.</summary>
    TimeBackwards,

    /// <summary><c>out_of_order</c>: an event came in a state in which it cannot happen, e.g. a token before admission.</summary>
    OutOfOrder,

    /// <summary><c>finished_twice</c>: a request was told to be finished again.</summary>
    FinishedTwice,

    /// <summary><c>unknown_sequence</c>: a token of a sequence that the request does not have.</summary>
    UnknownSequence,

    /// <summary><c>unknown_model</c>: work was recorded for a model that the process does not have.</summary>
    UnknownModel,

    /// <summary><c>inconsistent</c>: parts of one observation contradict each other, e.g. success with a cause of failure.</summary>
    Inconsistent,

    /// <summary><c>read_failed</c>: a value to be computed at the scrape threw; its series was left out.</summary>
    ReadFailed,

    /// <summary><c>tenant_limit</c>: a request's tenant was one too many; the request counts under the tenant <c>other</c>.</summary>
    TenantLimit,
}

internal static class DropReasons
{
    /// <summary>The reason for dropping a number that is NaN, infinite or negative.</summary>
    internal static DropReason ForNumber(double value)
        => double.IsNaN(value) ? DropReason.NotANumber : double.IsInfinity(value) ? DropReason.Infinite : DropReason.Negative;
}
