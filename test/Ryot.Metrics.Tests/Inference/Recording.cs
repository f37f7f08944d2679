using Microsoft.Extensions.Time.Testing;

namespace Ryot.Metrics.Tests;

/// <summary>Metrics with one model on a fake clock, and short forms for what tests do with them.</summary>
internal sealed class Recording : IDisposable
{
    internal const string ModelId = "tiny";

    internal Recording(MetricsOptions? options = null)
    {
        Metrics = new RyotMetrics(Clock, options);
        Model = Metrics.AddModel(ModelId, new ModelDescription { Device = DeviceKind.Cpu });
    }

    /// <summary>The state of a loaded model that is at work, with everything known.</summary>
    internal static ModelStateSnapshot Loaded { get; } = new()
    {
        KvCapacityTokens = 100,
        KvUsedTokens = 25,
        LastStepUnixSeconds = 1234.5,
        KvBytesPerToken = 64,
        LongestContextTokens = 20,
        RunningSequences = 2,
        Memory =
        [
            new DeviceMemory("cpu")
            {
                WeightsBytes = 1000,
                KvCacheBytes = 6400,
                ActivationsBytes = 600,
                PeakBytes = 9000,
                DeviceUsedBytes = 40_000,
                DeviceTotalBytes = 80_000,
            },
        ],
        Kernels = new KernelShares(0.5, 0.3, 0.2),
        DataType = "float16",
    };

    /// <summary>A device that tells everything.</summary>
    internal static DeviceSample Told { get; } = new()
    {
        UtilizationPercent = 75,
        MemoryUsedBytes = 30_000,
        MemoryTotalBytes = 40_000,
        TemperatureCelsius = 61,
        PowerWatts = 250,
        SmClockHertz = 1_410_000_000,
        PcieReceivedBytesPerSecond = 3_000_000,
        PcieSentBytesPerSecond = 1_000_000,
        NewPcieReplays = 5,
        NewNvLinkReceivedBytes = 2048,
        NewNvLinkSentBytes = 1024,
        NewNvLinkErrors = 7,
        NewEccErrors = 2,
        Throttled = TimeSpan.FromSeconds(1.5),
        EnergyJoules = 1000,
    };

    internal FakeTimeProvider Clock { get; } = new(new DateTimeOffset(2026, 3, 4, 5, 6, 7, TimeSpan.Zero));

    internal RyotMetrics Metrics { get; }

    internal ModelMetrics Model { get; }

    internal long Now => Clock.GetTimestamp();

    public void Dispose() => Metrics.Dispose();

    internal long After(double milliseconds)
    {
        Clock.Advance(TimeSpan.FromMilliseconds(milliseconds));
        return Now;
    }

    internal RequestRecorder Start(
        InferenceEndpoint endpoint = InferenceEndpoint.Generate,
        GenerationMode mode = GenerationMode.Standard,
        PriorityLevel priority = PriorityLevel.Normal,
        ExemplarId exemplar = default,
        InferenceOperation operation = InferenceOperation.TextCompletion,
        ContextType context = ContextType.Standard,
        string? tenant = null)
        => Model.StartRequest(endpoint, mode, priority, Now, exemplar, operation, context, tenant);

    /// <summary>A request that was admitted at once.</summary>
    internal RequestRecorder Admit(
        int promptTokens = 10, GenerationMode mode = GenerationMode.Standard, ContextType context = ContextType.Standard, string? tenant = null)
    {
        var request = Start(mode: mode, context: context, tenant: tenant);
        request.Queued(Now, promptTokens);
        request.Admitted(Now);
        return request;
    }

    internal Task<Snapshot> ScrapeAsync() => Metrics.Registry.ScrapeAsync();

    /// <summary>A request that succeeds: 1 ms received to queued, 10 ms waiting, 20 ms prefill, then 5 ms for each token, 2 ms to the end.</summary>
    internal void Succeed(
        int promptTokens = 10,
        int tokens = 5,
        InferenceEndpoint endpoint = InferenceEndpoint.Generate,
        GenerationMode mode = GenerationMode.Standard,
        ExemplarId exemplar = default,
        InferenceOperation operation = InferenceOperation.TextCompletion)
    {
        var request = Start(endpoint, mode, exemplar: exemplar, operation: operation);
        request.Queued(After(1), promptTokens);
        request.Admitted(After(10));
        for (var token = 0; token < tokens; token++)
            request.Token(0, After(token == 0 ? 20 : 5));
        request.SequencePasses(tokens, tokens * 3L);
        request.Finish(After(2), RequestStatus.Success, FinishReason.Stop);
    }

    /// <summary>Makes every live metric have a series with something in it.</summary>
    internal void RecordEverything()
    {
        Model.SetCostModel(CostModelKind.FixedRate);
        Succeed();
        Start().Finish(After(1), RequestStatus.Error, FinishReason.Rejected, ErrorCause.Overloaded);
        var charged = Admit(10);
        charged.PromptAdmitted(10, 4, TimeSpan.FromMinutes(2));
        charged.Cost(0.25, 0.5);
        charged.Finish(After(1), RequestStatus.Success, FinishReason.Stop);
        Model.RecordStep(new StepObservation { BatchSize = 2, PrefillTokens = 8, DecodeTokens = 1, PromptTokensComputed = 8, Timestamp = Now });
        Model.RecordPreemption();
        Model.RecordWasted(WasteCause.Preempted, 3);
        Model.RecordEviction(EvictionReason.Timeout);
        Model.RecordLoad(LoadKind.Cold, LoadResult.Success, TimeSpan.FromSeconds(2));
        Model.SetDescription(new ModelDescription
        {
            Architecture = "llama",
            Quantization = "Q8_0",
            Parameters = 262_144,
            ContextLength = 512,
            Device = DeviceKind.Cpu,
        });
        Model.Attach(new FixedState(Loaded));
        Metrics.RecordStartup(StartupPhase.Ready, TimeSpan.FromSeconds(3));
        Metrics.SetBuildInfo("0.1.0", "abc", "b1");
        var device = Metrics.AddDevice("0", TimeSpan.FromSeconds(15));
        device.Record(Told);
        device.RecordXidErrors(1);
    }

    internal sealed class FixedState(ModelStateSnapshot state) : IModelState
    {
        internal int Reads { get; private set; }

        public ModelStateSnapshot Read()
        {
            Reads++;
            return state;
        }
    }
}
