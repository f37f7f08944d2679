using Microsoft.Extensions.Time.Testing;
using Ryot.Engine.Models;
using Ryot.Engine.Requests;
using Ryot.Metrics;
using Xunit;
using static Ryot.Engine.Tests.Residency.ResidencyHarness;

namespace Ryot.Engine.Tests.Residency;

/// <summary>Models that do not fit on a GPU, and GPUs that fail.</summary>
public sealed class DeviceFailureTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_model_that_does_not_fit_is_loaded_with_fewer_layers_where_that_is_allowed()
    {
        var tried = new List<int>();
        await using var harness = new ResidencyHarness(0, OnDemand("a") with { AllowFewerGpuLayers = true })
        {
            OnLoad = options => FitLayers(options, 20, tried),
        };
        await harness.AskAsync("a");
        Assert.Equal([-1, 30, 20], tried);
        Assert.Equal((1, 0, 0), await AttemptsAsync(harness));
        Assert.Null(harness["a"].Failure);

        // What is in memory is what was asked for, as far as it goes: the same configuration changes nothing.
        harness.Engine.Apply([OnDemand("a") with { AllowFewerGpuLayers = true, QueueLimit = 7 }]);
        await harness.AskAsync("a");
        Assert.Equal(3, tried.Count);
    }

    [Fact]
    public async Task Where_it_is_not_allowed_the_load_fails_with_the_figures()
    {
        var tried = new List<int>();
        await using var harness = new ResidencyHarness(new FakeTimeProvider(), 0, OnDemand("a")) { OnLoad = options => FitLayers(options, 20, tried) };
        var failure = await Assert.ThrowsAsync<EngineException>(() => harness.AskAsync("a"));
        Assert.Contains("needs 40 and has 20", failure.Message, StringComparison.Ordinal);
        Assert.Equal([-1], tried);
        Assert.Equal((0, 1, 0), await AttemptsAsync(harness));
    }

    [Fact]
    public async Task A_model_that_fits_in_no_way_fails_after_all_ways_were_tried()
    {
        var tried = new List<int>();
        await using var harness = new ResidencyHarness(new FakeTimeProvider(), 0, OnDemand("a") with { AllowFewerGpuLayers = true, GpuLayers = 15 })
        {
            OnLoad = options => FitLayers(options, -1, tried),
        };
        await Assert.ThrowsAsync<EngineException>(() => harness.AskAsync("a"));
        Assert.Equal([15, 5, 0], tried);
        Assert.Equal((0, 1, 0), await AttemptsAsync(harness));
    }

    [Fact]
    public async Task Room_is_made_anew_for_what_is_then_in_the_machine_s_own_memory()
    {
        await using var harness = new ResidencyHarness(4, OnDemand("a"), OnDemand("b") with { AllowFewerGpuLayers = true });
        harness.Backend.Size = options => options.GpuLayers == 0 ? 4 : 1;
        harness.OnLoad = options =>
        {
            if (options is { Id: "b", GpuLayers: not 0 })
                throw new OutOfDeviceMemoryException("It does not fit.", 0);
        };
        await harness.AskAsync("a");
        await harness.AskAsync("b");
        Assert.Equal((ModelStatus.NotLoaded, 4), (harness["a"].Status, harness.Engine.MemoryInUse(MemoryEstimate.Cpu)));
        Assert.Equal(1, await harness.EvictionsAsync("a", "memory_pressure"));
    }

    [Fact]
    public async Task A_GPU_that_fails_ends_the_model_s_requests_and_the_model_is_loaded_again_on_its_next_use()
    {
        await using var harness = new ResidencyHarness(
            new FakeTimeProvider(), 0, OnDemand("a") with { MaxSequences = 1, PrefixCache = false }, OnDemand("b"));
        using var gate = new ManualResetEventSlim();
        harness.Backend.OnStep = _ => gate.Wait(Cancellation);
        harness.Backend.Failures.Enqueue(StepStatus.DeviceError);
        using (var lease = await harness.AcquireAsync("a"))
        {
            await using var running = lease.Submit(Request());
            await using var waiting = lease.Submit(Request());
            gate.Set();
            Assert.Equal((FinishReason.Error, ErrorCause.CudaError), await EndAsync(running));
            Assert.Equal((FinishReason.Error, ErrorCause.CudaError), await EndAsync(waiting));
            await harness.UntilAsync("a", ModelStatus.Failed);
        }
        Assert.Contains("the GPU failed", harness["a"].Failure, StringComparison.Ordinal);
        Assert.Equal(RefusalReason.Unavailable, (await Assert.ThrowsAsync<EngineException>(() => harness.AskAsync("a"))).Reason);
        await harness.AskAsync("b");

        harness.FakeClock.Advance(TimeSpan.FromSeconds(1));
        await harness.AskAsync("a");
        Assert.Equal(2, harness.Loads("a"));
    }

    [Fact]
    public async Task A_pass_that_runs_out_of_memory_fails_its_requests_and_no_others()
    {
        await using var harness = new ResidencyHarness(0, OnDemand("a") with { MaxSequences = 1, PrefixCache = false });
        using var gate = new ManualResetEventSlim();
        harness.Backend.OnStep = _ => gate.Wait(Cancellation);
        harness.Backend.Failures.Enqueue(StepStatus.OutOfMemory);
        using var lease = await harness.AcquireAsync("a");
        await using var running = lease.Submit(Request());
        await using var waiting = lease.Submit(Request());
        gate.Set();
        Assert.Equal((FinishReason.Error, ErrorCause.OutOfMemory), await EndAsync(running));
        Assert.Equal((FinishReason.Stop, null), await EndAsync(waiting));
        Assert.Equal(1, harness.Loads("a"));
    }

    /// <summary>A GPU with room for so many of 40 layers, which suggests 10 fewer each time.</summary>
    private static void FitLayers(ModelOptions options, int room, List<int> tried)
    {
        tried.Add(options.GpuLayers);
        var layers = options.GpuLayers < 0 ? 40 : options.GpuLayers;
        if (layers > room)
            throw new OutOfDeviceMemoryException($"it needs {layers} and has {room}.", Math.Max(0, layers - 10));
    }

    private static async Task<(double Partial, double Failed, double Success)> AttemptsAsync(ResidencyHarness harness) =>
        (await harness.AttemptsAsync("a", "partial", "cold"), await harness.AttemptsAsync("a", "failed", "cold"), await harness.AttemptsAsync("a", "success", "cold"));

    private static async Task<(FinishReason?, ErrorCause?)> EndAsync(GenerationStream stream)
    {
        (FinishReason?, ErrorCause?) end = default;
        while (await stream.WaitToReadAsync(Cancellation))
        {
            while (stream.TryRead(out var value))
            {
                if (value.Kind == GenerationEventKind.SequenceFinished)
                    end = (value.FinishReason, value.Cause);
            }
        }
        return end;
    }
}
