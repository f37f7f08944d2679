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
    private readonly KvPool _pool;
    private readonly List<Sequence> _scratch = [];
    private readonly List<GenerationJob> _toWake = [];
    private readonly StepPlan _plan;
    private readonly ISchedulerObserver _observer;
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
        _plan = new StepPlan(limits.MaxSequences);
        _pool = new KvPool(limits, _plan, _waiting);
    }

    /// <summary>Whether any sequence waits or runs.</summary>
    public bool HasWork => _running.Count > 0 || _waiting.Count > 0;

    /// <summary>Whether the runner still has to make changes to the cache.</summary>
    public bool HasCacheOperations => !_plan.CacheOperations.IsEmpty;

    public int RunningSequences => _running.Count;

    public int WaitingSequences => _waiting.Count;

    /// <summary>Cells of the KV cache that running sequences hold, shared ones counted once.</summary>
    public int UsedCells => _pool.Cells.Active;

    /// <summary>Cells that running sequences hold or are promised; never more than the capacity.</summary>
    public int ReservedCells => _pool.Cells.Active + _pool.Cells.Promised;

    /// <summary>Cells that hold a token, those that are only kept for reuse included.</summary>
    public int HeldCells => _pool.Cells.Held;

    /// <summary>Tokens of the longest running sequence; 0 when none runs.</summary>
    public int LongestRunning
    {
        get
        {
            var longest = 0;
            foreach (var sequence in _running)
                longest = Math.Max(longest, sequence.Length);
            return longest;
        }
    }

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
        while (budget > 0 && _running.Count < _limits.MaxSequences && _waiting.Peek() is { } next)
        {
            var match = _pool.Find(next, _running);
            if (match.WillGrow || FreeCells <= HeadRoom + next.Length - match.Length + match.IdleCells)
                break;
            Admit(next, match, now);
            budget -= AddChunk(next, budget);
        }
        return _plan;
    }

    /// <summary>Takes in what the runner computed and sampled.</summary>
    /// <param name="started">When the pass began.</param>
    /// <param name="now">When it ended.</param>
    public void Update(long started, long now)
    {
        _plan.ClearCacheOperations();
        ShareTime(now - started);
        _pool.Advance(_plan.Tokens);
        var batchSize = Math.Max(1, _plan.BatchSize);
        foreach (ref var item in _plan.Items)
        {
            var sequence = item.Sequence;
            _pool.Grow(sequence, item.Count);
            sequence.ComputedOnce += Math.Max(0, sequence.Computed - Math.Max(item.Start, sequence.HighWater));
            sequence.HighWater = Math.Max(sequence.HighWater, sequence.Computed);
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
        _plan.ClearCacheOperations();
        if (_pool.IdleSequences > 0)
            _pool.Clear();
        else if (_running.Count > 1)
            Preempt(ChooseVictim());
        else
            FailPlanned(ErrorCause.OutOfMemory, now);
    }

    /// <summary>Takes in that the pass failed: ends the sequences that were in it.</summary>
    public void UpdateFailed(ErrorCause cause, long now)
    {
        _plan.ClearCacheOperations();
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

    private int FreeCells => _pool.Cells.Free;

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
                    _pool.Extend(sequence);
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
        _running.Remove(sequence);
        _pool.Return(sequence, keep: false);
        sequence.State = SequenceState.Waiting;
        _waiting.Requeue(sequence);
        _observer.Preempted();
    }

    private void Admit(Sequence sequence, in PrefixMatch match, long now)
    {
        _waiting.Remove(sequence);
        sequence.State = SequenceState.Running;
        _pool.Take(sequence, match);
        var isFirst = sequence.AdmissionOrder < 0;
        if (isFirst)
            sequence.AdmissionOrder = _admissions++;
        _running.Add(sequence);
        var job = sequence.Job;
        if (!job.Admitted)
        {
            job.Admitted = true;
            _observer.Admitted(job);
            Publish(job, new GenerationEvent { Kind = GenerationEventKind.Admitted, Timestamp = now });
        }
        // What was lost to a preemption and is found again was told before, or was computed.
        var reused = Math.Max(0, Math.Min(sequence.Computed, sequence.PromptLength) - sequence.HighWater);
        sequence.HighWater = Math.Max(sequence.HighWater, sequence.Computed);
        if (sequence.CountsPrompt && (isFirst || reused > 0))
            PublishPrompt(sequence, isFirst ? sequence.PromptLength : 0, reused, now);
    }

    private void PublishPrompt(Sequence sequence, int promptTokens, int reused, long now) =>
        Publish(sequence.Job, new GenerationEvent
        {
            Kind = GenerationEventKind.PromptAdmitted,
            Sequence = sequence.Index,
            Timestamp = now,
            Admission = new PromptAdmission(promptTokens, reused, promptTokens > 0 ? sequence.PrefixLastSeen : null),
        });

    /// <summary>Shares a pass's time among its sequences by their tokens, so that the shares add up to exactly that time.</summary>
    private void ShareTime(long ticks)
    {
        long before = 0;
        foreach (ref var item in _plan.Items)
        {
            var sequence = item.Sequence;
            var prompt = Math.Clamp(sequence.PromptLength - item.Start, 0, item.Count);
            sequence.PromptTicks += Share(before + prompt) - Share(before);
            sequence.CompletionTicks += Share(before + item.Count) - Share(before + prompt);
            before += item.Count;
        }

        long Share(long tokens) => ticks * tokens / _plan.Tokens;
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
            // After a failed pass nobody knows what its cells hold.
            _pool.Return(sequence, keep: reason != FinishReason.Error);
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
            Usage = new SequenceUsage(sequence.Passes, sequence.BatchSizeSum, sequence.PromptTicks, sequence.CompletionTicks),
        });
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
