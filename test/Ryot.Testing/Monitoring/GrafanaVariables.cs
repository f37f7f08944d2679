using System.Globalization;
using System.Text.RegularExpressions;

namespace Ryot.Testing.Monitoring;

/// <summary>Puts values for Grafana's variables into expressions, as Grafana does before it asks Prometheus.</summary>
public static partial class GrafanaVariables
{
    /// <summary>The variables that Grafana itself defines and dashboards may use.</summary>
    public static IReadOnlySet<string> BuiltIn { get; } = new HashSet<string>(StringComparer.Ordinal) { "__rate_interval", "__interval", "__range" };

    /// <summary>The names of the variables in an expression.</summary>
    public static IEnumerable<string> In(string expression) => VariablePattern().Matches(expression).Select(match => match.Groups["name"].Value);

    /// <summary>The expression for all models and instances.</summary>
    /// <param name="expression">The expression.</param>
    /// <param name="scrapeInterval">How often Prometheus scrapes, four times which is the least interval for rates.</param>
    /// <param name="step">The time between two points.</param>
    public static string Substitute(string expression, TimeSpan scrapeInterval, TimeSpan step)
    {
        var rate = step + scrapeInterval > 4 * scrapeInterval ? step + scrapeInterval : 4 * scrapeInterval;
        return VariablePattern().Replace(expression, match => match.Groups["name"].Value switch
        {
            "__rate_interval" => Milliseconds(rate),
            "__interval" => Milliseconds(step),
            "model" or "instance" => ".*",
            var name => throw new FormatException($"There is no value for the variable ${name}: {expression}"),
        });
    }

    private static string Milliseconds(TimeSpan time) => string.Create(CultureInfo.InvariantCulture, $"{(long)time.TotalMilliseconds}ms");

    [GeneratedRegex(@"\$(?:(?<name>\w+)|\{(?<name>\w+)(?::\w+)?\})", RegexOptions.ExplicitCapture)]
    private static partial Regex VariablePattern();
}
