using System.Globalization;

namespace Ryot.Metrics;

/// <summary>The metrics of one model. Safe to use from any thread, except where a member says otherwise.</summary>
public sealed class ModelMetrics
{
    private readonly Lock _changes = new();
    private readonly RyotMetrics _owner;
    private readonly WorkSeries? _work;
    private volatile DeviceSeries? _device;
    private volatile IModelState? _state;
    private ModelStateSnapshot? _snapshot;
    private string[]? _info;
    private bool _retired;
    private uint _requests;

    /// <summary>Makes the metrics of models that the process does not have: only how requests for them ended.</summary>
    internal ModelMetrics(RyotMetrics owner, string modelId)
    {
        _owner = owner;
        ModelId = modelId;
        Outcomes = new OutcomeSeries(owner.Families, modelId);
        GenAi = new GenAiAttributes(modelId);
    }

    internal ModelMetrics(RyotMetrics owner, string modelId, in ModelDescription description)
        : this(owner, modelId)
    {
        _work = new WorkSeries(owner.Families, modelId, owner.Clock);
        _device = new DeviceSeries(owner.Families, modelId, description.Device);
        owner.Families.KvCapacity.Compute(() => _snapshot?.KvCapacityTokens ?? double.NaN, modelId);
        owner.Families.KvUsage.Compute(KvUsage, modelId);
        owner.Families.LastStep.Compute(() => _snapshot?.LastStepUnixSeconds ?? double.NaN, modelId);
        owner.Registry.BeforeScrape(ReadState);
        SetDescription(description);
    }

    /// <summary>The model's id, the value of label <c>model</c>.</summary>
    public string ModelId { get; }

    internal OutcomeSeries Outcomes { get; }

    internal GenAiAttributes GenAi { get; }

    internal RyotMetrics Owner => _owner;

    /// <summary>Null for unknown models, which do no work.</summary>
    internal WorkSeries? Work => _work;

    internal DeviceSeries? Device => _device;

    /// <summary>Begins to record one request. Every recorder must be finished, whatever becomes of the request.</summary>
    /// <param name="endpoint">The kind of route that it came by.</param>
    /// <param name="mode">How its output is delivered.</param>
    /// <param name="priority">Its priority.</param>
    /// <param name="receivedTimestamp">When its body was read, as the clock's <see cref="TimeProvider.GetTimestamp"/>.</param>
    /// <param name="exemplar">The request's or the trace's id, to be found again from a bucket that it fell into.</param>
    /// <param name="operation">What was asked for, for the OpenTelemetry instruments.</param>
    public RequestRecorder StartRequest(
        InferenceEndpoint endpoint,
        GenerationMode mode,
        PriorityLevel priority,
        long receivedTimestamp,
        in ExemplarId exemplar = default,
        InferenceOperation operation = InferenceOperation.TextCompletion)
    {
        if (!_owner.Recording)
            return RequestRecorder.Off;
        var detailed = _owner.DetailSampling == 1 || Interlocked.Increment(ref _requests) % (uint)_owner.DetailSampling == 0;
        return new RequestRecorder(this, endpoint, mode, priority, receivedTimestamp, exemplar, operation, detailed);
    }

    /// <summary>Attaches the live state of the loaded model, which is read at each scrape; null detaches it, and its series are absent.</summary>
    public void Attach(IModelState? state) => _state = state;

    /// <summary>Records one forward pass. Only the engine's thread may call it: one caller at a time.</summary>
    public void RecordStep(in StepObservation step)
    {
        if (!_owner.Recording)
            return;
        if (_work is null)
        {
            _owner.Registry.Drop(DropReason.UnknownModel);
            return;
        }

        if ((step.BatchSize | step.PrefillTokens | step.DecodeTokens) < 0)
        {
            _owner.Registry.Drop(DropReason.Negative);
            return;
        }

        if (step.BatchSize > 0)
        {
            _work.BatchSize[(int)step.Majority].Observe(step.BatchSize);
            if (!_work.Rate.Add(Wire.BatchSize(step.BatchSize), step.BatchSize, step.Timestamp))
                _owner.Registry.Drop(DropReason.TimeBackwards);
        }

        if (step.PrefillTokens > 0)
            _work.PrefillStep.Observe(step.PrefillTokens);
        if (step.DecodeTokens > 0)
            _work.DecodeStep.Observe(step.DecodeTokens);
    }

    /// <summary>Records that a running sequence was put back into the queue.</summary>
    /// <param name="droppedTokens">Tokens of it that have to be computed again; they count as wasted.</param>
    public void RecordPreemption(int droppedTokens)
    {
        if (!_owner.Recording)
            return;
        _work?.Preemptions.Increment();
        RecordWasted(WasteCause.Preempted, droppedTokens);
    }

    /// <summary>Records tokens that were computed for nothing.</summary>
    public void RecordWasted(WasteCause cause, long tokens)
    {
        if (!_owner.Recording)
            return;
        if (_work is null)
            _owner.Registry.Drop(DropReason.UnknownModel);
        else
            _work.Wasted[(int)cause].Add(tokens);
    }

    /// <summary>Records one attempt to load the model. The time counts only for attempts that gave a model.</summary>
    public void RecordLoad(LoadKind kind, LoadResult result, TimeSpan duration)
    {
        if (_work is null || _device is not { } device)
        {
            _owner.Registry.Drop(DropReason.UnknownModel);
            return;
        }

        _work.LoadAttempts(result, kind).Increment();
        if (result != LoadResult.Failed)
            device.LoadingTime[(int)kind].Observe(duration.TotalSeconds);
    }

    /// <summary>
    /// Tells what the model is, once that is known (<c>ryot_model_info</c>). A device other than the one named before moves the
    /// series that name it: tell it before the first request and the load are recorded.
    /// </summary>
    public void SetDescription(in ModelDescription description)
    {
        if (_work is null)
        {
            _owner.Registry.Drop(DropReason.UnknownModel);
            return;
        }

        lock (_changes)
        {
            if (_retired)
                return;
            if (_device is { } before && before.Device != description.Device)
            {
                _device = new DeviceSeries(_owner.Families, ModelId, description.Device);
                before.RemoveUnused();
            }

            if (_info is { } shown)
                _owner.Families.ModelInfo.Remove(shown);
            _info = null;
            if (!description.IsKnown)
                return;
            _info =
            [
                ModelId,
                description.Architecture ?? "",
                description.Quantization ?? "",
                Number(description.Parameters),
                Number(description.ContextLength),
                Wire.Devices[(int)description.Device],
            ];
            _owner.Families.ModelInfo.WithLabels(_info).Set(1);
        }

        static string Number(long value) => value > 0 ? value.ToString(CultureInfo.InvariantCulture) : "";
    }

    /// <summary>The model is removed: it makes no series any more, and no scrape reads its state.</summary>
    internal void Retire()
    {
        lock (_changes)
            _retired = true;
        _owner.Registry.RemoveBeforeScrape(ReadState);
    }

    private void ReadState()
    {
        try
        {
            _snapshot = _state?.Read();
        }
        catch (Exception)
        {
            // The engine may just be going away; the scrape shows everything else.
            _snapshot = null;
            _owner.Registry.Drop(DropReason.ReadFailed);
        }
    }

    private double KvUsage()
        => _snapshot is { KvCapacityTokens: > 0 } state ? (double)state.KvUsedTokens / state.KvCapacityTokens : double.NaN;
}
