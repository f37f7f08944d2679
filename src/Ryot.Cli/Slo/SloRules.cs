using System.Globalization;
using System.Text;

namespace Ryot.Cli.Slo;

/// <summary>
/// Writes the Prometheus rules of objectives: <c>model:ryot_slo_events:rate5m</c> and <c>model:ryot_slo_bad_events:rate5m</c> by job, model
/// and objective, from them alone the ratios over all windows (weighted by traffic: a sum over a sum, never a mean of ratios), from
/// these the budgets, and the alerts.
/// </summary>
public static class SloRules
{
    /// <summary>A burn-rate alert on requests needs more bad ones than this in its long window, so that one of ten is no alarm.</summary>
    private const string FewBadEvents = "4.5";

    private static readonly string[] _shortWindows = ["30m", "1h", "2h", "6h"];
    private static readonly string[] _longWindows = ["1d", "3d"];

    /// <summary>The text of the rule file.</summary>
    public static string Write(ObjectiveSet set)
    {
        var rules = new StringBuilder("""
            # Made by `ryot slo` from the file of objectives (monitoring/slo/objectives.yaml). Do not edit: change that and run it again.
            groups:

            """);
        WriteEvents(rules, set);
        WriteLongWindows(rules, set);
        WriteAlerts(rules, set);
        return rules.ToString().ReplaceLineEndings("\n");
    }

    /// <summary>What the author of the objectives should know: alerts that are left out, since more than everything would have to be bad.</summary>
    public static IEnumerable<string> Notes(ObjectiveSet set)
        => from objective in set.Objectives
           from burn in BurnRate.All
           where !CanFire(burn, objective, set)
           let name = objective.Models.Only is { } model ? $"{objective.Name} of {model}" : objective.Name
           let rate = $"{PromQl.Number(burn.Factor(set.WindowDays))} times the allowed rate"
           select $"{name} has no alert on {rate}: with a target of {PromQl.Number(objective.Target)} that is more than everything.";

    private static bool CanFire(BurnRate burn, Objective objective, ObjectiveSet set) => burn.Factor(set.WindowDays) * objective.Budget < 1;

    private static void WriteEvents(StringBuilder rules, ObjectiveSet set)
    {
        StartGroup(rules, "ryot-slo-events", interval: null);
        foreach (var objective in set.Objectives)
        {
            var (events, bad) = objective.Indicator switch
            {
                RequestsIndicator requests => Count(requests, objective.Models),
                HistogramIndicator histogram => Count(histogram, objective.Models),
                GaugeIndicator gauge => Count(gauge, objective, rules),
                _ => throw new NotSupportedException(objective.Indicator.GetType().Name),
            };
            Record(rules, "model:ryot_slo_events:rate5m", events, objective.Name);
            Record(rules, "model:ryot_slo_bad_events:rate5m", bad, objective.Name);
        }

        Record(rules, "model:ryot_slo_errors:ratio_rate5m", "model:ryot_slo_bad_events:rate5m / (model:ryot_slo_events:rate5m > 0)");
        foreach (var window in _shortWindows)
            Record(rules, $"model:ryot_slo_errors:ratio_rate{window}", Ratio(window));
    }

    private static (string Events, string Bad) Count(RequestsIndicator requests, ModelScope models)
    {
        var matchers = $"objective={PromQl.Quote(requests.Objective)}{models.Matchers}";
        return (
            $"sum by (job, model) (rate(ryot_slo_requests_total{{{matchers}}}[5m]))",
            $"sum by (job, model) (rate(ryot_slo_requests_total{{{matchers},result=\"missed\"}}[5m]))");
    }

    private static (string Events, string Bad) Count(HistogramIndicator histogram, ModelScope models)
    {
        var count = $"sum by (job, model) (rate({histogram.Metric}_count{Braces(models.Matchers)}[5m]))";
        var bucket = $"{histogram.Metric}_bucket{{le={PromQl.Quote(PromQl.Bound(histogram.Threshold))}{models.Matchers}}}";
        // The two are read from one scrape but summed apart: rounding may leave a trace below 0.
        return (count, $"clamp_min(\n  {count}\n  - sum by (job, model) (rate({bucket}[5m])),\n  0)");
    }

    private static (string Events, string Bad) Count(GaugeIndicator gauge, Objective objective, StringBuilder rules)
    {
        const string Missed = "model:ryot_slo_condition_missed:bool";
        var isBad = gauge.GoodAbove ? "<=" : ">=";
        var condition = $"{gauge.Rule}{Braces(objective.Models.Matchers)} {isBad} bool {PromQl.Number(gauge.Limit)}";
        Record(rules, Missed, condition, objective.Name);
        var selected = $"{Missed}{{{Select(objective)}}}";
        return ($"0 * {selected} + 1", $"avg_over_time({selected}[5m])\nand\n{selected}");
    }

