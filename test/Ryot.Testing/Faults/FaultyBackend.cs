using System.Collections.Concurrent;
using System.Diagnostics;
using Ryot.Engine.Models;
using Ryot.Engine.Requests;
using Ryot.Engine.Scheduling;
using Ryot.Metrics;

namespace Ryot.Testing.Faults;

/// <summary>Another backend, whose models go wrong when a test says so. What does not go wrong is the other's.</summary>
/// <param name="inner">The backend that loads and computes.</param>
public sealed class FaultyBackend(IModelBackend inner) : IModelBackend
{
    private readonly ConcurrentDictionary<string, FaultInjection> _faults = new();

    /// <inheritdoc/>
    public string Version => inner.Version;

    /// <inheritdoc/>
    public IReadOnlyList<string?> GpuBusIds => inner.GpuBusIds;

    /// <summary>The faults of a model.</summary>
    public FaultInjection Of(string modelId) => _faults.GetOrAdd(modelId, _ => new FaultInjection());

    /// <inheritdoc/>
    public MemoryEstimate EstimateMemory(ModelOptions options) => inner.EstimateMemory(options);

    /// <inheritdoc/>
    public IModelRunner Load(ModelOptions options, IProgress<float> progress, LoadPhases phases, CancellationToken cancellationToken)
    {
        var faults = Of(options.Id);
        if (faults.TakeLoad())
            throw new ModelUnavailableException("The test lets this load fail.");
        var runner = inner.Load(options, progress, phases, cancellationToken);
        faults.CountLoaded();
        return new Runner(runner, faults);
    }

    private sealed class Runner(IModelRunner inner, FaultInjection faults) : IModelRunner
    {
        public ModelInfo Info => inner.Info;

        public ITokenizer Tokenizer { get; } = new PickyTokenizer(inner.Tokenizer);

        public ModelMemory Memory => inner.Memory;

        public KernelShares Kernels => inner.Kernels;

        public ISequenceSampler CreateSampler(SamplingParameters parameters, uint seed, ReadOnlySpan<int> prompt) =>
            inner.CreateSampler(parameters, seed, prompt);

        public void ChangeCache(ReadOnlySpan<CacheOperation> operations) => inner.ChangeCache(operations);

        public StepStatus Run(StepPlan plan)
        {
            var started = Stopwatch.GetTimestamp();
            try
            {
                return RunOrFail(plan);
            }
            finally
            {
                faults.CountPass(started);
            }
        }

        private StepStatus RunOrFail(StepPlan plan)
        {
            if (faults.PassDelay is var delay && delay > TimeSpan.Zero)
                Thread.Sleep(delay);
            if (!faults.TryTake(out var fault))
                return inner.Run(plan);
            switch (fault)
            {
                case Fault.SamplingError:
                    var status = inner.Run(plan);
                    plan.Items[0].SamplingFailed = plan.Items[0].Sample;
                    return status;
                case Fault.Hang:
                    faults.Hang();
                    return inner.Run(plan);
            }
            return fault switch
            {
                Fault.OutOfMemory => StepStatus.OutOfMemory,
                Fault.DecodeError => StepStatus.Failed,
                Fault.DeviceError => StepStatus.DeviceError,
                _ => throw new InvalidOperationException("The test lets this pass throw."),
            };
        }

        public void Interrupt()
        {
            if (faults.IsHanging)
                faults.EndHang();
            inner.Interrupt();
        }

        public void Dispose() => inner.Dispose();
    }

    private sealed class PickyTokenizer(ITokenizer inner) : ITokenizer
    {
        public int VocabularySize => inner.VocabularySize;

        public bool HasChatTemplate => inner.HasChatTemplate;

        public int[] Tokenize(string text, bool addSpecial, bool parseSpecial) =>
            text.Contains(FaultInjection.UntokenizableMark, StringComparison.Ordinal)
                ? throw new TokenizationException("The test lets this text be untokenizable.")
                : inner.Tokenize(text, addSpecial, parseSpecial);

        public ReadOnlySpan<byte> GetPiece(int token) => inner.GetPiece(token);

        public bool IsEndOfGeneration(int token) => inner.IsEndOfGeneration(token);

        public string ApplyChatTemplate(IReadOnlyList<ChatMessage> messages) => inner.ApplyChatTemplate(messages);
    }
}
