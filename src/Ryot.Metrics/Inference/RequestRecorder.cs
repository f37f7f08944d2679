namespace Ryot.Metrics;

/// <summary>
/// Records one request. It is told the request's events as they happen and records its intervals when it is finished; what
/// counts live (tokens, waiting, running) it counts at once. Used by one thread at a time. All times are the clock's
/// <see cref="TimeProvider.GetTimestamp"/>. Events that cannot be are ignored and counted as dropped, never thrown.
/// </summary>
public sealed partial class RequestRecorder
{
    private readonly TenantSeries _series;
    private readonly InferenceEndpoint _endpoint;
    private readonly GenerationMode _mode;
    private readonly InferenceOperation _operation;
    private readonly ContextType _context;
    private readonly ExemplarId _exemplar;
    private readonly long _received;
    private readonly bool _detailed;
    private readonly bool _off;
    private PriorityLevel _priority;
    private Stage _stage;
    private long _queued;
    private long _admitted;
    private long _firstToken;
    private long _lastToken;
    private int _promptTokens;
    private int _admittedPromptTokens;
    private int _completionTokens;
    private int _unflushedTokens;
    private int _passes;
    private long _batchSizeSum;

    // The only sequence of most requests is kept in place; more of them have an array.
    private SequenceTimes _onlySequence;
    private SequenceTimes[]? _sequences;

    internal RequestRecorder(
        TenantSeries series,
        InferenceEndpoint endpoint,
        GenerationMode mode,
        PriorityLevel priority,
        long received,
        in ExemplarId exemplar,
        InferenceOperation operation,
        ContextType context,
        bool detailed)
    {
        _series = series;
        _endpoint = endpoint;
        _mode = mode;
        _priority = priority;
        _received = received;
        _exemplar = exemplar;
        _operation = operation;
        _context = context;
        _detailed = detailed;
    }

    private RequestRecorder()
    {
        _series = null!;
        _off = true;
    }

    /// <summary>Records nothing, for any number of requests.</summary>
    internal static RequestRecorder Off { get; } = new();

    private enum Stage
    {
        Received,
        Queued,
        Admitted,
        Finished,
    }

    private ModelMetrics Model => _series.Model;

    /// <summary>The request was accepted into the queue.</summary>
    /// <param name="timestamp">When.</param>
    /// <param name="promptTokens">Tokens of its prompt, or of all its prompts together; not multiplied by <c>n</c>.</param>
    /// <param name="sequences">Sequences that it asks for: prompts times <c>n</c>, at least 1.</param>
    /// <param name="priority">The priority that it was queued with, if it is not the one it started with.</param>
    public void Queued(long timestamp, int promptTokens, int sequences = 1, PriorityLevel? priority = null)
    {
        if (_off)
            return;
        if (Model.Work is not { } work)
        {
            Drop(DropReason.UnknownModel);
            return;
        }

        if (_stage != Stage.Received)
        {
            Drop(DropReason.OutOfOrder);
            return;
        }

        if (promptTokens < 0 || sequences < 1)
        {
            Drop(DropReason.Negative);
            promptTokens = Math.Max(0, promptTokens);
            sequences = Math.Max(1, sequences);
        }

        _queued = NotBefore(_received, timestamp);
        _promptTokens = promptTokens;
        _priority = priority ?? _priority;
        if (sequences > 1)
            _sequences = new SequenceTimes[sequences];
        _stage = Stage.Queued;
        work.Sequences.Add(sequences);
        work.QueueDepth[(int)_priority].Increment();
    }

    /// <summary>The request's first prompt chunk was scheduled. Coming back after a preemption is no new admission.</summary>
    public void Admitted(long timestamp)
    {
        if (_off)
            return;
        if (_stage != Stage.Queued)
        {
            Drop(DropReason.OutOfOrder);
            return;
        }

        var work = Model.Work!;
        _admitted = NotBefore(_queued, timestamp);
        _stage = Stage.Admitted;
        work.QueueDepth[(int)_priority].Decrement();
        work.Active(_mode, _endpoint).Increment();
        _series.PromptTokens[(int)_mode].Add(_promptTokens);
    }

