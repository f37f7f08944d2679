using System.Text.RegularExpressions;

namespace Ryot.Testing.Monitoring;

/// <summary>A condition on a label in a selector.</summary>
/// <param name="Label">The label.</param>
/// <param name="Operator"><c>=</c>, <c>!=</c>, <c>=~</c> or <c>!~</c>.</param>
/// <param name="Value">The value or pattern.</param>
public sealed record LabelMatcher(string Label, string Operator, string Value);

/// <summary>A selector of series.</summary>
/// <param name="Metric">The name of the series.</param>
/// <param name="Matchers">The conditions on their labels.</param>
public sealed record SeriesSelector(string Metric, IReadOnlyList<LabelMatcher> Matchers);

/// <summary>
/// What a PromQL expression names: series, labels and values. It knows the shape of the language, not its types: whether an expression is
/// valid is for Prometheus to say.
/// </summary>
/// <param name="Selectors">The series that are selected.</param>
/// <param name="GroupedLabels">The labels of <c>by</c>, <c>without</c>, <c>on</c>, <c>ignoring</c> and <c>group_left</c>.</param>
public sealed partial record PromQlQuery(IReadOnlyList<SeriesSelector> Selectors, IReadOnlySet<string> GroupedLabels)
{
    private static readonly HashSet<string> _listKeywords = ["by", "without", "on", "ignoring", "group_left", "group_right"];
    private static readonly HashSet<string> _otherKeywords = ["and", "or", "unless", "bool", "offset", "atan2", "inf", "nan"];

    /// <summary>Reads an expression. Variables of Grafana (<c>$model</c>, <c>$__rate_interval</c>) may stand in strings and as durations.</summary>
    /// <exception cref="FormatException">It has a part that is not understood, e.g. a selector without a name.</exception>
    public static PromQlQuery Read(string expression)
    {
        var tokens = new Queue<string>(Tokens(expression));
        var selectors = new List<SeriesSelector>();
        var grouped = new HashSet<string>(StringComparer.Ordinal);
        while (tokens.TryDequeue(out var token))
        {
            var next = tokens.TryPeek(out var following) ? following : "";
            if (_listKeywords.Contains(token) && next == "(")
                grouped.UnionWith(ReadList(tokens, expression));
            else if (IsName(token) && next is not ("(" or "by" or "without") && !_listKeywords.Contains(token) && !_otherKeywords.Contains(token.ToLowerInvariant()))
                selectors.Add(new SeriesSelector(token, next == "{" ? ReadMatchers(tokens, expression) : []));
            else if (token == "{")
                throw new FormatException($"A selector without a name cannot be checked: {expression}");
        }

        return new PromQlQuery(selectors, grouped);
    }

    private static IEnumerable<string> Tokens(string expression)
    {
        var position = 0;
        while (position < expression.Length)
        {
            var match = TokenPattern().Match(expression, position);
            if (!match.Success || match.Index != position)
                throw new FormatException($"'{expression[position]}' at {position} is not understood: {expression}");
            position += match.Length;
            if (!match.Groups["skip"].Success)
                yield return match.Value;
        }
    }

    private static List<string> ReadList(Queue<string> tokens, string expression)
    {
        var names = new List<string>();
        tokens.Dequeue();
        while (tokens.TryDequeue(out var token) && token != ")")
        {
            if (IsName(token))
                names.Add(token);
            else if (token != ",")
                throw new FormatException($"'{token}' in a list of labels is not understood: {expression}");
        }

        return names;
    }

    private static List<LabelMatcher> ReadMatchers(Queue<string> tokens, string expression)
    {
        var matchers = new List<LabelMatcher>();
        tokens.Dequeue();
        while (tokens.TryDequeue(out var token) && token != "}")
        {
            if (token == ",")
                continue;
            if (!IsName(token) || !tokens.TryDequeue(out var comparison) || !tokens.TryDequeue(out var value) || value[0] is not ('"' or '\'' or '`'))
                throw new FormatException($"'{token}' in a selector is not understood: {expression}");
            matchers.Add(new LabelMatcher(token, comparison, value[1..^1].Replace("\\\\", "\\", StringComparison.Ordinal)));
        }

        return matchers;
    }

    private static bool IsName(string token) => char.IsAsciiLetter(token[0]) || token[0] is '_' or ':';

    [GeneratedRegex("""
        (?<skip>\s+|\#[^\n]*)
        |"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`[^`]*`
        |\[[^\]]*\]
        |(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?(?:ms|[smhdwy])?(?:\d+(?:ms|[smhdwy]))*
        |\$\w+|\$\{\w+(?::\w+)?\}
        |[a-zA-Z_:][a-zA-Z0-9_:]*
        |=~|!~|!=|==|>=|<=|[-+*/%^<>=(){},@]
        """, RegexOptions.IgnorePatternWhitespace | RegexOptions.ExplicitCapture)]
    private static partial Regex TokenPattern();
}
