using CsCheck;
using Ryot.LlamaCpp.Tests.Support;

namespace Ryot.LlamaCpp.Tests.Sampling;

public sealed class SamplerTests
{
    private static readonly Gen<float[]> _logits = Gen.Float[-20, 20].Array[512];

    [Fact]
    public void Greedy_takes_the_largest_logit() =>
        _logits.Sample(
            logits =>
            {
                using LlamaSampler sampler = Llama.Chain().Greedy();
                Assert.Equal(Llama.ArgMax(logits), sampler.Sample(logits));
            },
            iter: 200,
            threads: 1);

    [Fact]
    public void Sampling_from_a_context_is_sampling_from_its_logits()
    {
        using LlamaContext context = Llama.Context();
        using LlamaSampler sampler = Llama.Chain().Greedy();
        int index = Llama.Decode(context, [1, 2, 3]);

        Assert.Equal(Llama.ArgMax(context.GetLogits(index)), sampler.Sample(context, index));
        Assert.Throws<ArgumentOutOfRangeException>(() => sampler.Sample(context, 0));
    }

    [Fact]
    public void The_same_seed_gives_the_same_tokens_and_another_seed_others()
    {
        int[] first = Draw(seed: 42);

        Assert.Equal(first, Draw(seed: 42));
        Assert.NotEqual(first, Draw(seed: 43));
        Assert.True(first.Distinct().Count() > 20);
    }

    [Fact]
    public void A_reset_starts_the_random_numbers_again()
    {
        float[] logits = new float[512];
        using LlamaSampler sampler = Llama.Chain().Random(7);
        int[] first = [.. Enumerable.Range(0, 20).Select(_ => sampler.Sample(logits))];

        sampler.Reset();

        Assert.Equal(first, Enumerable.Range(0, 20).Select(_ => sampler.Sample(logits)));
    }

    [Fact]
    public void Random_choices_follow_the_probabilities()
    {
        float[] logits = Only((100, 0f), (200, MathF.Log(3)));
        using LlamaSampler sampler = Llama.Chain().Random(1);
        int[] drawn = [.. Enumerable.Range(0, 4000).Select(_ => sampler.Sample(logits))];

        Assert.All(drawn, token => Assert.True(token is 100 or 200));
        Assert.InRange(drawn.Count(token => token == 200) / 4000.0, 0.71, 0.79);
    }

    [Fact]
    public void Top_k_keeps_the_k_most_likely() =>
        Gen.Select(_logits, Gen.Int[1, 10]).Sample(
            (logits, k) =>
            {
                float least = logits.OrderDescending().ElementAt(k - 1);
                using LlamaSampler sampler = Llama.Chain().TopK(k).Temperature(100).Random(3);
                Assert.All(Enumerable.Range(0, 30), _ => Assert.InRange(logits[sampler.Sample(logits)], least, 20));
            },
            iter: 50,
            threads: 1);

    [Fact]
    public void Top_p_keeps_the_fewest_that_reach_the_probability()
    {
        float[] logits = Only((1, MathF.Log(0.5f)), (2, MathF.Log(0.3f)), (3, MathF.Log(0.15f)), (4, MathF.Log(0.05f)));

        Assert.Equal([1, 2], Kept(logits, chain => chain.TopP(0.7f)));
        Assert.Equal([1, 2, 3], Kept(logits, chain => chain.TopP(0.9f)));
        Assert.Equal([1, 2, 3], Kept(logits, chain => chain.TopP(0.1f, minKeep: 3)));
    }

    [Fact]
    public void Min_p_keeps_those_near_the_most_likely()
    {
        float[] logits = Only((1, MathF.Log(0.5f)), (2, MathF.Log(0.3f)), (3, MathF.Log(0.15f)), (4, MathF.Log(0.05f)));

        Assert.Equal([1, 2], Kept(logits, chain => chain.MinP(0.4f)));
        Assert.Equal([1, 2, 3, 4], Kept(logits, chain => chain.MinP(0.05f)));
    }

    [Fact]
    public void Temperature_0_leaves_the_most_likely() =>
        _logits.Sample(
            logits =>
            {
                using LlamaSampler sampler = Llama.Chain().Temperature(0).Random(9);
                Assert.Equal(Llama.ArgMax(logits), sampler.Sample(logits));
            },
            iter: 100,
            threads: 1);

    [Fact]
    public void A_bias_lifts_and_excludes_tokens()
    {
        float[] logits = new float[512];
        logits[100] = 5;
        using LlamaSampler lifted = Llama.Chain().LogitBias([new(77, 6)]).Greedy();
        using LlamaSampler excluded = Llama.Chain().LogitBias([new(100, float.NegativeInfinity)]).Greedy();

        Assert.Equal(77, lifted.Sample(logits));
        Assert.NotEqual(100, excluded.Sample(logits));
        Assert.Equal(5, logits[100]);
    }

    [Fact]
    public void Penalties_make_accepted_tokens_less_likely()
    {
        float[] logits = new float[512];
        (logits[5], logits[6]) = (2, 1.5f);
        using LlamaSampler repeat = Llama.Chain().Penalties(8, repeat: 2).Greedy();
        using LlamaSampler presence = Llama.Chain().Penalties(8, presence: 1).Greedy();
        using LlamaSampler frequency = Llama.Chain().Penalties(8, frequency: 0.3f).Greedy();

        Assert.Equal([5, 6], Take(repeat, logits, 2));
        Assert.Equal([5, 6], Take(presence, logits, 2));
        Assert.Equal([5, 5, 6], Take(frequency, logits, 3));
    }

