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
        var stage = Interlocked.Exchange(ref _stage, Stage.Finished);
        if (stage == Stage.Finished)
        {
            Drop(DropReason.FinishedTwice);
            return;
        }

        Flush();
        Reconcile(ref status, ref cause);
        var model = Model;
        var work = model.Work;
        var unixSeconds = _exemplar.IsEmpty ? 0 : model.Owner.Registry.UnixSeconds();
        model.Outcomes.Count(_series, _endpoint, status, reason, cause, _exemplar, unixSeconds);

        var latest = Math.Max(_received, Math.Max(_queued, Math.Max(_admitted, _lastToken)));
        timestamp = NotBefore(stage == Stage.Received ? _received : latest, timestamp);
        if (stage == Stage.Queued)
            work!.QueueDepth[(int)_priority].Decrement();
        else if (stage == Stage.Admitted)
            work!.Active(_mode, _endpoint).Decrement();

        var decode = Decode();
        if (stage != Stage.Received)
        {
            work!.Latency(_mode, MeanBatchSize()).Observe(Seconds(_received, timestamp), _exemplar, unixSeconds);
            if (stage == Stage.Admitted)
                RecordWork(work, decode, unixSeconds);
        }

        if (work is not null)
            JudgeObjectives(work.Objectives, timestamp - _received, decode, status, cause);
        if (model.Owner.GenAi.Enabled)
            RecordGenAi(model.Owner.GenAi, stage, timestamp, decode, status, cause);
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

    private void RecordWork(WorkSeries work, in DecodeTime decode, double unixSeconds)
    {
        work.RequestPromptTokens.Observe(_promptTokens);
        work.RequestCompletionTokens.Observe(_completionTokens);
        if (_detailed)
            work.QueueTime[(int)_priority].Observe(Seconds(_queued, _admitted), _exemplar, unixSeconds);
        if (_completionTokens == 0)
            return;

        var firstToken = Model.Device!.FirstToken[Wire.PromptSize(_promptTokens)];
        firstToken.Observe(Seconds(_received, _firstToken), _exemplar, unixSeconds);
        if (_lastToken > _admitted)
            work.RequestTokenRate[(int)_mode].Observe(_completionTokens / Seconds(_admitted, _lastToken));
        if (!_detailed)
            return;
        work.PrefillTime.Observe(Seconds(_admitted, _firstToken), _exemplar, unixSeconds);
        work.DecodeTime.Observe(Seconds(_firstToken, _lastToken), _exemplar, unixSeconds);
        if (decode.Tokens > 0)
            work.TimePerToken.Observe(TimePerToken(decode), _exemplar, unixSeconds);
    }

    private void JudgeObjectives(ObjectiveSeries objectives, long latency, in DecodeTime decode, RequestStatus status, ErrorCause? cause)
    {
        if (status == RequestStatus.Success)
            objectives.Succeeded(latency, _completionTokens > 0 ? _firstToken - _received : null, decode);
        else if (cause is { } known && IsFaultOfService(known))
            objectives.Failed();
    }

    /// <summary>Whether a failure is the service's, and not that of a request that could not be served by anybody.</summary>
    private static bool IsFaultOfService(ErrorCause cause)
        => cause is not (ErrorCause.InvalidPrompt or ErrorCause.TokenizationError or ErrorCause.ModelNotFound);

    private void RecordGenAi(
        GenAiInstruments genAi, Stage stage, long finished, in DecodeTime decode, RequestStatus status, ErrorCause? cause)
    {
        var attributes = Model.GenAi;
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
        if (decode.Tokens > 0)
            genAi.PerToken.Record(TimePerToken(decode), attributes.Success(_operation));
    }

    private long MeanBatchSize()
        => _passes == 0 ? 0 : Math.Max(1, (long)Math.Round((double)_batchSizeSum / _passes, MidpointRounding.AwayFromZero));

    private double TimePerToken(in DecodeTime decode) => Seconds(0, decode.Ticks) / decode.Tokens;

    private DecodeTime Decode()
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

        return new DecodeTime(ticks, tokens);
    }
}
