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

    /// <summary>Levenshtein's distance.</summary>
    private static int Distance(string left, string right)
    {
        var row = Enumerable.Range(0, right.Length + 1).ToArray();
        for (var i = 1; i <= left.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= right.Length; j++)
            {
                var substituted = diagonal + (left[i - 1] == right[j - 1] ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(substituted, 1 + Math.Min(diagonal, row[j - 1]));
            }
        }
        return row[^1];
    }
}
