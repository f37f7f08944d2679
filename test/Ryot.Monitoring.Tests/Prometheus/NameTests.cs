using System.Text.RegularExpressions;
using Ryot.Testing.Monitoring;
using Xunit;

namespace Ryot.Monitoring.Tests.Prometheus;

/// <summary>Every series, label and value that a rule or a page names exists.</summary>
public sealed partial class NameTests
{
    private static readonly IReadOnlyList<PrometheusRule> _rules = RuleFile.ReadAll();
    private static readonly SeriesVocabulary _vocabulary = new(_rules);

    [Fact]
    public void Names_in_rules_exist()
    {
        Assert.True(_rules.Count > 100, $"Only {_rules.Count} rules were found.");
        AssertNone(_rules.SelectMany(rule => Problems($"{rule.Group}: {rule.Name}", rule.Expression)));
    }

    [Fact]
    public void Labels_in_the_texts_of_alerts_exist()
        => AssertNone(from rule in _rules
                      where rule.IsAlert
                      let labels = _vocabulary.ResultLabels(rule.Expression).Concat(rule.Labels.Keys).ToHashSet(StringComparer.Ordinal)
                      from annotation in rule.Annotations
                      from Match label in TemplateLabelPattern().Matches(annotation.Value)
                      where !labels.Contains(label.Groups[1].Value)
                      select $"{rule.Name}: its {annotation.Key} names a label {label.Groups[1].Value} that its series do not have");

    [Fact]
    public void Names_in_the_queries_of_pages_exist()
        => AssertNone(Pages.Queries().SelectMany(query => Problems($"{Path.GetFileName(query.Page)}, {query.Heading}", query.Text)));

    [Fact]
    public void Names_in_the_text_of_pages_exist()
        => AssertNone(from page in Pages.All()
                      from Match name in SeriesNamePattern().Matches(File.ReadAllText(page))
                      where !_vocabulary.KnowsMetric(name.Value)
                      select $"{Path.GetFileName(page)}: there is no series {name.Value}");

    [Theory]
    [InlineData("rate(ryot_no_such_thing_total[5m])", "there is no series ryot_no_such_thing_total")]
    [InlineData("ryot_queue_depth{priority=\"high\"}", "ryot_queue_depth has no label priority")]
    [InlineData("ryot_queue_depth{priority_level=\"urgent\"}", "ryot_queue_depth has no priority_level=\"urgent\"; it has: high, normal, low")]
    [InlineData("ryot_queue_depth{priority_level=~\"high|urgent\"}", "ryot_queue_depth has no priority_level=\"urgent\"; it has: high, normal, low")]
    [InlineData("sum by (mode) (ryot_queue_depth)", "no series in it has a label mode")]
    [InlineData("ryot_inference_latency_seconds{model=\"m\"}", "there is no series ryot_inference_latency_seconds")]
    [InlineData("ryot_inference_latency_seconds_bucket{le=\"3.0\"}", "ryot_inference_latency_seconds_bucket has no le=\"3.0\"; it has: 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, +Inf")]
    [InlineData("ryot_inference_latency_seconds_bucket{le=\"1\"}", "ryot_inference_latency_seconds_bucket has no le=\"1\"; it has: 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, +Inf")]
    public void A_wrong_name_is_found(string expression, string problem)
        => Assert.Equal([problem], _vocabulary.Problems(expression));

    [Theory]
    [InlineData("sum by (le, model) (rate(ryot_inference_latency_seconds_bucket{le=~\"0.5|\\\\+Inf\",model=~\"$model\"}[$__rate_interval]))")]
    [InlineData("up{job=\"ryot\"} == 0 # ryot_comment{")]
    [InlineData("histogram_quantile(0.95, sum by (le) (rate(ryot_ttft_latency_seconds_bucket[5m] offset 1h))) > bool 1e-3")]
    [InlineData("ryot_inference_requests_total{error_type=\"\", tenant=\"a\"} unless on (model) ryot_kv_cache_capacity_tokens")]
    public void A_right_name_is_no_problem(string expression) => Assert.Empty(_vocabulary.Problems(expression));

    private static IEnumerable<string> Problems(string place, string expression) => _vocabulary.Problems(expression).Select(problem => $"{place}: {problem}");

    private static void AssertNone(IEnumerable<string> problems) => Assert.Equal("", string.Join('\n', problems.Distinct()));

    [GeneratedRegex(@"\$labels\.(\w+)")]
    private static partial Regex TemplateLabelPattern();

    /// <summary>Names as in text: not followed by what makes them a part of another one.</summary>
    [GeneratedRegex(@"(?<![\w:/.-])(?:\w+:)?ryot_\w+(?::\w+)*\b(?![\w*/]|:)")]
    private static partial Regex SeriesNamePattern();
}
