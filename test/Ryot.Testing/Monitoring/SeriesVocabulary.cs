using System.Globalization;
using System.Text.RegularExpressions;
using Ryot.Metrics;

namespace Ryot.Testing.Monitoring;

/// <summary>
/// The series that expressions may name, with their labels and values: those of the catalogue, those that rules record, and the few
/// that Prometheus makes itself.
/// </summary>
public sealed class SeriesVocabulary
{
    /// <summary>The labels that Prometheus adds to all that it scrapes.</summary>
    private static readonly string[] _targetLabels = ["job", "instance"];

    /// <summary>The metrics that can be told apart by tenant.</summary>
    private static readonly MetricDescriptor[] _byTenant =
        [MetricCatalogue.InferenceRequests, MetricCatalogue.TokensGenerated, MetricCatalogue.TokenCost];

    /// <summary>What Ryot's alerts may carry besides.</summary>
    private static readonly string[] _alertLabels =
    [
        "alertname", "alertstate", "severity", "component", "model", "device_id", "objective", "reason", "long_window", "short_window",
    ];

    private static readonly string[] _ofPrometheus =
    [
        "up", "scrape_duration_seconds", "scrape_samples_scraped", "scrape_samples_post_metric_relabeling", "scrape_series_added",
    ];

    private readonly Dictionary<string, Dictionary<string, IReadOnlyCollection<string>>> _series = new(StringComparer.Ordinal);

    /// <summary>Makes the vocabulary of the catalogue and of rules.</summary>
    public SeriesVocabulary(IEnumerable<PrometheusRule> rules)
    {
        foreach (var metric in MetricCatalogue.All)
            AddMetric(metric);
        foreach (var name in _ofPrometheus)
            _series[name] = Open(_targetLabels);
        foreach (var name in (string[])["ALERTS", "ALERTS_FOR_STATE"])
            _series[name] = Open([.. _targetLabels, .. _alertLabels]);
        foreach (var rule in rules.Where(rule => !rule.IsAlert))
            AddRecorded(rule);
    }

    /// <summary>Whether there is such a series.</summary>
    public bool Knows(string series) => _series.ContainsKey(series);

    /// <summary>Whether there is such a series or a metric of that name, e.g. a histogram without its suffix.</summary>
    public bool KnowsMetric(string name) => Knows(name) || MetricCatalogue.Find(name) is not null;

    /// <summary>The labels that a series may have; empty when there is no such series.</summary>
    public IReadOnlyCollection<string> LabelsOf(string series) => _series.TryGetValue(series, out var labels) ? labels.Keys : [];

    /// <summary>What is wrong with the names in an expression: series, labels and closed values that do not exist.</summary>
    public IReadOnlyList<string> Problems(string expression)
    {
        var query = PromQlQuery.Read(expression);
        var problems = new List<string>();
        foreach (var selector in query.Selectors)
        {
            if (!_series.TryGetValue(selector.Metric, out var labels))
                problems.Add($"there is no series {selector.Metric}");
            else
                problems.AddRange(selector.Matchers.SelectMany(matcher => Problems(selector.Metric, labels, matcher)));
        }

        var known = LabelsIn(query);
        problems.AddRange(query.GroupedLabels.Where(label => !known.Contains(label)).Select(label => $"no series in it has a label {label}"));
        return problems;
    }

    /// <summary>The labels that the result of an expression may have: those it is grouped by, or else all that its series have.</summary>
    public IReadOnlySet<string> ResultLabels(string expression)
    {
        var query = PromQlQuery.Read(expression);
        return query.GroupedLabels.Count > 0 ? query.GroupedLabels : LabelsIn(query);
    }

    private HashSet<string> LabelsIn(PromQlQuery query) => [.. query.Selectors.SelectMany(selector => LabelsOf(selector.Metric))];

    private static IEnumerable<string> Problems(string series, Dictionary<string, IReadOnlyCollection<string>> labels, LabelMatcher matcher)
    {
        if (!labels.TryGetValue(matcher.Label, out var values))
        {
            yield return $"{series} has no label {matcher.Label}";
            yield break;
        }

        if (values.Count == 0 || matcher.Value.Contains('$', StringComparison.Ordinal))
            yield break;
        // Patterns of alternatives are checked one by one; any other pattern must match something.
        var isPattern = matcher.Operator is "=~" or "!~";
        foreach (var value in isPattern ? matcher.Value.Split('|') : [matcher.Value])
        {
            if (!values.Contains(value) && !(isPattern && values.Any(one => Regex.IsMatch(one, $"^(?:{value})$"))))
                yield return $"{series} has no {matcher.Label}=\"{value}\"; it has: {string.Join(", ", values)}";
        }
    }

    private void AddMetric(MetricDescriptor metric)
    {
        var labels = Open(_targetLabels);
        foreach (var label in metric.Labels)
            labels[label.Name] = label.Values.Count > 0 && label.IsOptional ? [.. label.Values, ""] : label.Values;
        if (_byTenant.Contains(metric))
            labels["tenant"] = [];
        if (metric.Type != MetricType.Histogram)
        {
            _series[metric.Name] = labels;
            return;
        }

        _series[$"{metric.Name}_sum"] = labels;
        _series[$"{metric.Name}_count"] = labels;
        _series[$"{metric.Name}_bucket"] = new(labels, StringComparer.Ordinal) { ["le"] = [.. metric.Bounds!.Select(Bound), "+Inf"] };
    }

    private void AddRecorded(PrometheusRule rule)
    {
        var labels = _series.TryGetValue(rule.Name, out var before) ? before : _series[rule.Name] = new(StringComparer.Ordinal);
        var query = PromQlQuery.Read(rule.Expression);
        foreach (var label in ResultLabels(rule.Expression).Concat(rule.Labels.Keys))
        {
            var values = query.Selectors.Select(selector => _series.GetValueOrDefault(selector.Metric)?.GetValueOrDefault(label) ?? [])
                .Where(one => one.Count > 0).SelectMany(one => one).ToHashSet(StringComparer.Ordinal);
            if (rule.Labels.TryGetValue(label, out var set))
                values = [set];
            labels[label] = labels.TryGetValue(label, out var others) ? [.. others.Union(values)] : values;
        }
    }

    private static Dictionary<string, IReadOnlyCollection<string>> Open(IEnumerable<string> labels)
        => labels.ToDictionary(label => label, _ => (IReadOnlyCollection<string>)[], StringComparer.Ordinal);

    /// <summary>Whole numbers are written with <c>.0</c>.</summary>
    private static string Bound(double bound)
    {
        var text = bound.ToString("R", CultureInfo.InvariantCulture);
        return text.Contains('.', StringComparison.Ordinal) ? text : text + ".0";
    }
}
