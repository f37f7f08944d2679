using System.Globalization;
using System.Text.Json;
using Ryot.Testing;
using Ryot.Testing.Monitoring;

namespace Ryot.DashboardRenderer;

/// <summary>A series of a panel.</summary>
/// <param name="Name">Its legend.</param>
/// <param name="Labels">Its labels.</param>
/// <param name="Values">Its value at each point of the range; NaN where it has none.</param>
public sealed record PanelSeries(string Name, IReadOnlyDictionary<string, string> Labels, double[] Values)
{
    /// <summary>The last value that is one; NaN when there is none.</summary>
    public double Last => Array.FindLast(Values, value => !double.IsNaN(value)) is var value && Array.Exists(Values, one => one == value) ? value : double.NaN;
}

/// <summary>What one query of a panel answered.</summary>
/// <param name="Target">The query.</param>
/// <param name="Series">The series, without those that have no value at all.</param>
public sealed record TargetData(GrafanaTarget Target, IReadOnlyList<PanelSeries> Series);

/// <summary>What a panel shows.</summary>
/// <param name="Panel">The panel.</param>
/// <param name="Targets">What its queries answered.</param>
/// <param name="Exemplars">Times and values of its exemplars.</param>
public sealed record PanelData(GrafanaPanel Panel, IReadOnlyList<TargetData> Targets, IReadOnlyList<(DateTimeOffset Time, double Value)> Exemplars)
{
    /// <summary>The series of all queries.</summary>
    public IEnumerable<PanelSeries> Series => Targets.SelectMany(target => target.Series);
}

/// <summary>What a dashboard shows: all of its queries, answered by a Prometheus for all models and instances.</summary>
/// <param name="Dashboard">The dashboard.</param>
/// <param name="Range">The time that it shows.</param>
/// <param name="Panels">Its panels, rows included.</param>
/// <param name="Annotations">What happened, and when it began.</param>
public sealed record DashboardData(
    GrafanaDashboard Dashboard, TimeRange Range, IReadOnlyList<PanelData> Panels, IReadOnlyList<(string Name, DateTimeOffset Time)> Annotations)
{
    /// <summary>Asks a Prometheus for all that a dashboard shows.</summary>
    /// <exception cref="InvalidOperationException">Prometheus refused a query; the message tells which.</exception>
    public static async Task<DashboardData> ReadAsync(GrafanaDashboard dashboard, PrometheusServer prometheus, TimeRange range, CancellationToken cancellation = default)
    {
        var panels = new List<PanelData>();
        foreach (var panel in dashboard.Panels)
        {
            var targets = new List<TargetData>();
            foreach (var target in panel.Targets)
                targets.Add(new TargetData(target, await QueryAsync(prometheus, target.Expression, target.Legend, range, cancellation)));
            var exemplars = panel.Targets.FirstOrDefault(target => target.HasExemplars);
            panels.Add(new PanelData(panel, targets, exemplars is null ? [] : await ExemplarsAsync(prometheus, exemplars, range, cancellation)));
        }

        var annotations = new List<(string, DateTimeOffset)>();
        foreach (var annotation in dashboard.Annotations)
        {
            foreach (var series in await QueryAsync(prometheus, annotation.Expression, annotation.Legend, range, cancellation))
                annotations.AddRange(Beginnings(series.Values).Select(i => (series.Name, range.Start + range.Step * i)));
        }

        return new DashboardData(dashboard, range, panels, annotations);
    }

    private static IEnumerable<int> Beginnings(double[] values)
        => Enumerable.Range(0, values.Length).Where(i => values[i] > 0 && (i == 0 || !(values[i - 1] > 0)));

    private static async Task<List<PanelSeries>> QueryAsync(
        PrometheusServer prometheus, string expression, string legend, TimeRange range, CancellationToken cancellation)
    {
        var query = GrafanaVariables.Substitute(expression, range.ScrapeInterval, range.Step);
        var data = await prometheus.GetDataAsync(
            $"api/v1/query_range?query={Uri.EscapeDataString(query)}&{Times(range)}&step={Seconds(range.Step.TotalSeconds)}", cancellation);
        return [.. data.GetProperty("result").EnumerateArray().Select(series => Read(series, legend, range)).Where(series => !double.IsNaN(series.Last))];
    }

    private static async Task<IReadOnlyList<(DateTimeOffset, double)>> ExemplarsAsync(
        PrometheusServer prometheus, GrafanaTarget target, TimeRange range, CancellationToken cancellation)
    {
        var query = GrafanaVariables.Substitute(target.Expression, range.ScrapeInterval, range.Step);
        var data = await prometheus.GetDataAsync($"api/v1/query_exemplars?query={Uri.EscapeDataString(query)}&{Times(range)}", cancellation);
        return [.. from series in data.EnumerateArray()
                   from exemplar in series.GetProperty("exemplars").EnumerateArray()
                   select (Time(exemplar.GetProperty("timestamp").GetDouble()), Number(exemplar.GetProperty("value")))];
    }

    private static PanelSeries Read(JsonElement series, string legend, TimeRange range)
    {
        var labels = series.GetProperty("metric").EnumerateObject().ToDictionary(label => label.Name, label => label.Value.GetString()!, StringComparer.Ordinal);
        var values = new double[range.Points];
        Array.Fill(values, double.NaN);
        foreach (var sample in series.GetProperty("values").EnumerateArray())
            values[(int)Math.Round((Time(sample[0].GetDouble()) - range.Start) / range.Step)] = Number(sample[1]);
        return new PanelSeries(LegendText.Of(legend, labels), labels, values);
    }

    private static string Times(TimeRange range) => $"start={Seconds(Unix(range.Start))}&end={Seconds(Unix(range.End))}";

    private static string Seconds(double seconds) => seconds.ToString("0.###", CultureInfo.InvariantCulture);

    private static double Unix(DateTimeOffset time) => time.ToUnixTimeMilliseconds() / 1000.0;

    private static DateTimeOffset Time(double unix) => DateTimeOffset.FromUnixTimeMilliseconds((long)Math.Round(unix * 1000));

    private static double Number(JsonElement value) => value.GetString() switch
    {
        "+Inf" => double.PositiveInfinity,
        "-Inf" => double.NegativeInfinity,
        var number => double.Parse(number!, NumberStyles.Float, CultureInfo.InvariantCulture),
    };
}
