using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;
using Ryot.Engine.Models;
using Ryot.Engine.Requests;
using Ryot.Metrics;

namespace Ryot.Engine.Scheduling;

/// <summary>
/// The thread that runs one model: takes requests in, schedules, runs forward passes, stamps, and tells metrics what each step did.
/// Requests talk to it through queues; it waits for none of them.
/// </summary>
internal sealed partial class EngineLoop : ISchedulerObserver, IModelState
{
    /// <summary>Waiting requests are looked at for their deadlines this often; running ones at every step.</summary>
    private static readonly TimeSpan _waitingExpiryInterval = TimeSpan.FromMilliseconds(5);

    private readonly IModelRunner _runner;
    private readonly ModelMetrics _metrics;
    private readonly TimeProvider _clock;
    private readonly ILogger _logger;
    private readonly Scheduler _scheduler;
    private readonly ConcurrentQueue<GenerationJob> _submitted = new();
    private readonly ConcurrentQueue<GenerationJob> _cancelled = new();
    private readonly Lock _submitGate = new();
    private readonly object _idleGate = new();
    private readonly DeviceTurn _turn;
    private readonly Thread _thread;
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly long _waitingExpiryTicks;
    private readonly int[] _modes = new int[3];
    private long _nextWaitingExpiry;
    private int _waitingRequests;
    private int _unfinishedRequests;
    private int _usedCells;
    private int _longestRunning;
    private int _runningSequences;
    private long _passStarted;
    private double _lastStepUnixSeconds = double.NaN;
    private long _busySince = long.MaxValue;
    private ErrorCause _deathCause = ErrorCause.InferenceError;
    private bool _closed;
    private bool _signalled;
    private volatile bool _waitsForTurn;
    private volatile bool _stop;
    private volatile bool _cancelAll;

    /// <summary>The model that it runs. Disposed when the thread ends.</summary>
    public IModelRunner Runner => _runner;

    public EngineLoop(
        ModelOptions options, IModelRunner runner, ModelMetrics metrics, DeviceTurns turns, TimeProvider clock, ILogger logger)
    {
        _runner = runner;
        _metrics = metrics;
        _clock = clock;
        _logger = logger;
        _turn = turns.Join();
        _waitingExpiryTicks = ToTicks(_waitingExpiryInterval);
        _scheduler = new Scheduler(runner.Info, runner.Tokenizer, ToTicks(options.PriorityAging), this);
        _thread = new Thread(Run) { IsBackground = true, Name = $"Ryot engine: {options.Id}" };
    }

    /// <summary>Requests that were submitted and have not yet run.</summary>
    public int WaitingRequests => Volatile.Read(ref _waitingRequests);

    /// <summary>Requests that were submitted and have not yet ended.</summary>
    public int UnfinishedRequests => Volatile.Read(ref _unfinishedRequests);

    /// <summary>Completes when the thread has ended; fails if it ended by an error.</summary>
    public Task Ended => _ended.Task;

    public void Start() => _thread.Start();

    /// <summary>Takes a place in the queue if there is one.</summary>
    public bool TryEnterQueue(int limit)
    {
        if (Interlocked.Increment(ref _waitingRequests) <= limit)
            return true;
        Interlocked.Decrement(ref _waitingRequests);
        return false;
    }

    /// <summary>Gives back a place for which no request was submitted after all.</summary>
    public void LeaveQueue() => Interlocked.Decrement(ref _waitingRequests);

    /// <summary>Hands a request over. Its place in the queue must have been taken.</summary>
    /// <returns>False when the loop has ended.</returns>
    public bool TrySubmit(GenerationJob job)
    {
        // The engine's thread takes this lock only once, to close.
        lock (_submitGate)
        {
            if (_closed)
                return false;
            Interlocked.Increment(ref _unfinishedRequests);
            _submitted.Enqueue(job);
        }
        Signal();
        return true;
    }

    public void Cancel(GenerationStream stream)
    {
        _cancelled.Enqueue((GenerationJob)stream.Owner!);
        Signal();
    }

    /// <summary>Ends every request that is left, as cancelled.</summary>
    public void CancelAll()
    {
        _cancelAll = true;
        Signal();
    }

    /// <summary>Ends the thread. What is left is cancelled.</summary>
    public void Stop()
    {
        _stop = true;
        _turn.GiveUp();
        Signal();
    }

    /// <summary>
    /// How long the engine has had work without finishing a step. While it waits for its turn, how long nobody on its device has
    /// finished one.
    /// </summary>
    public TimeSpan StalledFor()
    {
        var since = _waitsForTurn ? _turn.DeviceProgressed : Volatile.Read(ref _busySince);
        var now = _clock.GetTimestamp();
        return since >= now ? TimeSpan.Zero : _clock.GetElapsedTime(since, now);
    }