    /// <summary>The first chunk of one of the request's prompts was scheduled. Told once for each prompt, after <see cref="Admitted"/>.</summary>
    /// <param name="promptTokens">Tokens of the prompt.</param>
    /// <param name="reusedTokens">Those of them that were in the KV cache and are not computed again.</param>
    /// <param name="prefixLastSeen">How long ago the longest prefix of it that was ever seen was seen last; null when none was.</param>
    public void PromptAdmitted(int promptTokens, int reusedTokens, TimeSpan? prefixLastSeen)
    {
        if (_off)
            return;
        if (_stage != Stage.Admitted)
        {
            Drop(DropReason.OutOfOrder);
            return;
        }

        if (promptTokens < 0 || reusedTokens < 0 || prefixLastSeen < TimeSpan.Zero)
        {
            Drop(DropReason.Negative);
            return;
        }

        // More than the request has: one of its prompts was told twice, e.g. when it came back after a preemption.
        if (reusedTokens > promptTokens || promptTokens > _promptTokens - _admittedPromptTokens)
        {
            Drop(DropReason.Inconsistent);
            return;
        }

        if (promptTokens == 0)
            return;
        _admittedPromptTokens += promptTokens;
        var work = Model.Work!;
        work.PromptReused.Add(reusedTokens);
        work.HitRatios[(int)_context].Add(promptTokens, reusedTokens);
        if (prefixLastSeen is { } age && Wire.ReuseWindow(age) is var window and >= 0)
            work.CacheEffectiveness[window].Observe((double)reusedTokens / promptTokens);
    }

    /// <summary>One completion token was sampled.</summary>
    /// <param name="sequence">The sequence of the request that it belongs to, from 0.</param>
    /// <param name="timestamp">When.</param>
    public void Token(int sequence, long timestamp)
    {
        if (_off)
            return;
        if (_stage != Stage.Admitted)
        {
            Drop(DropReason.OutOfOrder);
            return;
        }

        if ((uint)sequence >= (uint)(_sequences?.Length ?? 1))
        {
            Drop(DropReason.UnknownSequence);
            return;
        }

        _completionTokens++;
        _unflushedTokens++;
        if (!_series.BatchedUpdates)
            Flush();

        ref var times = ref _sequences is null ? ref _onlySequence : ref _sequences[sequence];
        timestamp = NotBefore(times.Tokens == 0 ? _admitted : times.Last, timestamp);
        if (times.Tokens == 0)
            times.First = timestamp;
        else if (_detailed)
            Model.Work!.InterToken.Observe(Seconds(times.Last, timestamp));
        times.Last = timestamp;
        times.Tokens++;

        if (_completionTokens == 1 || timestamp < _firstToken)
            _firstToken = timestamp;
        if (_completionTokens == 1 || timestamp > _lastToken)
            _lastToken = timestamp;
    }

    /// <summary>
    /// Counts the tokens that were told since the last time. Called once after the tokens of each step; <see cref="Finish"/> does it too.
    /// </summary>
    public void Flush()
    {
        if (_off || _unflushedTokens == 0)
            return;
        _series.CompletionTokens[(int)_mode].Add(_unflushedTokens);
        _unflushedTokens = 0;
    }

    /// <summary>
    /// Adds what the request cost to the series of the model's cost model (<see cref="ModelMetrics.SetCostModel"/>). Told before
    /// <see cref="Finish"/>.
    /// </summary>
    /// <param name="promptUsd">For its prompts, in US dollars.</param>
    /// <param name="completionUsd">For its completions, in US dollars.</param>
    public void Cost(double promptUsd, double completionUsd)
    {
        if (_off)
            return;
        if (Model.Work is null)
            Drop(DropReason.UnknownModel);
        else if (_stage == Stage.Finished)
            Drop(DropReason.OutOfOrder);
        else if (!_series.TryAddCost(promptUsd, completionUsd))
            Drop(DropReason.Inconsistent);
    }

    /// <summary>A sequence of the request has ended in the engine.</summary>
    /// <param name="passes">Forward passes that it took part in.</param>
    /// <param name="batchSizeSum">The sum of the batch sizes of those passes.</param>
    public void SequencePasses(int passes, long batchSizeSum)
    {
        if (_off)
            return;
        if (_stage != Stage.Admitted)
        {
            Drop(DropReason.OutOfOrder);
        }
        else if (passes < 0 || batchSizeSum < 0)
        {
            Drop(DropReason.Negative);
        }
        else
        {
            _passes += passes;
            _batchSizeSum += batchSizeSum;
        }
    }

    private double Seconds(long from, long to) => (double)(to - from) / _series.Frequency;

    /// <summary>An event cannot be before the one that it follows: then both are taken to have come at once.</summary>
    private long NotBefore(long earlier, long timestamp)
    {
        if (timestamp >= earlier)
            return timestamp;
        Drop(DropReason.TimeBackwards);
        return earlier;
    }

    private void Drop(DropReason reason) => Model.Owner.Registry.Drop(reason);

    private struct SequenceTimes
    {
        internal long First;
        internal long Last;
        internal long Tokens;
    }
}
