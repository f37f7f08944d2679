using Microsoft.Extensions.Time.Testing;
using Ryot.Engine.Models;
using Xunit;

namespace Ryot.Engine.Tests.Residency;

public sealed class LoadBackoffTests
{
    private readonly FakeTimeProvider _clock = new();

    [Fact]
    public void Waits_double_up_to_five_minutes()
    {
        var backoff = new LoadBackoff(_clock);
        Assert.Equal(TimeSpan.Zero, backoff.Remaining);
        foreach (var seconds in (int[])[1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300])
            Assert.Equal(TimeSpan.FromSeconds(seconds), backoff.Failed(TimeSpan.Zero));
    }

    [Fact]
    public void The_wait_passes_with_time()
    {
        var backoff = new LoadBackoff(_clock);
        backoff.Failed(TimeSpan.Zero);
        backoff.Failed(TimeSpan.Zero);
        _clock.Advance(TimeSpan.FromSeconds(1.5));
        Assert.Equal(TimeSpan.FromSeconds(0.5), backoff.Remaining);
        _clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(TimeSpan.Zero, backoff.Remaining);
    }

    [Fact]
    public void A_model_that_worked_for_long_is_tried_soon_and_one_that_dies_at_once_is_not()
    {
        var backoff = new LoadBackoff(_clock);
        backoff.Failed(TimeSpan.Zero);
        Assert.Equal(TimeSpan.FromSeconds(2), backoff.Failed(TimeSpan.FromSeconds(10)));
        Assert.Equal(TimeSpan.FromSeconds(1), backoff.Failed(TimeSpan.FromMinutes(5)));
        backoff.Reset();
        Assert.Equal(TimeSpan.Zero, backoff.Remaining);
        Assert.Equal(TimeSpan.FromSeconds(1), backoff.Failed(TimeSpan.Zero));
    }
}