    [Fact]
    public void Penalties_forget_what_is_longer_ago_and_know_the_prompt()
    {
        float[] logits = new float[512];
        (logits[5], logits[6]) = (2, 1.5f);
        using LlamaSampler sampler = Llama.Chain().Penalties(2, repeat: 2).Greedy();

        sampler.AcceptPrompt(5);
        Assert.Equal(6, sampler.Sample(logits));
        sampler.Accept(300);
        Assert.Equal(5, sampler.Sample(logits));
        sampler.Reset();
        Assert.Equal(5, sampler.Sample(logits));
    }

    [Fact]
    public void Dry_breaks_off_a_repetition()
    {
        float[] logits = new float[512];
        (logits[20], logits[21]) = (3, 2.9f);
        int[] history = [10, 11, 12, 20, 30, 10, 11, 12];
        using LlamaSampler with = Llama.Chain().Dry(1, 1.75f, 2, 64).Greedy();
        using LlamaSampler without = Llama.Chain().Dry(0, 1.75f, 2, 64).Greedy();
        using LlamaSampler broken = Llama.Chain().Dry(1, 1.75f, 2, 64, ["\n", Piece(12)]).Greedy();
        foreach (int token in history)
        {
            with.Accept(token);
            without.Accept(token);
            broken.Accept(token);
        }

        Assert.Equal(21, with.Sample(logits));
        Assert.Equal(20, without.Sample(logits));
        Assert.Equal(20, broken.Sample(logits));
    }

    [Fact]
    public void A_clone_goes_on_as_its_original_does()
    {
        float[] logits = new float[512];
        using LlamaSampler sampler = Llama.Chain().Penalties(16, presence: 0.5f).Random(5);
        _ = Take(sampler, logits, 10);
        using LlamaSampler clone = sampler.Clone();

        Assert.Equal(Take(sampler, logits, 20), Take(clone, logits, 20));
    }

    [Fact]
    public void Logits_that_are_no_numbers_are_refused()
    {
        foreach (int position in (int[])[0, 100, 511])
        {
            float[] logits = new float[512];
            logits[position] = float.NaN;
            using LlamaSampler sampler = Llama.Chain().TopK(10).TopP(0.9f).Random(1);
            Assert.Throws<InvalidOperationException>(() => sampler.Sample(logits));
        }
    }

    [Fact]
    public void When_everything_is_excluded_there_is_nothing_to_choose()
    {
        float[] logits = new float[512];
        Array.Fill(logits, float.NegativeInfinity);
        using LlamaSampler greedy = Llama.Chain().Greedy();
        using LlamaSampler random = Llama.Chain().TopK(20).TopP(0.9f).MinP(0.1f).Temperature(0.5f).Random(1);

        Assert.Throws<InvalidOperationException>(() => greedy.Sample(logits));
        Assert.Throws<InvalidOperationException>(() => random.Sample(logits));
    }

    [Fact]
    public void Settings_that_make_no_sense_are_refused()
    {
        foreach (Action<LlamaSamplerBuilder> add in (Action<LlamaSamplerBuilder>[])
        [
            chain => chain.Temperature(-1),
            chain => chain.Temperature(float.NaN),
            chain => chain.TopP(float.NaN),
            chain => chain.TopP(-0.1f),
            chain => chain.MinP(float.PositiveInfinity),
            chain => chain.Penalties(-1),
            chain => chain.Penalties(8, repeat: 0),
            chain => chain.Penalties(8, frequency: float.NaN),
            chain => chain.Dry(1, 0.5f, 2, 64),
            chain => chain.Dry(1, 2, 2, 1_000_000_000),
            chain => chain.LogitBias([new(512, 1)]),
            chain => chain.LogitBias([new(-1, 1)]),
            chain => chain.LogitBias([new(1, float.NaN)]),
        ])
        {
            using LlamaSamplerBuilder chain = Llama.Chain();
            Assert.Throws<ArgumentOutOfRangeException>(() => add(chain));
        }
    }

    [Fact]
    public void A_completed_chain_takes_no_more()
    {
        using LlamaSamplerBuilder chain = Llama.Chain();
        using LlamaSampler sampler = chain.Greedy();

        Assert.Throws<InvalidOperationException>(() => chain.TopK(1));
        Assert.Throws<ArgumentException>(() => sampler.Sample(new float[511]));
        Assert.Throws<ArgumentOutOfRangeException>(() => sampler.Accept(512));
        sampler.Dispose();
        Assert.Throws<ObjectDisposedException>(() => sampler.Sample(new float[512]));
    }

    private static string Piece(int token) => Llama.Model().Vocabulary.Detokenize([token]);

    private static int[] Take(LlamaSampler sampler, float[] logits, int count) => [.. Enumerable.Range(0, count).Select(_ => sampler.Sample(logits))];

    private static int[] Kept(float[] logits, Func<LlamaSamplerBuilder, LlamaSamplerBuilder> add)
    {
        using LlamaSampler sampler = add(Llama.Chain()).Temperature(3).Random(11);
        return [.. Take(sampler, logits, 400).Distinct().Order()];
    }

    private static float[] Only(params (int Token, float Logit)[] tokens)
    {
        float[] logits = new float[512];
        Array.Fill(logits, -1000);
        foreach ((int token, float logit) in tokens) logits[token] = logit;
        return logits;
    }

    private static int[] Draw(uint seed)
    {
        using LlamaSampler sampler = Llama.Chain().TopK(50).Temperature(1.2f).Random(seed);
        return Llama.Generate(Llama.Model(), sampler, [1, 300, 301], 60);
    }
}
