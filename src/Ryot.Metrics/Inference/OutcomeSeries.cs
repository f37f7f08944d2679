namespace Ryot.Metrics;

/// <summary>How a model's requests ended: the series that every request counts in, also one for an unknown model.</summary>
internal sealed class OutcomeSeries
{
    private static readonly int _errorTypes = Wire.CoarseErrors.Length + 1;

    private readonly Counter?[] _requests;
    private readonly Counter[] _errors;
    private readonly Counter[] _finished;

    /// <summary>Makes every combination that can occur, at 0.</summary>
    internal OutcomeSeries(InferenceFamilies families, string model)
    {
        _requests = new Counter?[Wire.Endpoints.Length * Wire.Statuses.Length * _errorTypes];
        foreach (var endpoint in Enum.GetValues<InferenceEndpoint>())
        {
            Add(endpoint, RequestStatus.Success, null);
            Add(endpoint, RequestStatus.Partial, null);
            Add(endpoint, RequestStatus.Timeout, ErrorCause.Timeout);
            foreach (var cause in Enum.GetValues<ErrorCause>())
            {
                Add(endpoint, RequestStatus.Partial, cause);
                if (cause != ErrorCause.Timeout)
                    Add(endpoint, RequestStatus.Error, cause);
            }
        }

        _errors = [.. Enum.GetValues<ErrorCause>().Select(
            cause => families.Errors.WithLabels(model, Wire.Causes[(int)cause], Wire.Severity(cause)))];
        _finished = [.. Wire.FinishReasons.Select(reason => families.Finished.WithLabels(model, reason))];

        void Add(InferenceEndpoint endpoint, RequestStatus status, ErrorCause? cause)
        {
            var error = cause is { } known ? Wire.CoarseErrors[Wire.CoarseError(known)] : "";
            _requests[Index(endpoint, status, cause)] =
                families.Requests.WithLabels(model, Wire.Statuses[(int)status], Wire.Endpoints[(int)endpoint], error);
        }
    }

    /// <summary>
    /// Counts one request. Status and cause must fit: success has none, error has one other than a timeout, and timeout is
    /// counted as such whatever the cause.
    /// </summary>
    internal void Count(
        InferenceEndpoint endpoint, RequestStatus status, FinishReason reason, ErrorCause? cause, in ExemplarId exemplar, double unixSeconds)
    {
        var counted = status == RequestStatus.Timeout ? ErrorCause.Timeout : cause;
        _requests[Index(endpoint, status, counted)]!.Increment(exemplar, unixSeconds);
        _finished[(int)reason].Increment();
        if (cause is { } known)
            _errors[(int)known].Increment(exemplar, unixSeconds);
    }

    private static int Index(InferenceEndpoint endpoint, RequestStatus status, ErrorCause? cause)
    {
        var error = cause is { } known ? Wire.CoarseError(known) + 1 : 0;
        return ((((int)endpoint * Wire.Statuses.Length) + (int)status) * _errorTypes) + error;
    }
}
