using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using Ryot.LlamaCpp;

namespace Ryot.Benchmarks.Load;

/// <summary>
/// Whole-system comparisons, run in turns so that a machine whose speed drifts does not decide: what is compared runs one after the
/// other, again and again, and the ratios of neighbours are reported.
/// </summary>
internal static class LoadComparison
{
    private const int Rounds = 9;

    /// <summary><c>load MODEL [TOKENS]</c>: the server and the engine against a bare decode loop, at 8 streams and at 1.</summary>
    public static async Task RunAsync(string path, int tokens)
    {
        LlamaLibrary.Load(null, NullLoggerFactory.Instance);
        foreach (var streams in new[] { 8, 1 })
        {
            const int Cells = 4096;
            using var model = LlamaModel.Load(path);
            using var bare = new BareDecodeLoop(model, new DecodeSettings(streams, Cells, 1, KvUnified: true));
            await using var engine = new EngineLoad(path, Cells, streams, 1);
            await engine.StartAsync();
            await using var server = await ServerLoad.StartAsync(path, Cells, streams, 1);
            var prompts = Enumerable.Range(0, streams).Select(i => engine.Tokenize($"Once upon a time there were {i} friends.")).ToArray();

            await engine.RunAsync(prompts, 50);
            await server.RunAsync(prompts, 50);
            var rows = new List<double[]>();
            for (var round = 0; round < Rounds; round++)
                rows.Add([bare.Run(prompts, tokens), await engine.RunAsync(prompts, tokens), await server.RunAsync(prompts, tokens)]);
            Console.WriteLine($"\n{streams} streams of {tokens} tokens, greedy, 1 thread; tokens/s in {Rounds} rounds in turn: min, median, max");
            Report("bare decode loop", rows.Select(row => row[0]));
            Report("engine in the process", rows.Select(row => row[1]));
            Report("server over HTTP, SSE", rows.Select(row => row[2]));
            Report("engine / bare", rows.Select(row => row[1] / row[0]), "0.000");
            Report("server / bare", rows.Select(row => row[2] / row[0]), "0.000");
        }
    }

    /// <summary><c>metrics MODEL</c>: the engine with recording on and off, in pairs (sglang#1853: 3 % slower with statistics on).</summary>
    public static async Task RunMetricsAsync(string path)
    {
        const int Streams = 8;
        const int Tokens = 300;
        const int Pairs = 25;
        await using var on = new EngineLoad(path, 4096, Streams, 1);
        await using var off = new EngineLoad(path, 4096, Streams, 1, recording: false);
        await on.StartAsync();
        await off.StartAsync();
        var prompts = Enumerable.Range(0, Streams).Select(i => on.Tokenize($"Once upon a time there were {i} friends.")).ToArray();
        var ratios = new List<double>();
        var noise = new List<double>();
        for (var pair = -1; pair < Pairs; pair++)
        {
            var first = await off.RunAsync(prompts, Tokens);
            var recorded = await on.RunAsync(prompts, Tokens);
            var second = await off.RunAsync(prompts, Tokens);
            // The first pair warms up.
            if (pair < 0)
                continue;
            ratios.Add(recorded / ((first + second) / 2));
            noise.Add(first / second);
        }
        Console.WriteLine($"{Streams} streams of {Tokens} tokens, {Pairs} pairs; ratios of tokens/s: min, median, max");
        Report("recording on / off", ratios, "0.000");
        Report("off / off, the noise", noise, "0.000");
    }

    /// <summary><c>decode MODEL</c>: shared cells against streams, and thread counts, in the bare loop.</summary>
    public static void RunDecode(string path)
    {
        LlamaLibrary.Load(null, NullLoggerFactory.Instance);
        using var model = LlamaModel.Load(path);
        var prompt = model.Vocabulary.Tokenize("Once upon a time", addSpecial: true, parseSpecial: false);
        foreach (var (sequences, tokens) in new[] { (1, 200), (8, 200), (8, 400), (16, 200) })
        {
            var cells = 512 * sequences;
            DecodeSettings[] settings =
            [
                new(sequences, cells, 1, KvUnified: true),
                new(sequences, cells, 1, KvUnified: false),
                new(sequences, cells, 2, KvUnified: true),
                new(sequences, cells, 2, KvUnified: true, Poll: 0),
            ];
            var loops = settings.Select(setting => new BareDecodeLoop(model, setting)).ToList();
            var prompts = Enumerable.Repeat(prompt, sequences).ToArray();
            loops.ForEach(loop => loop.Run(prompts, 20));
            var rows = Enumerable.Range(0, 5).Select(_ => loops.Select(loop => loop.Run(prompts, tokens)).ToList()).ToList();
            Console.WriteLine($"\n{tokens} tokens a sequence; tokens/s in 5 rounds in turn: min, median, max");
            for (var i = 0; i < settings.Length; i++)
                Report(settings[i].ToString(), rows.Select(row => row[i]));
            loops.ForEach(loop => loop.Dispose());
        }
    }

    /// <summary>Writes the least, the median and the largest value.</summary>
    internal static void Report(string name, IEnumerable<double> values, string format = "0")
    {
        var sorted = values.Order().ToList();
        var text = new[] { sorted[0], sorted[sorted.Count / 2], sorted[^1] }.Select(v => v.ToString(format, CultureInfo.InvariantCulture).PadLeft(8));
        Console.WriteLine($"  {name,-48}{string.Concat(text)}");
    }
}
