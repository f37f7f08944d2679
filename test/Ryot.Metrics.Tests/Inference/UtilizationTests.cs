using CsCheck;

namespace Ryot.Metrics.Tests;

public sealed class UtilizationTests : IDisposable
{
    private readonly Recording _recording = new();
    private long _busySince;
    private double _device = double.NaN;
    private KernelShares _kernels = new(0.5, 0.3, 0.2);

    public UtilizationTests() => _recording.Model.Attach(new State(this));

    public void Dispose() => _recording.Dispose();

    [Fact]
    public async Task The_device_s_own_utilization_is_split_by_kind_of_operation()
    {
        _device = 80;
        Assert.Equal(
            [("matmul", 40d), ("attention", 24), ("other", 16)],
            (await _recording.ScrapeAsync()).Matching("ryot_gpu_utilization_percent", ("device_id", "cpu"))
                .Select(sample => (sample.Labels["kernel_type"], sample.Value)));
        _device = 170;
        Assert.Equal(100, await PercentAsync(), 1e-9);
    }

    [Fact]
    public async Task Where_the_device_tells_none_it_is_the_engine_s_busy_share_of_the_last_ten_seconds()
    {
        _recording.After(20_000);
        Step(afterMilliseconds: 0, milliseconds: 500);
        Assert.Equal(0, await PercentAsync()); // The second that has begun counts when it is over.
        _recording.After(500);
        Assert.Equal(5, await PercentAsync());
        Step(afterMilliseconds: 250, milliseconds: 3500);
        _recording.After(250);
        Assert.Equal(40, await PercentAsync());
        _recording.After(5_000);
        Assert.Equal(40, await PercentAsync());
        _recording.After(1_000);
        Assert.Equal(35, await PercentAsync());
        _recording.After(4_000);
        Assert.Equal(0, await PercentAsync());
        _recording.After(3_600_000);
        Assert.Equal(0, await PercentAsync());
    }

    [Fact]
    public async Task A_window_not_yet_full_covers_the_time_so_far()
    {
        Assert.Equal(0, await PercentAsync());
        Step(afterMilliseconds: 600, milliseconds: 200);
        Assert.Equal(25, await PercentAsync(), 1e-9);
        _recording.After(1200);
        Assert.Equal(10, await PercentAsync(), 1e-9);
    }

    /// <summary>What is counted only when it ends looks idle while it is busiest.</summary>
    [Fact]
    public async Task A_long_pass_is_seen_while_it_runs_and_counts_once_when_it_has_ended()
    {
        var started = _recording.After(60_000);
        _busySince = started;
        _recording.After(3_000);
        Assert.Equal(30, await PercentAsync(), 1e-9);
        _recording.After(57_000);
        Assert.Equal(100, await PercentAsync(), 1e-9);

        _recording.Model.RecordStep(new StepObservation { PrefillTokens = 1, Started = started, Timestamp = _recording.Now });
        Assert.Equal(100, await PercentAsync(), 1e-9); // As a scrape sees it that read the state just before the pass ended.
        _busySince = 0;
        Assert.Equal(100, await PercentAsync(), 1e-9);
        _recording.After(4_000);
        Assert.Equal(60, await PercentAsync(), 1e-9);
    }

    [Fact]
    public async Task A_scrape_that_read_the_state_just_before_a_pass_ended_counts_it_once()
    {
        Step(20_000, 300);
        _busySince = _recording.After(200);
        Step(0, 200);
        _recording.After(300);
        Assert.Equal(8, await PercentAsync(), 1e-9); // What comes after it is taken for the next pass.
        _busySince = 0;
        Assert.Equal(5, await PercentAsync(), 1e-9);
    }

    [Fact]
    public async Task Time_that_two_passes_claim_counts_once()
    {
        var (started, ended) = Step(20_000, 300);
        _recording.Model.RecordStep(new StepObservation { PrefillTokens = 1, Started = started, Timestamp = ended });
        _recording.After(700);
        Assert.Equal(3, await PercentAsync(), 1e-9);
    }

    [Fact]
    public async Task Passes_without_a_begin_or_that_end_before_it_count_as_no_time()
    {
        _recording.Model.RecordStep(new StepObservation { PrefillTokens = 1, Timestamp = _recording.After(1000) });
        _recording.Model.RecordStep(new StepObservation { PrefillTokens = 1, Started = _recording.Now + 1, Timestamp = _recording.Now });
        Assert.Equal(0, await PercentAsync());
        Assert.Equal(1, _recording.Metrics.Registry.Dropped(DropReason.TimeBackwards));
    }

    [Fact]
    public async Task It_is_absent_before_the_first_profile()
    {
        _kernels = new KernelShares(double.NaN, double.NaN, double.NaN);
        Assert.Empty((await _recording.ScrapeAsync()).Matching("ryot_gpu_utilization_percent"));
    }

    [Fact]
    public void Any_passes_give_the_share_that_they_have()
        => Gen.Select(Gen.Int[0, 3000], Gen.Int[0, 4000]).Array[1, 40].Sample(
            passes =>
            {
                using var tests = new UtilizationTests();
                var origin = tests._recording.Now;
                var busy = new List<(long Start, long End)>();
                foreach (var (pause, length) in passes)
                    busy.Add(tests.Step(pause, length));

                var frequency = tests._recording.Clock.TimestampFrequency;
                var now = tests._recording.Now;
                var seconds = (now - origin) / frequency;
                var (from, until) = seconds >= 10 ? (origin + ((seconds - 10) * frequency), origin + (seconds * frequency)) : (origin, now);
                var within = busy.Sum(pass => Math.Max(0, Math.Min(pass.End, until) - Math.Max(pass.Start, from)));
                var expected = until == from ? 0 : 100d * within / (until - from);
                Assert.Equal(expected, tests.PercentAsync().GetAwaiter().GetResult(), 1e-9);
            },
            iter: 100);

    [Fact]
    public void Steps_with_all_that_can_be_told_allocate_nothing()
    {
        Step(100, 50);
        var step = new StepObservation
        {
            BatchSize = 4,
            PrefillTokens = 10,
            PromptTokensComputed = 10,
            DecodeTokens = 3,
            Started = _recording.Now,
            Timestamp = _recording.After(40_000),
        };
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var steps = 0; steps < 100; steps++)
            _recording.Model.RecordStep(step);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private (long Start, long End) Step(double afterMilliseconds, double milliseconds)
    {
        var started = _recording.After(afterMilliseconds);
        var ended = _recording.After(milliseconds);
        _recording.Model.RecordStep(new StepObservation { PrefillTokens = 1, Started = started, Timestamp = ended });
        return (started, ended);
    }

    private async Task<double> PercentAsync() => (await _recording.ScrapeAsync()).Sum("ryot_gpu_utilization_percent");

    private sealed class State(UtilizationTests test) : IModelState
    {
        public ModelStateSnapshot Read() => new()
        {
            BusySince = test._busySince,
            Kernels = test._kernels,
            Memory = [new DeviceMemory("cpu") { UtilizationPercent = test._device }],
        };
    }
}
