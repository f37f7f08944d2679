using CsCheck;

namespace Ryot.Metrics.Tests;

public sealed class CostModelTests
{
    private static readonly DateTimeOffset _now = new(2026, 3, 4, 5, 6, 7, TimeSpan.Zero);

    [Fact]
    public void Fixed_rates_are_for_each_thousand_tokens_and_have_defaults()
    {
        Assert.Equal(new TokenCost(0.0015, 0.012), new FixedRateCost().Charge("m", Used(1000, 2000), _now));
        Assert.Equal(new TokenCost(0.5, 0), new FixedRateCost(1, 2).Charge("m", Used(500, 0), _now));
        Assert.Equal(CostModelKind.FixedRate, new FixedRateCost().Kind);
    }

    [Fact]
    public void Dynamic_cost_is_the_engine_time_at_the_machine_s_price()
    {
        var usage = new TokenUsage(10, 20, TimeSpan.FromSeconds(36), TimeSpan.FromMinutes(30));
        Assert.Equal(new TokenCost(0.02, 1), new DynamicCost(2).Charge("m", usage, _now));
        Assert.Equal(CostModelKind.Dynamic, new DynamicCost(2).Kind);
    }

    [Fact]
    public void A_request_that_crosses_a_tier_s_boundary_is_charged_in_part_by_each()
    {
        var cost = new TieredCost([new(0, 1000, 4000), new(100, 500, 2000), new(150, 0, 1000)], new InMemoryVolumeLedger());
        Assert.Equal(CostModelKind.Tiered, cost.Kind);
        Assert.Equal(new TokenCost(90, 0), cost.Charge("m", Used(90, 0), _now));
        // 10 prompt tokens in the first tier and 10 in the second, then 40 completion tokens there and 10 in the third.
        Assert.Equal(new TokenCost(10 + 5, 80 + 10), cost.Charge("m", Used(20, 50), _now));
        Assert.Equal(new TokenCost(0, 1), cost.Charge("m", Used(7, 1), _now));
    }

    [Fact]
    public void The_volume_is_that_of_the_model_in_the_calendar_month_of_utc()
    {
        var cost = new TieredCost([new(0, 1000, 1000), new(10, 0, 0)], new InMemoryVolumeLedger());
        var january = new DateTimeOffset(2026, 1, 31, 23, 59, 59, TimeSpan.Zero);
        Assert.Equal(10, cost.Charge("m", Used(11, 0), january).PromptUsd);
        Assert.Equal(0, cost.Charge("m", Used(1, 0), january).PromptUsd);
        Assert.Equal(1, cost.Charge("other", Used(1, 0), january).PromptUsd);
        // February where the clock stands, but still January in UTC.
        Assert.Equal(0, cost.Charge("m", Used(1, 0), new DateTimeOffset(2026, 2, 1, 0, 30, 0, TimeSpan.FromHours(1))).PromptUsd);
        Assert.Equal(1, cost.Charge("m", Used(1, 0), january.AddSeconds(1)).PromptUsd);
        Assert.Equal(1, cost.Charge("m", Used(1, 0), january.AddYears(1)).PromptUsd);
    }

    [Fact]
    public void Any_requests_cost_what_their_tokens_cost_one_by_one()
        => Gen.Select(
            Gen.Int[1, 40].Array[0, 4],
            Gen.Select(Gen.Int[0, 9], Gen.Int[0, 9]).Array[5],
            Gen.Select(Gen.Int[0, 30], Gen.Int[0, 30]).Array[1, 10]).Sample(
            (widths, rates, requests) =>
            {
                long from = 0;
                var tiers = new List<CostTier> { new(0, rates[0].Item1 * 1000, rates[0].Item2 * 1000) };
                foreach (var (number, width) in widths.Index())
                    tiers.Add(new CostTier(from += width, rates[number + 1].Item1 * 1000, rates[number + 1].Item2 * 1000));
                var cost = new TieredCost(tiers, new InMemoryVolumeLedger());
                var volume = 0;
                foreach (var (prompt, completion) in requests)
                {
                    var expected = (Prompt: 0d, Completion: 0d);
                    for (var token = 0; token < prompt; token++)
                        expected.Prompt += TierAt(volume++).PromptUsdPerThousand / 1000;
                    for (var token = 0; token < completion; token++)
                        expected.Completion += TierAt(volume++).CompletionUsdPerThousand / 1000;
                    Assert.Equal(new TokenCost(expected.Prompt, expected.Completion), cost.Charge("m", Used(prompt, completion), _now));
                }

                CostTier TierAt(long token) => tiers.Last(tier => tier.FromTokens <= token);
            },
            iter: 500);

