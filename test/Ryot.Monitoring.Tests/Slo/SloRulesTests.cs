using Ryot.Cli.Slo;
using Ryot.Monitoring.Tests.Support;
using Ryot.Testing.Monitoring;
using Xunit;

namespace Ryot.Monitoring.Tests.Slo;

public sealed class SloRulesTests
{
    private static readonly string[] _windows = ["5m", "30m", "1h", "2h", "6h", "1d", "3d", "30d"];

    [Fact]
    public void There_is_a_ratio_for_each_window_by_traffic()
    {
        var rules = Generate("latency: { target: 95, requests: latency }");
        Assert.Equal(
            _windows.Select(window => $"model:ryot_slo_errors:ratio_rate{window}"),
            rules.Select(rule => rule.Name).Where(name => name.Contains("ratio_rate", StringComparison.Ordinal)));
        Assert.Equal(
            "sum_over_time(model:ryot_slo_bad_events:rate5m[3d])\n/\n(sum_over_time(model:ryot_slo_events:rate5m[3d]) > 0)",
            rules.Single(rule => rule.Name == "model:ryot_slo_errors:ratio_rate3d").Expression);
    }

    [Fact]
    public void Requests_are_counted_as_the_server_judged_them()
    {
        var rules = Generate("latency: { target: 95, requests: latency }");
        Assert.Equal(
            [
                "sum by (job, model) (rate(ryot_slo_requests_total{objective=\"latency\"}[5m]))",
                "sum by (job, model) (rate(ryot_slo_requests_total{objective=\"latency\",result=\"missed\"}[5m]))",
            ],
            rules.Take(2).Select(rule => rule.Expression));
        Assert.All(rules.Take(2), rule => Assert.Equal("latency", rule.Labels["objective"]));
    }

    [Fact]
    public void Observations_of_a_histogram_are_good_up_to_a_bound_as_it_is_exposed()
    {
        var rules = Generate("slow: { target: 99, histogram: ryot_inference_latency_seconds, threshold: 5 }");
        Assert.Equal("sum by (job, model) (rate(ryot_inference_latency_seconds_count[5m]))", rules[0].Expression);
        Assert.Contains("ryot_inference_latency_seconds_bucket{le=\"5.0\"}", rules[1].Expression, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("above: 100", "model:ryot_busy_tokens:rate1m <= bool 100")]
    [InlineData("below: 85.5", "model:ryot_busy_tokens:rate1m >= bool 85.5")]
    public void Time_is_bad_at_the_limit_and_beyond(string limit, string expression)
        => Assert.Equal(expression, Generate($"busy: {{ target: 99, gauge: \"model:ryot_busy_tokens:rate1m\", {limit} }}")[0].Expression);

    [Fact]
    public void Burn_rates_are_those_of_the_SRE_workbook_for_30_days_and_scale_with_the_window()
    {
        Assert.Equal(
            [("1h", "5m", "critical", "14.4"), ("6h", "30m", "critical", "6"), ("1d", "2h", "warning", "3"), ("3d", "6h", "warning", "1")],
            Alerts(Generate("latency: { target: 95, requests: latency }")));
        Assert.Equal(
            ["13.44", "5.6", "2.8", "0.9333"],
            Alerts(Generate("latency: { target: 95, requests: latency }", window: "28d")).Select(alert => alert.Factor[..Math.Min(6, alert.Factor.Length)]));

        static IEnumerable<(string Long, string Short, string Severity, string Factor)> Alerts(IEnumerable<PrometheusRule> rules)
            => rules.Where(rule => rule.IsAlert).Select(alert => (
                alert.Labels["long_window"], alert.Labels["short_window"], alert.Labels["severity"], alert.Expression.Split("> ")[1].Split(' ')[0]));
    }

    [Fact]
    public void An_alert_needs_both_windows_and_some_bad_requests()
    {
        var alert = Generate("availability: { target: 99.9, requests: availability }").First(rule => rule.IsAlert);
        Assert.Equal(
            """
            model:ryot_slo_errors:ratio_rate1h{objective="availability"} > 14.4 * 0.001
            and
            model:ryot_slo_errors:ratio_rate5m{objective="availability"} > 14.4 * 0.001
            and
            sum_over_time(model:ryot_slo_bad_events:rate5m{objective="availability"}[1h:5m]) * 300 > 4.5
            """.ReplaceLineEndings("\n"),
            alert.Expression);
    }

    [Fact]
    public void An_alert_that_could_never_fire_is_left_out_and_told_of()
    {
        var set = ObjectivesReader.Read("window: 30d\nobjectives:\n  latency: { target: 90, requests: latency }\n");
        Assert.Equal(["6h", "1d", "3d"], Read(SloRules.Write(set)).Where(rule => rule.IsAlert).Select(alert => alert.Labels["long_window"]));
        Assert.Equal(
            ["latency has no alert on 14.4 times the allowed rate: with a target of 90 that is more than everything."], SloRules.Notes(set));
    }

    [Fact]
    public async Task A_model_of_its_own_has_rules_of_its_own_that_Prometheus_takes()
    {
        const string Text = """
            window: 30d
            objectives:
              latency: { target: 95, requests: latency }
              slow: { target: 99, histogram: ryot_inference_latency_seconds, threshold: 2.5 }
              busy: { target: 99, gauge: "model:ryot_busy_tokens:rate1m", above: 100 }
            models:
              'a "quoted" \ model':
                latency: { target: 90 }
                slow: { threshold: 10 }
                busy: { above: 5 }
            """;
        var rules = SloRules.Write(ObjectivesReader.Read(Text));
        var path = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(path, rules, TestContext.Current.CancellationToken);
            await Tool.RunAsync("promtool", "check", "rules", path);
        }
        finally
        {
            File.Delete(path);
        }

        var budgets = Read(rules).Where(rule => rule.Name == "model:ryot_slo_error_budget_remaining:ratio" && rule.Labels["objective"] == "latency");
        Assert.Equal(
            [
                "1 - model:ryot_slo_errors:ratio_rate30d{objective=\"latency\",model!=\"a \\\"quoted\\\" \\\\ model\"} / 0.05",
                "1 - model:ryot_slo_errors:ratio_rate30d{objective=\"latency\",model=\"a \\\"quoted\\\" \\\\ model\"} / 0.1",
            ],
            budgets.Select(rule => rule.Expression));
    }

    private static List<PrometheusRule> Generate(string objective, string window = "30d")
        => Read(SloRules.Write(ObjectivesReader.Read($"window: {window}\nobjectives:\n  {objective}\n")));

    private static List<PrometheusRule> Read(string rules)
    {
        var path = Path.GetTempFileName();
        try
        {
            File.WriteAllText(path, rules);
            return [.. RuleFile.Read(path)];
        }
        finally
        {
            File.Delete(path);
        }
    }
}
