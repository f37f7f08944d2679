using Ryot.Engine.Models;
using Ryot.Engine.Requests;
using Ryot.Metrics;

namespace Ryot.Engine.Scheduling;

/// <summary>
/// Continuous batching: decides what each forward pass holds. Plain logic on one thread, without a clock and without a model:
/// <see cref="Schedule"/>, then run the plan, then <see cref="Update"/>. Runs the next token of every decoding sequence first, then
/// chunks of prompts up to the step's budget, so that a long prompt does not stall the streams beside it.
/// </summary>
internal sealed class Scheduler
{
    private readonly ModelInfo _limits;
    private readonly ITokenizer _tokenizer;
    private readonly WaitingQueue _waiting;
    private readonly List<Sequence> _running;
    private readonly Stack<int> _freeSlots;
    private readonly List<Sequence> _scratch = [];
    private readonly List<GenerationJob> _toWake = [];
    private readonly StepPlan _plan;
    private readonly ISchedulerObserver _observer;
    private int _reserved;
    private long _admissions;

    /// <param name="limits">What the model can hold.</param>
    /// <param name="tokenizer">Knows which tokens end a generation, and the text for stop strings.</param>
    /// <param name="agingTicks">See <see cref="WaitingQueue"/>.</param>
    /// <param name="observer">Told what the scheduler decides.</param>
    public Scheduler(ModelInfo limits, ITokenizer tokenizer, long agingTicks, ISchedulerObserver observer)
    {
        _limits = limits;
        _tokenizer = tokenizer;
        _observer = observer;
        _waiting = new WaitingQueue(agingTicks);
        _running = new List<Sequence>(limits.MaxSequences);
        _freeSlots = new Stack<int>(Enumerable.Range(0, limits.MaxSequences).Reverse());
        _plan = new StepPlan(limits.MaxSequences);
    }

    /// <summary>Whether any sequence waits or runs.</summary>
    public bool HasWork => _running.Count > 0 || _waiting.Count > 0;

    /// <summary>Whether the runner still has to free slots that nothing uses.</summary>
    public bool HasReleases => _plan.Releases.Count > 0;

    public int RunningSequences => _running.Count;

    public int WaitingSequences => _waiting.Count;

    /// <summary>Cells of the KV cache that hold a token.</summary>
    public int UsedCells { get; private set; }

    /// <summary>Cells that are used or promised; never more than the capacity.</summary>
    public int ReservedCells => _reserved;

    /// <summary>Queues a request's sequences.</summary>
    public void Enqueue(GenerationJob job, long now)
    {
        foreach (var sequence in job.Sequences)
        {
            sequence.QueuedAt = now;
            _waiting.Enqueue(sequence);
        }
    }

    /// <summary>Ends all that is left of a request.</summary>
    public void End(GenerationJob job, FinishReason reason, ErrorCause? cause, long now)
    {
        foreach (var sequence in job.Sequences)
        {
            if (sequence.State != SequenceState.Finished)
                Finish(sequence, reason, cause, now);
        }
    }

    /// <summary>Ends every request.</summary>
    public void EndAll(FinishReason reason, ErrorCause? cause, long now)
    {
        _scratch.AddRange(_running);
        _waiting.CopyTo(_scratch);
        foreach (var sequence in _scratch)
            Finish(sequence, reason, cause, now);
        _scratch.Clear();
    }

    /// <summary>Ends the requests whose deadline has passed.</summary>
    /// <param name="now">The engine's clock.</param>
    /// <param name="waitingToo">Whether to look at the waiting ones, which may be many.</param>
    public void Expire(long now, bool waitingToo)
    {
        foreach (var sequence in _running)
        {
            if (sequence.Job.Request.Deadline <= now)
                _scratch.Add(sequence);
        }
        if (waitingToo)
            _waiting.CopyTo(_scratch);
        foreach (var sequence in _scratch)
        {
            if (sequence.Job.Request.Deadline <= now && sequence.State != SequenceState.Finished)
                Finish(sequence, FinishReason.Timeout, ErrorCause.Timeout, now);
        }
        _scratch.Clear();
    }

