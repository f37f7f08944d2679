using Ryot.Engine.Models;
using Ryot.Engine.Requests;
using Ryot.Engine.Scheduling;
using Ryot.Metrics;
using Ryot.Testing;
using Xunit;

namespace Ryot.Engine.Tests.Scheduling;

/// <summary>
/// Drives a scheduler without a thread, a model or a clock, keeps a second account of every cache cell, and checks after each step what
/// must always hold.
/// </summary>
internal sealed class SchedulerHarness : ISchedulerObserver
{
    private readonly SimulatedKvCache _cache;
    private readonly PrefixHistory _history = new(TimeProvider.System);
    private readonly Dictionary<Sequence, List<GenerationEvent>> _events = [];
    private readonly HashSet<GenerationJob> _admitted = [];

    public SchedulerHarness(
        int capacity,
        int maxSequences,
        int batchTokens,
        long aging = 1000,
        int? maxSequenceLength = null,
        int cachedSequences = 0,
        int? cachedTokens = null,
        double keepTokens = double.MaxValue)
    {
        Limits = new ModelInfo
        {
            Architecture = "test",
            Quantization = "F32",
            Parameters = 1,
            SizeBytes = 1,
            TrainedContextLength = capacity,
            Device = DeviceKind.Cpu,
            KvCapacity = capacity,
            MaxSequenceLength = maxSequenceLength ?? capacity,
            MaxSequences = maxSequences,
            CachedSequences = cachedSequences,
            CachedTokens = cachedTokens ?? capacity,
            CacheKeepTokens = keepTokens,
            MaxBatchTokens = batchTokens,
        };
        _cache = new SimulatedKvCache(maxSequences + cachedSequences, capacity);
        Scheduler = new Scheduler(Limits, new NumberTokenizer(), aging, this);
    }

    public ModelInfo Limits { get; }

    public Scheduler Scheduler { get; }

    public long Now { get; set; }

    public List<GenerationJob> Jobs { get; } = [];

    public List<GenerationJob> AdmissionOrder { get; } = [];

    public int Preemptions { get; private set; }

    /// <summary>Tokens that were computed a second time or more often.</summary>
    public int RecomputedTokens { get; private set; }

    /// <summary>Prompt tokens that were computed for the first time.</summary>
    public int PromptTokensComputed { get; private set; }

    /// <summary>All tokens that were computed.</summary>
    public int ComputedTokens { get; private set; }

    public long WastedTokens { get; private set; }

    /// <summary>Cells that hold a token, in the simulated cache.</summary>
    public int HeldCells => _cache.HeldCells;

    public int LeftQueueCount { get; private set; }

    public int LiveSamplers { get; private set; }

    public GenerationJob Submit(
        int promptLength,
        int maxTokens,
        PriorityLevel priority = PriorityLevel.Normal,
        int sequences = 1,
        long? deadline = null,
        int? endAfter = null) =>
        Submit([.. Enumerable.Range(1, promptLength)], maxTokens, priority, sequences, deadline, endAfter);

    public GenerationJob Submit(
        int[] prompt,
        int maxTokens,
        PriorityLevel priority = PriorityLevel.Normal,
        int sequences = 1,
        long? deadline = null,
        int? endAfter = null)
    {
        var request = new GenerationRequest
        {
            Prompts = [prompt],
            SequencesPerPrompt = sequences,
            Priority = priority,
            Deadline = deadline,
            Sampling = new SamplingParameters { MaxTokens = maxTokens },
        };
        var recurring = _history.Visit(prompt).Length;
        var job = new GenerationJob(request, new GenerationStream(_ => { }));
        for (var i = 0; i < sequences; i++)
        {
            LiveSamplers++;
            var maxLength = Math.Min(Limits.MaxSequenceLength, prompt.Length + maxTokens);
            job.Sequences[i] = new Sequence(job, i, request.Prompts[0], maxLength, new Sampler(this, endAfter)) { RecurringPrefix = recurring };
            _events[job.Sequences[i]] = [];
        }
        Jobs.Add(job);
        Scheduler.Enqueue(job, Now);
        return job;
    }

    /// <summary>One step of the engine's loop.</summary>
    public StepPlan Step(StepStatus status = StepStatus.Completed, Func<int, bool>? samplingFails = null)
    {
        Now++;
        Scheduler.Expire(Now, waitingToo: true);
        var running = Jobs.SelectMany(job => job.Sequences).Where(s => s.State == SequenceState.Running).ToDictionary(s => s, s => s.Cells);
        var plan = Scheduler.Schedule(Now);
        CheckPlan(plan, running);
        _cache.Change(plan.CacheOperations);
        switch (status)
        {
            case StepStatus.Completed:
                Compute(plan, samplingFails);
                Scheduler.Update(Now - 1, Now);
                break;
            case StepStatus.OutOfCache:
                Scheduler.UpdateOutOfCache(Now);
                break;
            default:
                Scheduler.UpdateFailed(ErrorCause.InferenceError, Now);
                break;
        }
        Scheduler.WakeReaders();
        ReadEvents();
        CheckCells();
        return plan;
    }

    public void RunUntilIdle(int mostSteps = 100_000)
    {
        for (var i = 0; Scheduler.HasWork; i++)
        {
            Assert.True(i < mostSteps, "The scheduler makes no progress.");
            Step();
        }
        do
            Step();
        while (Scheduler.HasCacheOperations);
        Assert.Equal(0, Scheduler.UsedCells);
        Assert.Equal(0, Scheduler.ReservedCells);
        Assert.Equal(Scheduler.HeldCells, HeldCells);
        Assert.Equal(0, LiveSamplers);
    }

