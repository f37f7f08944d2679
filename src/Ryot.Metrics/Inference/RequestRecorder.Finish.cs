namespace Ryot.Metrics;

public sealed partial class RequestRecorder
{
    /// <summary>
    /// The request has ended: its last byte was handed to the transport, or there is nobody left to hand it to. Records
    /// everything, once; undoes what still counts as waiting or running.
    /// </summary>
    /// <param name="timestamp">When.</param>
    /// <param name="status">How it ended. Success has no cause; an error without a cause is taken for a failure of the engine.</param>
    /// <param name="reason">Why generation ended.</param>
    /// <param name="cause">The cause of a failure; for <see cref="RequestStatus.Partial"/> of the part that failed, null after a cancellation.</param>
    public void Finish(long timestamp, RequestStatus status, FinishReason reason, ErrorCause? cause = null)
    {
        if (_off)
            return;
        if (Interlocked.Exchange(ref _finished, 1) != 0)
        {
            Drop(DropReason.FinishedTwice);
            return;
        }

        Reconcile(ref status, ref cause);
        var stage = _stage;
        _stage = Stage.Finished;
        var unixSeconds = _exemplar.IsEmpty ? 0 : _model.Owner.Registry.UnixSeconds();
        _model.Outcomes.Count(_endpoint, status, reason, cause, _exemplar, unixSeconds);

        var latest = Math.Max(_received, Math.Max(_queued, Math.Max(_admitted, _lastToken)));
        timestamp = NotBefore(stage == Stage.Received ? _received : latest, timestamp);
        if (stage == Stage.Queued)
            _model.Work!.QueueDepth[(int)_priority].Decrement();
        else if (stage == Stage.Admitted)
            _model.Work!.Active(_mode, _endpoint).Decrement();

        if (stage != Stage.Received)
        {
            _model.Work!.Latency(_mode, MeanBatchSize()).Observe(Seconds(_received, timestamp), _exemplar, unixSeconds);
            if (stage == Stage.Admitted)
                RecordWork(_model.Work!, unixSeconds);
        }

        if (_model.Owner.GenAi.Enabled)
            RecordGenAi(_model.Owner.GenAi, stage, timestamp, status, cause);
    }

    /// <summary>Makes status and cause fit each other, so that the request counts in a series that exists.</summary>
    private void Reconcile(ref RequestStatus status, ref ErrorCause? cause)
    {
        switch (status, cause)
        {
            case (RequestStatus.Success, not null):
                Drop(DropReason.Inconsistent);
                cause = null;
                break;
            case (RequestStatus.Error, null):
                Drop(DropReason.Inconsistent);
                cause = ErrorCause.InferenceError;
                break;
            case (RequestStatus.Error, ErrorCause.Timeout):
                Drop(DropReason.Inconsistent);
                status = RequestStatus.Timeout;
                break;
            case (RequestStatus.Timeout, null):
                cause = ErrorCause.Timeout;
                break;
        }
    }

    private void RecordWork(WorkSeries work, double unixSeconds)
    {
        work.RequestPromptTokens.Observe(_promptTokens);
        work.RequestCompletionTokens.Observe(_completionTokens);
        if (_detailed)
            work.QueueTime[(int)_priority].Observe(Seconds(_queued, _admitted), _exemplar, unixSeconds);
        if (_completionTokens == 0)
            return;

        var firstToken = _model.Device!.FirstToken[Wire.PromptSize(_promptTokens)];
        firstToken.Observe(Seconds(_received, _firstToken), _exemplar, unixSeconds);
        if (_lastToken > _admitted)
            work.RequestTokenRate[(int)_mode].Observe(_completionTokens / Seconds(_admitted, _lastToken));
        if (!_detailed)
            return;
        work.PrefillTime.Observe(Seconds(_admitted, _firstToken), _exemplar, unixSeconds);
        work.DecodeTime.Observe(Seconds(_firstToken, _lastToken), _exemplar, unixSeconds);
        if (TimePerToken() is { } perToken)
            work.TimePerToken.Observe(perToken, _exemplar, unixSeconds);
    }

    private void RecordGenAi(GenAiInstruments genAi, Stage stage, long finished, RequestStatus status, ErrorCause? cause)
    {
        var attributes = _model.GenAi;
        var success = status == RequestStatus.Success;
        genAi.Duration.Record(
            Seconds(_received, finished), success ? attributes.Success(_operation) : attributes.Failed(_operation, cause));
        if (stage != Stage.Admitted)
            return;

        genAi.TokenUsage.Record(_promptTokens, attributes.Input(_operation));
        genAi.TokenUsage.Record(_completionTokens, attributes.Output(_operation));
        // The conventions count only successful responses here.
        if (!success || _completionTokens == 0)
            return;
        genAi.FirstToken.Record(Seconds(_received, _firstToken), attributes.Success(_operation));
        if (TimePerToken() is { } perToken)
            genAi.PerToken.Record(perToken, attributes.Success(_operation));
    }

    private long MeanBatchSize()
        => _passes == 0 ? 0 : Math.Max(1, (long)Math.Round((double)_batchSizeSum / _passes, MidpointRounding.AwayFromZero));

    /// <summary>The mean time per token after a sequence's first, in seconds; null when no sequence got two.</summary>
    private double? TimePerToken()
    {
        long ticks = 0;
        long tokens = 0;
        foreach (ref readonly var sequence in _sequences ?? new ReadOnlySpan<SequenceTimes>(in _onlySequence))
        {
            if (sequence.Tokens < 2)
                continue;
            ticks += sequence.Last - sequence.First;
            tokens += sequence.Tokens - 1;
        }

        return tokens == 0 ? null : Seconds(0, ticks) / tokens;
    }
}