    [Fact]
    public void Requests_on_many_threads_share_the_tiers_exactly()
    {
        var cost = new TieredCost([new(0, 1000, 0), new(5_000, 0, 0)], new InMemoryVolumeLedger());
        var charged = new double[4];
        Parallel.For(0, 4, thread =>
        {
            for (var request = 0; request < 1000; request++)
                charged[thread] += cost.Charge("m", Used(3, 0), _now).PromptUsd;
        });
        Assert.Equal(5_000, charged.Sum());
    }

    [Fact]
    public void Prices_and_tiers_that_cannot_be_are_refused()
    {
        foreach (var price in (double[])[-0.1, double.NaN, double.PositiveInfinity])
        {
            Assert.Throws<ArgumentOutOfRangeException>("promptUsdPerThousand", () => new FixedRateCost(promptUsdPerThousand: price));
            Assert.Throws<ArgumentOutOfRangeException>("completionUsdPerThousand", () => new FixedRateCost(completionUsdPerThousand: price));
            Assert.Throws<ArgumentOutOfRangeException>("machineUsdPerHour", () => new DynamicCost(price));
            Assert.Throws<ArgumentOutOfRangeException>(() => Tiers(new CostTier(0, price, 0)));
            Assert.Throws<ArgumentOutOfRangeException>(() => Tiers(new(0, 0, 0), new(1, 0, price)));
        }

        Assert.Contains("at least one tier", Message(), StringComparison.Ordinal);
        Assert.Contains("must begin at 0 tokens, not at 5", Message(new CostTier(5, 1, 1)), StringComparison.Ordinal);
        Assert.Contains(
            "one from 7 tokens comes after one from 7", Message(new(0, 1, 1), new(7, 1, 1), new(7, 1, 1)), StringComparison.Ordinal);

        static TieredCost Tiers(params CostTier[] tiers) => new(tiers, new InMemoryVolumeLedger());
        static string Message(params CostTier[] tiers) => Assert.Throws<ArgumentException>(() => Tiers(tiers)).Message;
    }

    [Fact]
    public void Usage_that_cannot_be_is_refused_and_leaves_the_volume_as_it_is()
    {
        var ledger = new InMemoryVolumeLedger();
        foreach (var model in (ICostModel[])[new FixedRateCost(), new DynamicCost(1), new TieredCost([new(0, 1, 1)], ledger)])
        {
            Assert.Throws<ArgumentOutOfRangeException>(() => model.Charge("m", Used(-1, 5), _now));
            Assert.Throws<ArgumentOutOfRangeException>(() => model.Charge("m", Used(5, -1), _now));
            Assert.Throws<ArgumentOutOfRangeException>(() => model.Charge("m", new TokenUsage(1, 1, TimeSpan.FromTicks(-1), TimeSpan.Zero), _now));
            Assert.Throws<ArgumentOutOfRangeException>(() => model.Charge("m", new TokenUsage(1, 1, TimeSpan.Zero, TimeSpan.FromTicks(-1)), _now));
        }

        Assert.Equal(0, ledger.Add("m", _now.Year, _now.Month, 1));
    }

    private static TokenUsage Used(long promptTokens, long completionTokens) => new(promptTokens, completionTokens, TimeSpan.Zero, TimeSpan.Zero);
}