    public ModelStateSnapshot Read()
    {
        var memory = _runner.Memory;
        return new ModelStateSnapshot
        {
            KvCapacityTokens = _runner.Info.KvCapacity,
            KvUsedTokens = Volatile.Read(ref _usedCells),
            LastStepUnixSeconds = Volatile.Read(ref _lastStepUnixSeconds),
            LongestContextTokens = Volatile.Read(ref _longestRunning),
            RunningSequences = Volatile.Read(ref _runningSequences),
            BusySince = Volatile.Read(ref _passStarted),
            KvBytesPerToken = memory.KvBytesPerToken,
            Memory = memory.Devices,
            DataType = memory.DataType,
            Kernels = _runner.Kernels,
        };
    }

    void ISchedulerObserver.Admitted(GenerationJob job) => Interlocked.Decrement(ref _waitingRequests);

    void ISchedulerObserver.LeftQueue(GenerationJob job) => Interlocked.Decrement(ref _waitingRequests);

    void ISchedulerObserver.Preempted() => _metrics.RecordPreemption();

    void ISchedulerObserver.Ended(Sequence sequence, FinishReason reason)
    {
        if (sequence.Job.Unfinished == 1)
            Interlocked.Decrement(ref _unfinishedRequests);
        WasteCause? cause = reason switch
        {
            FinishReason.Cancelled => WasteCause.Cancelled,
            FinishReason.Timeout => WasteCause.Timeout,
            FinishReason.Error => WasteCause.Error,
            _ => null,
        };
        if (cause is { } waste && sequence.ComputedOnce > 0)
            _metrics.RecordWasted(waste, sequence.ComputedOnce);
    }

    private void Run()
    {
        Exception? failure = null;
        try
        {
            while (!_stop)
            {
                TakeMessages();
                if (_scheduler.HasWork && TakeTurn())
                {
                    Step();
                    _turn.EndPass();
                }
                else if (_scheduler.HasCacheOperations)
                    ChangeCache();
                else
                    WaitForWork();
            }
        }
        catch (Exception exception)
        {
            failure = exception;
            LogLoopFailed(exception);
        }
        Close(failure);
    }

    /// <summary>Waits until it is this engine's turn to use the device, and takes in what has come meanwhile.</summary>
    /// <returns>False when nothing is left to do.</returns>
    private bool TakeTurn()
    {
        if (_turn.TryTake())
            return true;
        PublishState();
        _waitsForTurn = true;
        var taken = _turn.Wait();
        // The time in which it waited is no stall.
        Volatile.Write(ref _busySince, long.MaxValue);
        _waitsForTurn = false;
        TakeMessages();
        return taken && _scheduler.HasWork;
    }

    // A test stops the engine here, which it knows by the stack.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void TakeMessages()
    {
        TakeSubmitted();
        while (_cancelled.TryDequeue(out var job))
        {
            // It may have been submitted since, and must be in the scheduler to be ended.
            TakeSubmitted();
            _scheduler.End(job, FinishReason.Cancelled, null, _clock.GetTimestamp());
        }
        if (_cancelAll)
        {
            _cancelAll = false;
            _scheduler.EndAll(FinishReason.Cancelled, null, _clock.GetTimestamp());
        }
    }

    private void TakeSubmitted()
    {
        while (_submitted.TryDequeue(out var job))
            _scheduler.Enqueue(job, _clock.GetTimestamp());
    }

    private void Step()
    {
        var now = _clock.GetTimestamp();
        if (Volatile.Read(ref _busySince) == long.MaxValue)
            Volatile.Write(ref _busySince, now);
        var waitingToo = now >= _nextWaitingExpiry;
        if (waitingToo)
            _nextWaitingExpiry = now + _waitingExpiryTicks;
        _scheduler.Expire(now, waitingToo);
        var plan = _scheduler.Schedule(now);
        // Who was admitted or expired learns it before the pass, which may take long.
        PublishState();
        if (!plan.Items.IsEmpty || !plan.CacheOperations.IsEmpty)
        {
            var started = _clock.GetTimestamp();
            Volatile.Write(ref _passStarted, started);
            var status = RunPlan(plan);
            now = _clock.GetTimestamp();
            Volatile.Write(ref _passStarted, 0);
            TakeResult(plan, status, started, now);
        }
        Volatile.Write(ref _busySince, _scheduler.HasWork ? now : long.MaxValue);
        PublishState();
    }