    public IReadOnlyList<GenerationEvent> EventsOf(GenerationJob job, int sequence = 0) => _events[job.Sequences[sequence]];

    public List<int> TokensOf(GenerationJob job, int sequence = 0) =>
        [.. EventsOf(job, sequence).Where(e => e.Kind == GenerationEventKind.Token).Select(e => e.Token)];

    public GenerationEvent EndOf(GenerationJob job, int sequence = 0) =>
        Assert.Single(EventsOf(job, sequence), e => e.Kind == GenerationEventKind.SequenceFinished);

    /// <summary>The token that follows a text of this length: what a deterministic model would say.</summary>
    public static int TokenAt(int length) => 1000 + length;

    void ISchedulerObserver.Admitted(GenerationJob job)
    {
        Assert.True(_admitted.Add(job), "A request was admitted twice.");
        AdmissionOrder.Add(job);
    }

    void ISchedulerObserver.LeftQueue(GenerationJob job)
    {
        Assert.DoesNotContain(job, _admitted);
        LeftQueueCount++;
    }

    void ISchedulerObserver.Preempted() => Preemptions++;

    void ISchedulerObserver.Ended(Sequence sequence, FinishReason reason)
    {
        if (reason is FinishReason.Cancelled or FinishReason.Timeout or FinishReason.Error)
            WastedTokens += sequence.ComputedOnce;
    }

    private void Compute(StepPlan plan, Func<int, bool>? samplingFails)
    {
        RecomputedTokens += plan.RecomputedTokens;
        PromptTokensComputed += plan.PromptTokensComputed;
        ComputedTokens += plan.Tokens;
        foreach (ref var item in plan.Items)
        {
            _cache.Append(item);
            if (!item.Sample)
                continue;
            var sampler = (Sampler)item.Sampler;
            item.SamplingFailed = samplingFails?.Invoke(item.Slot) ?? false;
            item.Sampled = sampler.Next(item.Start + item.Count);
        }
    }

    private void CheckPlan(StepPlan plan, Dictionary<Sequence, CellRange?> running)
    {
        var total = 0;
        var slots = new HashSet<int>();
        var decodingOver = false;
        foreach (ref var item in plan.Items)
        {
            Assert.True(slots.Add(item.Slot), "A slot is in the plan twice.");
            Assert.InRange(item.Slot, 0, Limits.MaxSequences + Limits.CachedSequences - 1);
            Assert.True(item.Count >= 1);
            total += item.Count;
            // One that comes back after a preemption and finds all but its last token in the cache is admitted like any other.
            var wentOn = running.TryGetValue(item.Sequence, out var before) && before == item.Sequence.Cells;
            Assert.False(item.Sequence.IsDecoding && decodingOver && wentOn, "A decoding sequence comes after a prompt chunk.");
            decodingOver |= !item.Sequence.IsDecoding;
        }
        Assert.True(total <= Limits.MaxBatchTokens, "The step is over its budget.");
        Assert.Equal(total, plan.DecodeTokens + plan.PrefillTokens);
        Assert.True(Scheduler.RunningSequences <= Limits.MaxSequences);
        Assert.True(Scheduler.ReservedCells <= Limits.KvCapacity, "More cells are promised than there are.");
    }

    private void CheckCells()
    {
        // The second account: the simulated cache's, which lags by the changes that the next plan makes.
        var running = Jobs.SelectMany(job => job.Sequences).Where(s => s.State == SequenceState.Running).ToList();
        Assert.Equal(_cache.CountCells([.. running.Where(s => s.Computed > 0).Select(s => s.Slot)]), Scheduler.UsedCells);
        Assert.All(running, sequence => Assert.Equal(_cache.Length(sequence.Slot), sequence.Computed));
        Assert.True(Scheduler.UsedCells <= Scheduler.ReservedCells);
        if (!Scheduler.HasCacheOperations)
            Assert.Equal(_cache.HeldCells, Scheduler.HeldCells);
        if (Limits.CachedSequences == 0)
            Assert.Equal(Scheduler.UsedCells, Scheduler.HeldCells);
    }

    private void ReadEvents()
    {
        foreach (var job in Jobs)
        {
            while (job.Stream.TryRead(out var value))
            {
                if (value.Kind == GenerationEventKind.Admitted)
                    continue;
                var events = _events[job.Sequences[value.Sequence]];
                Assert.DoesNotContain(events, e => e.Kind == GenerationEventKind.SequenceFinished);
                events.Add(value);
            }
        }
    }

    private sealed class Sampler(SchedulerHarness harness, int? endAfter) : ISequenceSampler
    {
        private bool _disposed;
        private int _sampled;

        public int Next(int length) => ++_sampled > endAfter ? 0 : TokenAt(length);

        public void Dispose()
        {
            Assert.False(_disposed, "A sampler was disposed twice.");
            _disposed = true;
            harness.LiveSamplers--;
        }
    }

    private sealed class NumberTokenizer : ITokenizer
    {
        public int VocabularySize => int.MaxValue;

        public bool HasChatTemplate => false;

        public int[] Tokenize(string text, bool addSpecial, bool parseSpecial) => throw new NotSupportedException();

        public ReadOnlySpan<byte> GetPiece(int token) => "x"u8;

        public bool IsEndOfGeneration(int token) => token == 0;

        public string ApplyChatTemplate(IReadOnlyList<ChatMessage> messages) => throw new NotSupportedException();
    }
}
