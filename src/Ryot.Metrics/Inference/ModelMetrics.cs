using System.Globalization;

namespace Ryot.Metrics;

/// <summary>The metrics of one model. Safe to use from any thread, except where a member says otherwise.</summary>
public sealed class ModelMetrics
{
    private readonly Lock _changes = new();
    private readonly RyotMetrics _owner;
    private readonly WorkSeries? _work;
    private readonly LiveSeries? _live;
    private readonly TenantSeries _series;
    private readonly TenantSeries?[]? _tenants;
    private volatile DeviceSeries? _device;
    private CostModelKind? _costModel;
    private string[]? _info;
    private bool _retired;
    private DoubleCounter? _energy;
    private uint _requests;

    /// <summary>Makes the metrics of models that the process does not have: only how requests for them ended.</summary>
    internal ModelMetrics(RyotMetrics owner, string modelId)
    {
        _owner = owner;
        ModelId = modelId;
        Outcomes = new OutcomeSeries(owner.Families, modelId);
        GenAi = new GenAiAttributes(modelId);
        _series = new TenantSeries(this, "");
        if (owner.Tenants is not { } tenants)
            return;
        _tenants = new TenantSeries?[tenants.Capacity];
        for (var number = 0; number < tenants.Declared; number++)
            _tenants[number] = new TenantSeries(this, tenants.Name(number));
    }

    internal ModelMetrics(RyotMetrics owner, string modelId, in ModelDescription description)
        : this(owner, modelId)
    {
        _work = new WorkSeries(owner.Families, modelId, owner.Clock);
        _live = new LiveSeries(owner, modelId, _work.Rate);
        _device = new DeviceSeries(owner.Families, modelId, description.Device);
        foreach (var series in AllTenants)
            series.AddTokens();
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

    private IEnumerable<TenantSeries> AllTenants => (_tenants ?? []).OfType<TenantSeries>().Prepend(_series);

    /// <summary>Begins to record one request. Every recorder must be finished, whatever becomes of the request.</summary>
    /// <param name="endpoint">The kind of route that it came by.</param>
    /// <param name="mode">How its output is delivered.</param>
    /// <param name="priority">Its priority.</param>
    /// <param name="receivedTimestamp">When its body was read, as the clock's <see cref="TimeProvider.GetTimestamp"/>.</param>
    /// <param name="exemplar">The request's or the trace's id, to be found again from a bucket that it fell into.</param>
    /// <param name="operation">What was asked for, for the OpenTelemetry instruments.</param>
    /// <param name="context">What kind of prompt it has.</param>
    /// <param name="tenant">Whose request it is; not told apart unless <see cref="MetricsOptions.Tenants"/> is set.</param>
    public RequestRecorder StartRequest(
        InferenceEndpoint endpoint,
        GenerationMode mode,
        PriorityLevel priority,
        long receivedTimestamp,
        in ExemplarId exemplar = default,
        InferenceOperation operation = InferenceOperation.TextCompletion,
        ContextType context = ContextType.Standard,
        string? tenant = null)
    {
        if (!_owner.Recording)
            return RequestRecorder.Off;
        var detailed = _owner.DetailSampling == 1 || Interlocked.Increment(ref _requests) % (uint)_owner.DetailSampling == 0;
        var series = _tenants is null || string.IsNullOrEmpty(tenant) ? _series : SeriesOf(tenant);
        return new RequestRecorder(series, endpoint, mode, priority, receivedTimestamp, exemplar, operation, context, detailed);
    }

    /// <summary>
    /// A request waits for the model to be loaded, and counts as waiting until <see cref="LoadWaitEnded"/>; what it will ask for is not
    /// known yet. Only then is it queued.
    /// </summary>
    public void LoadWaitBegan(PriorityLevel priority)
    {
        if (_owner.Recording)
            _work?.QueueDepth[(int)priority].Increment();
    }

    /// <summary>The request's wait for the load is over, whatever came of it.</summary>
    public void LoadWaitEnded(PriorityLevel priority)
    {
        if (_owner.Recording)
            _work?.QueueDepth[(int)priority].Decrement();
    }

    /// <summary>Attaches the live state of the loaded model, which is read at each scrape; null detaches it, and its series are absent.</summary>
    public void Attach(IModelState? state) => _live?.Attach(state);

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

        if ((step.BatchSize | step.PrefillTokens | step.DecodeTokens | step.PromptTokensComputed) < 0)
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
        if (step.PromptTokensComputed > 0)
            _work.PromptComputed.Add(step.PromptTokensComputed);
        if (step.DecodeTokens > 0)
            _work.DecodeStep.Observe(step.DecodeTokens);
        if (step.Started > step.Timestamp)
            _owner.Registry.Drop(DropReason.TimeBackwards);
        else if (step.Started > 0)
            _live!.Busy.Add(step.Started, step.Timestamp);
    }

