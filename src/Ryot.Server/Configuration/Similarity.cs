namespace Ryot.Server.Configuration;

/// <summary>Finds what somebody may have meant.</summary>
internal static class Similarity
{
    /// <summary>The candidate that takes the fewest single-character edits, if a third of the word or less has to change.</summary>
    public static string? Nearest(string word, IEnumerable<string> candidates)
    {
        if (word.Length > 64)
            return null;
        var (distance, candidate) = candidates.Select(candidate => (Distance(word, candidate), candidate)).MinBy(pair => pair.Item1);
        return distance <= Math.Max(1, word.Length / 3) ? candidate : null;
    }

    /// <summary>Levenshtein's distance, where two neighbours that changed places are one edit.</summary>
    private static int Distance(string left, string right)
    {
        var rows = Enumerable.Range(0, left.Length + 1).Select(_ => new int[right.Length + 1]).ToArray();
        for (var i = 0; i <= left.Length; i++)
        {
            for (var j = 0; j <= right.Length; j++)
            {
                if (i == 0 || j == 0)
                {
                    rows[i][j] = i + j;
                    continue;
                }
                var substituted = rows[i - 1][j - 1] + (left[i - 1] == right[j - 1] ? 0 : 1);
                rows[i][j] = Math.Min(substituted, 1 + Math.Min(rows[i - 1][j], rows[i][j - 1]));
                if (i > 1 && j > 1 && left[i - 1] == right[j - 2] && left[i - 2] == right[j - 1])
                    rows[i][j] = Math.Min(rows[i][j], rows[i - 2][j - 2] + 1);
            }
        }
        return rows[left.Length][right.Length];
    }
}