    /// <summary>Decides what the next forward pass computes.</summary>
    public StepPlan Schedule(long now)
    {
        _plan.ClearItems();
        var budget = _limits.MaxBatchTokens;
        ReserveForDecoding();
        foreach (var sequence in _running)
        {
            if (!sequence.IsDecoding)
                continue;
            _plan.Add(sequence, 1);
            budget--;
        }
        foreach (var sequence in _running)
        {
            if (budget == 0)
                break;
            if (!sequence.IsDecoding)
                budget -= AddChunk(sequence, budget);
        }
        while (budget > 0 && _freeSlots.Count > 0 && _waiting.Peek() is { } next && FreeCells > HeadRoom + next.Length)
        {
            Admit(next, now);
            budget -= AddChunk(next, budget);
        }
        return _plan;
    }

    /// <summary>Takes in what the runner computed and sampled.</summary>
    public void Update(long now)
    {
        _plan.ClearReleases();
        var batchSize = Math.Max(1, _plan.BatchSize);
        foreach (ref var item in _plan.Items)
        {
            var sequence = item.Sequence;
            UsedCells += item.Count;
            sequence.Computed += item.Count;
            sequence.ToRecompute = Math.Max(0, sequence.ToRecompute - item.Count);
            sequence.Passes++;
            sequence.BatchSizeSum += batchSize;
            if (item.SamplingFailed)
                Finish(sequence, FinishReason.Error, ErrorCause.InferenceError, now);
            else if (item.Sample)
                Accept(sequence, item.Sampled, item.Logprobs, now);
        }
    }

    /// <summary>Takes in that the pass could not be run for want of room: makes some, so that the next one can.</summary>
    public void UpdateOutOfCache(long now)
    {
        _plan.ClearReleases();
        if (_running.Count > 1)
            Preempt(ChooseVictim());
        else
            FailPlanned(ErrorCause.OutOfMemory, now);
    }

    /// <summary>Takes in that the pass failed: ends the sequences that were in it.</summary>
    public void UpdateFailed(ErrorCause cause, long now)
    {
        _plan.ClearReleases();
        FailPlanned(cause, now);
    }

    /// <summary>Wakes the readers of all requests that got events since the last call, each once.</summary>
    public void WakeReaders()
    {
        foreach (var job in _toWake)
        {
            job.NeedsWake = false;
            if (job.Unfinished == 0)
                job.Stream.Complete();
            else
                job.Stream.Wake();
        }
        _toWake.Clear();
    }

    private int FreeCells => _limits.KvCapacity - _reserved;

    /// <summary>A cell for the next token of each running sequence, so that an admission does not force a preemption at once.</summary>
    private int HeadRoom => _running.Count;

    /// <summary>Promises a cell to each token that is to be decoded, and preempts where the cache has too few.</summary>
    private void ReserveForDecoding()
    {
        for (var i = 0; i < _running.Count; i++)
        {
            var sequence = _running[i];
            while (sequence.State == SequenceState.Running && sequence.Length > sequence.Reserved)
            {
                if (FreeCells > 0)
                {
                    sequence.Reserved++;
                    _reserved++;
                    continue;
                }
                var victim = ChooseVictim();
                var index = _running.IndexOf(victim);
                Preempt(victim);
                if (index <= i)
                    i--;
            }
        }
    }

    /// <summary>The youngest running sequence of the lowest priority.</summary>
    private Sequence ChooseVictim()
    {
        var victim = _running[0];
        foreach (var sequence in _running)
        {
            var lower = WaitingQueue.Rank(sequence.Job.Request.Priority) - WaitingQueue.Rank(victim.Job.Request.Priority);
            if (lower > 0 || (lower == 0 && sequence.AdmissionOrder > victim.AdmissionOrder))
                victim = sequence;
        }
        return victim;
    }

