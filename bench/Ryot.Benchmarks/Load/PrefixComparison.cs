using Microsoft.Extensions.Logging.Abstractions;
using Ryot.LlamaCpp;

namespace Ryot.Benchmarks.Load;

/// <summary>
/// Reusing the keys and values of a common beginning, in the bare binding with one thread: cells in one pool that sequences share,
/// against a stream of cells for each sequence, into which a copy goes; each also beside what finished sequences have left in the cache.
/// </summary>
internal static class PrefixComparison
{
    private const int Rounds = 9;
    private const int StaleSequences = 8;
    private const int StaleTokens = 400;

    /// <summary><c>prefix MODEL</c>: a long common beginning, and unrelated prompts.</summary>
    public static void Run(string path)
    {
        LlamaLibrary.Load(null, NullLoggerFactory.Instance);
        using var model = LlamaModel.Load(path);
        var words = model.Vocabulary.Tokenize(
            string.Concat(Enumerable.Repeat("Once upon a time there was a little dog who lived in a big house. ", 200)), addSpecial: false, parseSpecial: false);
        Compare(model, new Workload("8 sequences, 400 common prompt tokens and 10 of their own, 20 new tokens", words, Common: 400, Own: 10, Answer: 20));
        Compare(model, new Workload("8 sequences, 100 unrelated prompt tokens, 50 new tokens", words, Common: 0, Own: 100, Answer: 50));
    }

    private static void Compare(LlamaModel model, Workload work)
    {
        // An unrelated prompt has nothing to reuse: what differs then is what the kind of cache costs.
        PrefixSettings[] settings =
        [
            new(Unified: true, Reuse: true, Stale: 0),
            new(Unified: true, Reuse: true, Stale: StaleSequences),
            new(Unified: false, Reuse: true, Stale: 0),
            new(Unified: false, Reuse: true, Stale: StaleSequences),
            new(Unified: true, Reuse: false, Stale: 0),
            new(Unified: false, Reuse: false, Stale: 0),
        ];
        var loops = settings.Select(setting => new PrefixLoop(model, work, setting, StaleTokens)).ToList();
        var rows = new List<List<PrefixResult>>();
        for (var round = -1; round < Rounds; round++)
        {
            var row = loops.Select(loop => loop.Run()).ToList();
            // The first round warms up.
            if (round >= 0)
                rows.Add(row);
        }
        Console.WriteLine($"\n{work.Name}, 1 thread; {Rounds} rounds in turn: min, median, max");
        for (var i = 0; i < settings.Length; i++)
        {
            LoadComparison.Report($"{settings[i]}: first tokens, ms", rows.Select(row => row[i].MillisecondsToFirst), "0.00");
            LoadComparison.Report("    new tokens/s after them", rows.Select(row => row[i].TokensPerSecond));
            LoadComparison.Report("    new tokens/s in all", rows.Select(row => row[i].TokensPerSecondInAll));
        }
        loops.ForEach(loop => loop.Dispose());
    }
}

/// <summary>What is asked of the loop.</summary>
/// <param name="Name">For the report.</param>
/// <param name="Words">Tokens to make prompts of.</param>
/// <param name="Common">Prompt tokens that all sequences share.</param>
/// <param name="Own">Prompt tokens of each sequence's own.</param>
/// <param name="Answer">Tokens to generate for each.</param>
internal sealed record Workload(string Name, int[] Words, int Common, int Own, int Answer)
{
    public const int Sequences = 8;

    public int[] Prompt(int sequence) => [.. Words[..Common], .. Words.AsSpan(Common + (sequence + 1) * Own, Own)];
}

/// <summary>How the cache is kept.</summary>
/// <param name="Unified">One pool of cells, or a stream for each sequence.</param>
/// <param name="Reuse">Whether the common beginning is taken from the cache instead of being computed.</param>
/// <param name="Stale">Finished sequences that are still in the cache.</param>
internal sealed record PrefixSettings(bool Unified, bool Reuse, int Stale)
{
    public override string ToString() =>
        $"{(Unified ? "pool" : "streams")}{(Reuse ? ", reuse" : ", no reuse")}{(Stale > 0 ? $", {Stale} stale sequences" : "")}";
}

/// <summary>What came out.</summary>
/// <param name="MillisecondsToFirst">From the start until every sequence has its first token.</param>
/// <param name="TokensPerSecond">New tokens of all sequences after that.</param>
/// <param name="TokensPerSecondInAll">New tokens of all sequences, from the start.</param>
internal readonly record struct PrefixResult(double MillisecondsToFirst, double TokensPerSecond, double TokensPerSecondInAll);
