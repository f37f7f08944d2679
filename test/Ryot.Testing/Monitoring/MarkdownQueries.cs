namespace Ryot.Testing.Monitoring;

/// <summary>A query that a page shows.</summary>
/// <param name="Page">The page's path.</param>
/// <param name="Heading">The heading that it stands under.</param>
/// <param name="Text">The PromQL, comments included.</param>
public sealed record PageQuery(string Page, string Heading, string Text);

/// <summary>Finds the queries of Markdown pages: blocks fenced as <c>promql</c>, in which an empty line parts queries.</summary>
public static class MarkdownQueries
{
    /// <summary>The queries of a page, in their order.</summary>
    public static IReadOnlyList<PageQuery> Read(string path) => [.. Find(path, File.ReadAllLines(path))];

    private static IEnumerable<PageQuery> Find(string path, string[] lines)
    {
        var heading = "";
        var query = new List<string>();
        var isInside = false;
        foreach (var line in lines)
        {
            if (isInside && (line.Length == 0 || line.StartsWith("```", StringComparison.Ordinal)))
            {
                // A comment alone, e.g. at the head of a block, is no query.
                if (query.Exists(part => !part.StartsWith('#')))
                    yield return new PageQuery(path, heading, string.Join('\n', query));
                query.Clear();
                isInside = line.Length == 0;
            }
            else if (isInside)
                query.Add(line);
            else if (line.StartsWith("```promql", StringComparison.Ordinal))
                isInside = true;
            else if (line.StartsWith('#'))
                heading = line.TrimStart('#', ' ');
        }
    }
}
