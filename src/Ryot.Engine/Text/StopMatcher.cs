using System.Text;

namespace Ryot.Engine.Text;

/// <summary>
/// Finds stop strings in a text that arrives piece by piece, across the pieces' borders (Knuth, Morris and Pratt's automaton, one for
/// each string). Feeding it allocates nothing.
/// </summary>
internal sealed class StopMatcher
{
    private readonly byte[][] _patterns;
    private readonly int[][] _failures;
    private readonly int[] _matched;

    /// <param name="stop">The stop strings; empty ones are not allowed.</param>
    public StopMatcher(IReadOnlyList<string> stop)
    {
        _patterns = [.. stop.Select(Encoding.UTF8.GetBytes)];
        _failures = [.. _patterns.Select(BuildFailures)];
        _matched = new int[_patterns.Length];
    }

    /// <summary>
    /// How many bytes at the end of the text so far may begin a stop string; after a match, how many bytes at its end are the stop
    /// string and what followed it in the same piece.
    /// </summary>
    public int HeldBack { get; private set; }

    /// <summary>Adds a piece of text.</summary>
    /// <returns>True when a stop string is complete. Where several are, the one that ended first counts, and of those the longest.</returns>
    public bool Feed(ReadOnlySpan<byte> piece)
    {
        for (var i = 0; i < piece.Length; i++)
        {
            var longest = 0;
            var complete = 0;
            for (var p = 0; p < _patterns.Length; p++)
            {
                var pattern = _patterns[p];
                var state = _matched[p];
                while (state > 0 && (state == pattern.Length || pattern[state] != piece[i]))
                    state = _failures[p][state - 1];
                if (pattern[state] == piece[i])
                    state++;
                _matched[p] = state;
                longest = Math.Max(longest, state);
                if (state == pattern.Length)
                    complete = Math.Max(complete, state);
            }
            if (complete > 0)
            {
                HeldBack = complete + piece.Length - 1 - i;
                return true;
            }
            HeldBack = longest;
        }
        return false;
    }

    private static int[] BuildFailures(byte[] pattern)
    {
        var failures = new int[pattern.Length];
        for (int i = 1, state = 0; i < pattern.Length; i++)
        {
            while (state > 0 && pattern[i] != pattern[state])
                state = failures[state - 1];
            if (pattern[i] == pattern[state])
                state++;
            failures[i] = state;
        }
        return failures;
    }
}
