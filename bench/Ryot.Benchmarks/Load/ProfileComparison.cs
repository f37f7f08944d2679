using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using Ryot.LlamaCpp;

namespace Ryot.Benchmarks.Load;

/// <summary>What the sampled profile costs: in passes that are not sampled, and in those that are.</summary>
internal static class ProfileComparison
{
    private const int Pairs = 21;
    private const int Tokens = 150;

    /// <summary><c>profile MODEL</c>: pairs of runs in alternation; the ratios of neighbours are reported.</summary>
    public static async Task RunAsync(string path)
    {
        LlamaLibrary.Load(null, NullLoggerFactory.Instance);
        foreach (var streams in new[] { 1, 8 })
        {
            Console.WriteLine($"\n{streams} streams of {Tokens} tokens, 1 thread, {Pairs} pairs; ratios of processor time: quartiles");
            await CompareCallbackAsync(path, streams);
            foreach (var every in new[] { 512, 64, 1 })
                await CompareSamplingAsync(path, streams, every);
        }
    }

    private static async Task CompareCallbackAsync(string path, int streams)
    {
        using var model = LlamaModel.Load(path);
        var settings = new DecodeSettings(streams, 4096, 1, KvUnified: true);
        using var plain = new BareDecodeLoop(model, settings);
        using var asked = new BareDecodeLoop(model, settings with { ObserveGraph = true });
        var prompt = model.Vocabulary.Tokenize("Once upon a time", addSpecial: true, parseSpecial: false);
        var prompts = Enumerable.Repeat(prompt, streams).ToArray();
        await CompareAsync("bare loop, nodes ask / do not", () => Task.FromResult(plain.Run(prompts, Tokens)), () => Task.FromResult(asked.Run(prompts, Tokens)));
    }

    private static async Task CompareSamplingAsync(string path, int streams, int every)
    {
        await using var off = new EngineLoad(path, 4096, streams, 1, profileEvery: 0);
        await using var on = new EngineLoad(path, 4096, streams, 1, profileEvery: every);
        await off.StartAsync();
        await on.StartAsync();
        var prompts = Enumerable.Range(0, streams).Select(i => on.Tokenize($"Once upon a time there were {i} friends.")).ToArray();
        await CompareAsync($"engine, one pass in {every} profiled / none", () => off.RunAsync(prompts, Tokens), () => on.RunAsync(prompts, Tokens));
    }

    private static async Task CompareAsync(string name, Func<Task> without, Func<Task> with)
    {
        var ratios = new List<double>();
        var noise = new List<double>();
        for (var pair = -2; pair < Pairs; pair++)
        {
            var first = await MeasureAsync(without);
            var changed = await MeasureAsync(with);
            var second = await MeasureAsync(without);
            // The first pairs warm up.
            if (pair < 0)
                continue;
            ratios.Add(changed / ((first + second) / 2));
            noise.Add(first / second);
        }
        Report(name, ratios);
        Report("  without / without, the noise", noise);
    }

    /// <summary>Processor time, so that what else the machine does counts little.</summary>
    private static async Task<double> MeasureAsync(Func<Task> run)
    {
        var before = Environment.CpuUsage.TotalTime;
        await run();
        return (Environment.CpuUsage.TotalTime - before).TotalSeconds;
    }

    private static void Report(string name, List<double> values)
    {
        values.Sort();
        var text = new[] { 0.25, 0.5, 0.75 }.Select(q => values[(int)(q * (values.Count - 1))].ToString("0.000", CultureInfo.InvariantCulture).PadLeft(8));
        Console.WriteLine($"  {name,-48}{string.Concat(text)}");
    }
}