    /// <summary>Ratios over days read many samples and change slowly: they are evaluated less often, but within Prometheus' 5 minutes of lookback.</summary>
    private static void WriteLongWindows(StringBuilder rules, ObjectiveSet set)
    {
        StartGroup(rules, "ryot-slo-days", interval: "2m");
        var whole = $"{set.WindowDays}d";
        foreach (var window in _longWindows.Append(whole))
            Record(rules, $"model:ryot_slo_errors:ratio_rate{window}", Ratio(window));
        foreach (var objective in set.Objectives)
        {
            var errors = $"model:ryot_slo_errors:ratio_rate{whole}{{{Select(objective)}}}";
            Record(rules, "model:ryot_slo_objective:ratio", $"{PromQl.Number(objective.Target / 100)} + 0 * {errors}", objective.Name);
            Record(rules, "model:ryot_slo_error_budget_remaining:ratio", $"1 - {errors} / {PromQl.Number(objective.Budget)}", objective.Name);
        }
    }

    private static void WriteAlerts(StringBuilder rules, ObjectiveSet set)
    {
        StartGroup(rules, "ryot-slo-alerts", interval: null);
        foreach (var objective in set.Objectives)
        {
            foreach (var burn in BurnRate.All.Where(burn => CanFire(burn, objective, set)))
                WriteAlert(rules, set, objective, burn);
        }
    }

    private static void WriteAlert(StringBuilder rules, ObjectiveSet set, Objective objective, BurnRate burn)
    {
        var selected = Select(objective);
        var factor = burn.Factor(set.WindowDays);
        var limit = $"{PromQl.Number(factor)} * {PromQl.Number(objective.Budget)}";
        var expression = new StringBuilder();
        expression.Append(CultureInfo.InvariantCulture, $"model:ryot_slo_errors:ratio_rate{burn.Long}{{{selected}}} > {limit}\nand\n");
        expression.Append(CultureInfo.InvariantCulture, $"model:ryot_slo_errors:ratio_rate{burn.Short}{{{selected}}} > {limit}");
        if (objective.Indicator is not GaugeIndicator)
        {
            // Rates over 5 minutes, read every 5 minutes, tell each event once.
            expression.Append(
                CultureInfo.InvariantCulture, $"\nand\nsum_over_time(model:ryot_slo_bad_events:rate5m{{{selected}}}[{burn.Long}:5m]) * 300 > {FewBadEvents}");
        }

        var spent = PromQl.Number(decimal.Round(set.WindowDays / factor, 1));
        rules.Append(CultureInfo.InvariantCulture, $$$"""
                  - alert: RyotErrorBudgetBurn
                    expr: |-
            {{{Indent(expression.ToString(), 10)}}}
                    for: {{{burn.For}}}
                    labels:
                      severity: {{{burn.Severity}}}
                      component: ryot
                      objective: {{{objective.Name}}}
                      long_window: {{{burn.Long}}}
                      short_window: {{{burn.Short}}}
                    annotations:
                      summary: "{{ $labels.model }} spends its error budget for {{{objective.Name}}} at more than {{{PromQl.Number(factor)}}} times the allowed rate"
                      description: >-
                        Objective: {{{PromQl.Number(objective.Target)}}}% {{{objective.Description}}}. In the last {{{burn.Long}}} {{ $value | humanizePercentage }} missed that.
                        At {{{PromQl.Number(factor)}}} times the allowed rate the whole budget of {{{set.WindowDays}}} days is spent in {{{spent}}} days.
                      runbook_url: monitoring/runbooks/RyotErrorBudgetBurn.md

            """);
    }

    private static string Braces(string matchers) => matchers.Length == 0 ? "" : $"{{{matchers.TrimStart(',')}}}";

    private static string Ratio(string window)
        => $"sum_over_time(model:ryot_slo_bad_events:rate5m[{window}])\n/\n(sum_over_time(model:ryot_slo_events:rate5m[{window}]) > 0)";

    private static string Select(Objective objective) => $"objective={PromQl.Quote(objective.Name)}{objective.Models.Matchers}";

    private static void StartGroup(StringBuilder rules, string name, string? interval)
    {
        rules.Append(CultureInfo.InvariantCulture, $"  - name: {name}\n");
        if (interval is not null)
            rules.Append(CultureInfo.InvariantCulture, $"    interval: {interval}\n");
        rules.Append("    rules:\n");
    }

    private static void Record(StringBuilder rules, string name, string expression, string? objective = null)
    {
        rules.Append(CultureInfo.InvariantCulture, $"      - record: {name}\n        expr: |-\n{Indent(expression, 10)}\n");
        if (objective is not null)
            rules.Append(CultureInfo.InvariantCulture, $"        labels:\n          objective: {objective}\n");
    }

    private static string Indent(string text, int spaces)
        => string.Join('\n', text.Split('\n').Select(line => new string(' ', spaces) + line));
}
