using System.Globalization;
using System.Text.RegularExpressions;
using Ryot.Metrics;

namespace Ryot.Cli.Slo;

/// <content>What an objective counts.</content>
public sealed partial class ObjectivesReader
{
    private RequestsIndicator ReadRequests(Dictionary<string, Entry> entries)
    {
        RefuseKeys(entries, "requests", "threshold", "above", "below");
        var known = MetricCatalogue.SloRequests.Labels.Single(label => label.Name == "objective").Values;
        var objective = ReadText(entries["requests"]);
        if (!known.Contains(objective))
            Add(entries["requests"], $"the server judges no '{objective}'; it judges: {string.Join(", ", known)}");
        return new RequestsIndicator(objective);
    }

    private HistogramIndicator? ReadHistogram(Dictionary<string, Entry> entries)
    {
        RefuseKeys(entries, "histogram", "above", "below");
        var entry = entries["histogram"];
        var name = ReadText(entry);
        if (MetricCatalogue.Find(name) is not { Bounds: { } bounds } metric || metric.Labels.All(label => label.Name != "model"))
        {
            Add(entry, $"Ryot has no histogram '{name}' with a label model; docs/metrics.md lists the metrics");
            return null;
        }

        if (!entries.TryGetValue("threshold", out var given))
        {
            Add(entry, $"a histogram needs a threshold, one of its bounds: {Join(bounds)}");
            return null;
        }

        if (ReadNumber(given) is not { } threshold)
            return null;
        if (!bounds.Contains((double)threshold))
        {
            var below = bounds.Where(bound => bound < (double)threshold).TakeLast(1);
            var above = bounds.Where(bound => bound > (double)threshold).Take(1);
            var nearest = Join(below.Concat(above));
            Add(given, $"{PromQl.Number(threshold)} is no bound of {name}, so that it cannot be told what is within it; the nearest bounds: {nearest}");
        }

        return new HistogramIndicator(name, (double)threshold);

        static string Join(IEnumerable<double> values) => string.Join(", ", values.Select(value => value.ToString(CultureInfo.InvariantCulture)));
    }

    private GaugeIndicator? ReadGauge(Dictionary<string, Entry> entries)
    {
        RefuseKeys(entries, "gauge", "threshold");
        var entry = entries["gauge"];
        var rule = ReadText(entry);
        if (!RulePattern().IsMatch(rule))
            Add(entry, $"'{rule}' is no recording rule by model; their names begin with model: (monitoring/prometheus/rules/recording.yml)");
        var isAbove = entries.TryGetValue("above", out var above);
        var isBelow = entries.TryGetValue("below", out var below);
        if (isAbove == isBelow)
        {
            Add(entry, "either above or below must be given");
            return null;
        }

        return ReadNumber(isAbove ? above! : below!) is { } limit ? new GaugeIndicator(rule, limit, isAbove) : null;
    }

    private void RefuseKeys(Dictionary<string, Entry> entries, string kind, params IEnumerable<string> keys)
    {
        foreach (var key in keys.Where(entries.ContainsKey))
            Add(entries[key], $"{key} does not go with {kind}");
    }

    [GeneratedRegex("^model:[a-z][a-z0-9_]*:[a-z0-9_]+$")]
    private static partial Regex RulePattern();
}
