namespace Ryot.Metrics.Tests;

public sealed class TokenRateTests : IDisposable
{
    private readonly Recording _recording = new();

    public void Dispose() => _recording.Dispose();

    [Fact]
    public async Task A_window_not_yet_full_divides_by_the_time_since_the_start()
    {
        Step(batchSize: 4, afterSeconds: 1);
        Step(batchSize: 4, afterSeconds: 1);
        Assert.Equal(4, await RateAsync("1m"));
        Assert.Equal(4, await RateAsync("5m"));
        Assert.Equal(4, await RateAsync("15m"));
        _recording.After(2000);
        Assert.Equal(2, await RateAsync("1m"));
    }

    [Fact]
    public async Task A_constant_rate_is_told_exactly_in_every_window()
    {
        for (var second = 0; second < 1000; second++)
        {
            _recording.Model.RecordStep(new StepObservation { BatchSize = 2, DecodeTokens = 2, Timestamp = _recording.After(250) });
            _recording.Model.RecordStep(new StepObservation { BatchSize = 6, DecodeTokens = 6, Timestamp = _recording.After(750) });
        }

        foreach (var window in (string[])["1m", "5m", "15m"])
        {
            Assert.Equal(2, await RateAsync(window, "2-4"));
            Assert.Equal(6, await RateAsync(window, "5-8"));
            Assert.Equal(8, await RateAsync(window));
        }
    }

    [Fact]
    public async Task Tokens_leave_each_window_when_its_time_is_over_and_an_idle_model_tells_zero()
    {
        _recording.After(1_000_000);
        Step(batchSize: 30, afterSeconds: 0.5);
        Assert.Equal(0, await RateAsync("1m")); // The second that has begun counts when it is over.
        _recording.After(1000);
        Assert.Equal((0.5, 0.1, 30 / 900d), (await RateAsync("1m"), await RateAsync("5m"), await RateAsync("15m")));
        _recording.After(59_000);
        Assert.Equal((0.5, 0.1), (await RateAsync("1m"), await RateAsync("5m")));
        _recording.After(1000);
        Assert.Equal((0, 0.1), (await RateAsync("1m"), await RateAsync("5m")));
        _recording.After(240_000);
        Assert.Equal((0, 30 / 900d), (await RateAsync("5m"), await RateAsync("15m")));
        _recording.After(600_000);
        Assert.Equal(0, await RateAsync("15m"));
        _recording.After(3_600_000);
        Assert.Equal(0, await RateAsync("15m"));
    }

    [Fact]
    public async Task The_ring_forgets_what_was_in_a_slot_a_lap_ago()
    {
        Step(batchSize: 100, afterSeconds: 0.5);
        Step(batchSize: 7, afterSeconds: 1024);
        _recording.After(1000);
        Assert.Equal(7 / 60d, await RateAsync("1m"));
    }

    [Theory]
    [InlineData(1, "1")]
    [InlineData(2, "2-4")]
    [InlineData(4, "2-4")]
    [InlineData(5, "5-8")]
    [InlineData(8, "5-8")]
    [InlineData(9, "9-16")]
    [InlineData(16, "9-16")]
    [InlineData(17, "17-32")]
    [InlineData(32, "17-32")]
    [InlineData(33, "33+")]
    public async Task Tokens_count_for_the_batch_size_that_they_were_decoded_in(int batchSize, string label)
    {
        Step(batchSize, afterSeconds: 1);
        Assert.Equal(batchSize, await RateAsync("1m", label));
        Assert.Equal(batchSize, await RateAsync("1m"));
    }

    [Fact]
    public async Task A_step_stamped_before_the_last_counts_at_its_time_and_is_reported()
    {
        Step(batchSize: 2, afterSeconds: 10);
        _recording.Model.RecordStep(new StepObservation { BatchSize = 3, Timestamp = 0 });
        Assert.Equal(0.5, await RateAsync("1m"));
        Assert.Equal(1, _recording.Metrics.Registry.Dropped(DropReason.TimeBackwards));
    }

    private void Step(int batchSize, double afterSeconds)
        => _recording.Model.RecordStep(new StepObservation { BatchSize = batchSize, DecodeTokens = batchSize, Timestamp = _recording.After(afterSeconds * 1000) });

    private async Task<double> RateAsync(string window, string? batchSize = null)
    {
        var scrape = await _recording.ScrapeAsync();
        Assert.Equal(6, scrape.Matching("ryot_tokens_per_second", ("time_window", window)).Count());
        return batchSize is null
            ? scrape.Sum("ryot_tokens_per_second", ("time_window", window))
            : scrape.One("ryot_tokens_per_second", ("time_window", window), ("batch_size", batchSize));
    }
}