    /// <summary>
    /// Records that a running sequence was put back into the queue. What is computed again for it is recorded by
    /// <see cref="RecordWasted"/> when that happens.
    /// </summary>
    public void RecordPreemption() => Count(_work?.Preemptions);

    /// <summary>Records that the model was unloaded.</summary>
    public void RecordEviction(EvictionReason reason) => Count(_work?.Evictions[(int)reason]);

    /// <summary>
    /// Tells how the cost of requests is estimated: the two cost series of this kind exist from now on, at 0. Those of a kind told before
    /// go if nothing was ever added to them. A model that is told none has no cost.
    /// </summary>
    public void SetCostModel(CostModelKind kind)
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
            _costModel = kind;
            foreach (var series in AllTenants)
                series.SetCostModel(kind);
        }
    }

    /// <summary>Tells what requests are measured by from now on in <c>ryot_slo_requests_total</c>; the defaults hold until then.</summary>
    /// <exception cref="ArgumentException">An objective cannot be met; the message tells everything that is wrong.</exception>
    public void SetObjectives(ServiceObjectives objectives)
    {
        var problems = objectives.Validate();
        if (problems.Count > 0)
            throw new ArgumentException(string.Join(Environment.NewLine, problems), nameof(objectives));
        if (_work is null)
            _owner.Registry.Drop(DropReason.UnknownModel);
        else
            _work.Objectives.Set(objectives);
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
                before.RemoveUnused(_device);
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

    /// <summary>The engine's busy time so far, in the clock's ticks.</summary>
    /// <param name="deviceId">A device.</param>
    /// <param name="isOnDevice">Whether the model is on it.</param>
    internal long ReadBusyTicks(string deviceId, out bool isOnDevice)
    {
        var (ticks, devices) = _live!.ReadBusy();
        isOnDevice = devices.Contains(deviceId);
        return ticks;
    }

    /// <summary>Adds energy that the model's requests used; its series exists from the first call on.</summary>
    internal void ChargeEnergy(double joules)
    {
        lock (_changes)
        {
            if (!_retired)
                (_energy ??= _owner.DeviceFamilies.RequestEnergy.WithLabels(ModelId)).Add(joules);
        }
    }

    /// <summary>The model is removed: it makes no series any more, and no scrape reads its state.</summary>
    internal void Retire()
    {
        lock (_changes)
            _retired = true;
        _live?.Retire();
    }

    private void Count(Counter? counter)
    {
        if (!_owner.Recording)
            return;
        if (counter is null)
            _owner.Registry.Drop(DropReason.UnknownModel);
        else
            counter.Increment();
    }

    private TenantSeries SeriesOf(string tenant)
    {
        var number = _owner.Tenants!.NumberOf(tenant);
        return Volatile.Read(ref _tenants![number]) ?? AddTenant(number);
    }

    private TenantSeries AddTenant(int number)
    {
        lock (_changes)
        {
            if (_tenants![number] is { } added)
                return added;
            // A model that was removed makes no series any more; what it still has is exposed nowhere.
            if (_retired)
                return _series;
            var series = new TenantSeries(this, _owner.Tenants!.Name(number));
            if (_work is not null)
                series.AddTokens();
            if (_costModel is { } kind)
                series.SetCostModel(kind);
            Volatile.Write(ref _tenants[number], series);
            return series;
        }
    }
}