    /// <summary>What a reader can see once it knows that its request has ended must not still count that request.</summary>
    private void PublishState()
    {
        Volatile.Write(ref _usedCells, _scheduler.UsedCells);
        Volatile.Write(ref _longestRunning, _scheduler.LongestRunning);
        Volatile.Write(ref _runningSequences, _scheduler.RunningSequences);
        _scheduler.WakeReaders();
    }

    private StepStatus RunPlan(StepPlan plan)
    {
        try
        {
            if (!plan.CacheOperations.IsEmpty)
                _runner.ChangeCache(plan.CacheOperations);
            return plan.Items.IsEmpty ? StepStatus.Completed : _runner.Run(plan);
        }
        catch (Exception exception)
        {
            LogStepFailed(exception);
            return StepStatus.Failed;
        }
    }

    private void TakeResult(StepPlan plan, StepStatus status, long started, long now)
    {
        // A pass that was interrupted in order to stop failed nobody: what is left ends as cancelled.
        if (_stop && status != StepStatus.Completed)
            return;
        switch (status)
        {
            case StepStatus.Completed:
                if (!plan.Items.IsEmpty)
                    RecordStep(plan, started, now);
                _scheduler.Update(started, now);
                break;
            case StepStatus.OutOfCache:
                _scheduler.UpdateOutOfCache(now);
                break;
            case StepStatus.OutOfMemory:
                _scheduler.UpdateFailed(ErrorCause.OutOfMemory, now);
                break;
            case StepStatus.DeviceError:
                _scheduler.UpdateFailed(ErrorCause.CudaError, now);
                // Those that wait cannot be served either: the model has to be loaded anew.
                _deathCause = ErrorCause.CudaError;
                throw new InvalidOperationException("the GPU failed in a forward pass");
            default:
                _scheduler.UpdateFailed(ErrorCause.InferenceError, now);
                break;
        }
    }

    private void RecordStep(StepPlan plan, long started, long now)
    {
        Array.Clear(_modes);
        foreach (ref var item in plan.Items)
        {
            if (item.Sample)
                _modes[(int)item.Sequence.Job.Request.Mode]++;
        }
        var majority = GenerationMode.Standard;
        for (var mode = 1; mode < _modes.Length; mode++)
        {
            if (_modes[mode] > _modes[(int)majority])
                majority = (GenerationMode)mode;
        }
        Volatile.Write(ref _lastStepUnixSeconds, _clock.GetUtcNow().ToUnixTimeMilliseconds() / 1000.0);
        _metrics.RecordStep(new StepObservation
        {
            BatchSize = plan.BatchSize,
            PrefillTokens = plan.PrefillTokens,
            PromptTokensComputed = plan.PromptTokensComputed,
            DecodeTokens = plan.DecodeTokens,
            Majority = majority,
            Started = started,
            Timestamp = now,
        });
        if (plan.RecomputedTokens > 0)
            _metrics.RecordWasted(WasteCause.Preempted, plan.RecomputedTokens);
    }

    private void ChangeCache()
    {
        var now = _clock.GetTimestamp();
        var plan = _scheduler.Schedule(now);
        TakeResult(plan, RunPlan(plan), now, now);
    }

    private void WaitForWork()
    {
        _turn.Leave();
        Volatile.Write(ref _busySince, long.MaxValue);
        PublishState();
        lock (_idleGate)
        {
            while (!_signalled)
                Monitor.Wait(_idleGate);
            _signalled = false;
        }
    }

    /// <summary>Wakes the engine's thread if it is idle, which is the only time that it takes this lock.</summary>
    private void Signal()
    {
        lock (_idleGate)
        {
            _signalled = true;
            Monitor.Pulse(_idleGate);
        }
    }

    private void Close(Exception? failure)
    {
        _turn.Leave();
        lock (_submitGate)
            _closed = true;
        TakeMessages();
        var reason = failure is null ? FinishReason.Cancelled : FinishReason.Error;
        _scheduler.EndAll(reason, failure is null ? null : _deathCause, _clock.GetTimestamp());
        Volatile.Write(ref _busySince, long.MaxValue);
        PublishState();
        _runner.Dispose();
        if (failure is null)
            _ended.SetResult();
        else
            _ended.SetException(failure);
    }

    private long ToTicks(TimeSpan time) => (long)(time.TotalSeconds * _clock.TimestampFrequency);

    [LoggerMessage(Level = LogLevel.Error, Message = "A forward pass failed.")]
    private partial void LogStepFailed(Exception exception);

    [LoggerMessage(Level = LogLevel.Critical, Message = "The engine's loop failed; the model serves no more requests.")]
    private partial void LogLoopFailed(Exception exception);
}
