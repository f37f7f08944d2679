using System.Globalization;

namespace Ryot.Benchmarks.Load;

/// <summary>What the prefix cache gives and costs on the whole server: one server with it and one without, in turns.</summary>
internal static class PrefixServing
{
    private const int Rounds = 15;
    private const int Streams = 8;
    private const int Cells = 8192;
    private const int SharedTokens = 400;
    private const int OwnTokens = 20;
    private const int NewTokens = 20;

    /// <summary><c>serve-prefix MODEL</c></summary>
    public static async Task RunAsync(string path)
    {
        await using var with = await ServerLoad.StartAsync(path, Cells, Streams, 1);
        await using var without = await ServerLoad.StartAsync(path, Cells, Streams, 1, "--no-prefix-cache");
        await SharedAsync(with, without, atOnce: 1);
        await SharedAsync(with, without, atOnce: Streams);
        await UnrelatedAsync(with, without);
    }

    private static async Task SharedAsync(ServerLoad with, ServerLoad without, int atOnce)
    {
        var random = new Random(1);
        var shared = Tokens(random, SharedTokens);
        var times = (With: new List<double>(), Without: new List<double>());
        for (var round = -1; round < Rounds; round++)
        {
            var prompts = Enumerable.Range(0, Streams).Select(_ => (int[])[.. shared, .. Tokens(random, OwnTokens)]).ToArray();
            for (var i = 0; i < 2; i++)
            {
                var (server, list) = (i == 0) == (round % 2 == 0) ? (with, times.With) : (without, times.Without);
                foreach (var group in prompts.Chunk(atOnce))
                {
                    var first = await Task.WhenAll(group.Select(prompt => server.TimeToFirstTokenAsync(prompt, NewTokens)));
                    // The first round warms up.
                    if (round >= 0)
                        list.AddRange(first);
                }
            }
        }
        Console.WriteLine(
            $"\n{SharedTokens} shared and {OwnTokens} own prompt tokens, {NewTokens} new tokens, {atOnce} at once: time to first token in ms: min, median, max");
        LoadComparison.Report("with the cache", times.With.Select(time => time * 1000), "0.00");
        LoadComparison.Report("without", times.Without.Select(time => time * 1000), "0.00");
        var ratio = Median(times.Without) / Median(times.With);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  ratio of the medians: {ratio:F2}"));
    }

    private static async Task UnrelatedAsync(ServerLoad with, ServerLoad without)
    {
        const int PromptTokens = 100;
        const int Generated = 50;
        var random = new Random(2);
        var rows = new List<(double With, double Without)>();
        for (var round = -3; round < Rounds; round++)
        {
            var prompts = Enumerable.Range(0, Streams).Select(_ => Tokens(random, PromptTokens)).ToArray();
            var first = round % 2 == 0 ? await with.RunAsync(prompts, Generated) : 0;
            var second = await without.RunAsync(prompts, Generated);
            if (round % 2 != 0)
                first = await with.RunAsync(prompts, Generated);
            if (round >= 0)
                rows.Add((first, second));
        }
        Console.WriteLine($"\nunrelated prompts of {PromptTokens} tokens, {Streams} streams of {Generated} tokens: tokens/s: min, median, max");
        LoadComparison.Report("with the cache", rows.Select(row => row.With));
        LoadComparison.Report("without", rows.Select(row => row.Without));
        LoadComparison.Report("with / without", rows.Select(row => row.With / row.Without), "0.000");
    }

    private static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);

    /// <summary>Token ids that every vocabulary has, without those at its start, which are often special.</summary>
    private static int[] Tokens(Random random, int count) => [.. Enumerable.Range(0, count).Select(_ => random.Next(300, 500))];
}
