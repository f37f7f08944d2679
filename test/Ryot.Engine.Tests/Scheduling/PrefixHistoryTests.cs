using Microsoft.Extensions.Time.Testing;
using Ryot.Engine.Scheduling;
using Xunit;

namespace Ryot.Engine.Tests.Scheduling;

public sealed class PrefixHistoryTests
{
    private readonly FakeTimeProvider _clock = new();
    private readonly PrefixHistory _history;

    public PrefixHistoryTests() => _history = new PrefixHistory(_clock);

    [Fact]
    public void A_prompt_that_was_never_asked_for_is_unknown()
    {
        Assert.Equal((0, null), _history.Visit(Prompt(100)));
        Assert.Equal((0, null), _history.Visit(Prompt(100, first: 7)));
    }

    [Fact]
    public void The_longest_known_beginning_tells_the_time()
    {
        _history.Visit(Prompt(100));
        _clock.Advance(TimeSpan.FromMinutes(10));
        // Shares two blocks of 16 with the first prompt.
        Assert.Equal((32, TimeSpan.FromMinutes(10)), _history.Visit([.. Prompt(40), .. Enumerable.Repeat(9999, 60)]));
        _clock.Advance(TimeSpan.FromMinutes(5));
        // Its first two blocks were seen 5 minutes ago, the rest 15.
        Assert.Equal((96, TimeSpan.FromMinutes(15)), _history.Visit(Prompt(100)));
        Assert.Equal((96, TimeSpan.Zero), _history.Visit(Prompt(100)));
    }

    [Fact]
    public void Prompts_too_short_to_share_are_not_noted()
    {
        _history.Visit(Prompt(15));
        Assert.Equal((0, null), _history.Visit(Prompt(15)));
    }

    [Fact]
    public void It_forgets_when_it_is_full_and_still_knows_what_came_last()
    {
        for (var first = 0; first < 30_000; first++)
            _history.Visit(Prompt(64, first * 100));
        _clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal((64, TimeSpan.FromSeconds(1)), _history.Visit(Prompt(64, 29_999 * 100)));
        Assert.Equal(0, _history.Visit(Prompt(64)).Length);
    }

    [Fact]
    public void No_prompt_was_last_seen_in_the_future_however_many_come_at_once()
    {
        var history = new PrefixHistory(TimeProvider.System);
        var prompt = Prompt(2000);
        Parallel.For(0, 8, _ =>
        {
            for (var i = 0; i < 2000; i++)
                Assert.False(history.Visit(prompt).LastSeen < TimeSpan.Zero);
        });
    }

    private static int[] Prompt(int length, int first = 1) => [.. Enumerable.Range(first, length)];
}
