namespace Ryot.Metrics;

/// <summary>How a model's requests ended: the series that every request counts in, also one for an unknown model.</summary>
internal sealed class OutcomeSeries
{
    private readonly Counter[] _errors;
    private readonly Counter[] _finished;

    /// <summary>Makes every combination that can occur, at 0.</summary>
    internal OutcomeSeries(InferenceFamilies families, string model)
    {
        _errors = [.. Enum.GetValues<ErrorCause>().Select(
            cause => families.Errors.WithLabels(model, Wire.Causes[(int)cause], Wire.Severity(cause)))];
        _finished = [.. Wire.FinishReasons.Select(reason => families.Finished.WithLabels(model, reason))];
    }

    /// <summary>
    /// Counts one request. Status and cause must fit: success has none, error has one other than a timeout, and timeout is
    /// counted as such whatever the cause.
    /// </summary>
    internal void Count(
        TenantSeries tenant,
        InferenceEndpoint endpoint,
        RequestStatus status,
        FinishReason reason,
        ErrorCause? cause,
        in ExemplarId exemplar,
        double unixSeconds)
    {
        var counted = status == RequestStatus.Timeout ? ErrorCause.Timeout : cause;
        tenant.Requests(endpoint, status, counted).Increment(exemplar, unixSeconds);
        _finished[(int)reason].Increment();
        if (cause is { } known)
            _errors[(int)known].Increment(exemplar, unixSeconds);
    }
}