    private void Preempt(Sequence sequence)
    {
        var dropped = sequence.Computed;
        _running.Remove(sequence);
        ReleaseCells(sequence);
        sequence.State = SequenceState.Waiting;
        sequence.ToRecompute = dropped;
        _waiting.Requeue(sequence);
        _observer.Preempted(dropped);
    }

    private void Admit(Sequence sequence, long now)
    {
        _waiting.Remove(sequence);
        sequence.State = SequenceState.Running;
        sequence.Slot = _freeSlots.Pop();
        sequence.Reserved = sequence.Length;
        _reserved += sequence.Length;
        if (sequence.AdmissionOrder < 0)
            sequence.AdmissionOrder = _admissions++;
        _running.Add(sequence);
        var job = sequence.Job;
        if (job.Admitted)
            return;
        job.Admitted = true;
        _observer.Admitted(job);
        Publish(job, new GenerationEvent { Kind = GenerationEventKind.Admitted, Timestamp = now });
    }

    private int AddChunk(Sequence sequence, int budget)
    {
        var count = Math.Min(budget, sequence.Pending);
        _plan.Add(sequence, count);
        return count;
    }

    private void Accept(Sequence sequence, int token, TokenLogprobs? logprobs, long now)
    {
        sequence.Append(token);
        var ended = _tokenizer.IsEndOfGeneration(token) && !sequence.Job.Request.Sampling.IgnoreEos;
        var stopped = !ended && sequence.StopMatcher is { } matcher && matcher.Feed(_tokenizer.GetPiece(token));
        Publish(sequence.Job, new GenerationEvent
        {
            Kind = GenerationEventKind.Token,
            Sequence = sequence.Index,
            Token = token,
            Timestamp = now,
            HeldBackBytes = sequence.StopMatcher?.HeldBack ?? 0,
            Logprobs = logprobs,
        });
        if (ended || stopped)
            Finish(sequence, FinishReason.Stop, null, now, stopped ? sequence.StopMatcher!.HeldBack : 0);
        else if (sequence.Length >= sequence.MaxLength)
            Finish(sequence, FinishReason.Length, null, now);
    }

    private void FailPlanned(ErrorCause cause, long now)
    {
        foreach (ref var item in _plan.Items)
        {
            if (item.Sequence.State == SequenceState.Running)
                Finish(item.Sequence, FinishReason.Error, cause, now);
        }
    }

    private void Finish(Sequence sequence, FinishReason reason, ErrorCause? cause, long now, int cutBytes = 0)
    {
        if (sequence.State == SequenceState.Running)
        {
            _running.Remove(sequence);
            _observer.Ended(sequence, reason);
            ReleaseCells(sequence);
        }
        else
        {
            _waiting.Remove(sequence);
            _observer.Ended(sequence, reason);
        }
        sequence.State = SequenceState.Finished;
        sequence.Sampler.Dispose();
        var job = sequence.Job;
        job.Unfinished--;
        if (job.Unfinished == 0 && !job.Admitted)
            _observer.LeftQueue(job);
        Publish(job, new GenerationEvent
        {
            Kind = GenerationEventKind.SequenceFinished,
            Sequence = sequence.Index,
            Timestamp = now,
            HeldBackBytes = cutBytes,
            FinishReason = reason,
            Cause = cause,
            Passes = sequence.Passes,
            BatchSizeSum = sequence.BatchSizeSum,
        });
    }

    private void ReleaseCells(Sequence sequence)
    {
        _plan.Release(sequence.Slot);
        _freeSlots.Push(sequence.Slot);
        _reserved -= sequence.Reserved;
        UsedCells -= sequence.Computed;
        sequence.Slot = -1;
        sequence.Computed = sequence.Reserved = 0;
    }

    private void Publish(GenerationJob job, in GenerationEvent value)
    {
        job.Stream.Publish(value);
        if (job.NeedsWake)
            return;
        job.NeedsWake = true;
        _toWake.Add(job);
    }
}
