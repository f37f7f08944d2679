using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Ryot.Testing;

/// <summary>What a <see cref="PrometheusServer"/> scrapes: one job with one target.</summary>
/// <param name="Job">The job's name, label <c>job</c> of all it yields.</param>
/// <param name="Address">Where the metrics are.</param>
public sealed record ScrapeTarget(string Job, Uri Address);

/// <summary>One series of a query's answer.</summary>
/// <param name="Labels">Its labels, the name among them if the query kept it.</param>
/// <param name="Value">Its value.</param>
public sealed record PrometheusValue(IReadOnlyDictionary<string, string> Labels, double Value);

/// <summary>
/// A real Prometheus on an ephemeral loopback port with its data in a directory of its own. Disposing ends the process and
/// removes the directory.
/// </summary>
public sealed class PrometheusServer : IAsyncDisposable
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan _pause = TimeSpan.FromMilliseconds(50);

    private readonly ServerProgram _program;
    private readonly HttpClient _http;

    private PrometheusServer(ServerProgram program)
    {
        _program = program;
        _http = new HttpClient { BaseAddress = program.Address };
    }

    /// <summary>What the server wrote to its log so far.</summary>
    public string Log => _program.Log;

    /// <summary>The server's root address.</summary>
    public Uri Address => _program.Address;

    /// <summary>Starts a server and waits until it answers.</summary>
    /// <param name="targets">What it scrapes.</param>
    /// <param name="interval">How often; every 500 ms when null; a scrape that takes longer fails.</param>
    /// <param name="features">Values of <c>--enable-feature</c>, e.g. <c>exemplar-storage</c>.</param>
    /// <param name="ruleFiles">Rule files to load, by full path.</param>
    /// <param name="alertmanager">Where alerts are sent; nowhere when null.</param>
    /// <param name="evaluationInterval">How often rules are evaluated that name no interval; as often as it scrapes when null.</param>
    /// <param name="cancellation">Gives up.</param>
    public static async Task<PrometheusServer> StartAsync(
        IReadOnlyList<ScrapeTarget> targets,
        TimeSpan? interval = null,
        IReadOnlyList<string>? features = null,
        IReadOnlyList<string>? ruleFiles = null,
        Uri? alertmanager = null,
        TimeSpan? evaluationInterval = null,
        CancellationToken cancellation = default)
    {
        var scraping = interval ?? TimeSpan.FromMilliseconds(500);
        var configuration = Configuration(targets, scraping, evaluationInterval ?? scraping, ruleFiles ?? [], alertmanager);
        var program = await ServerProgram.StartAsync(
            "prometheus",
            ("prometheus.yml", configuration),
            directory =>
            [
                $"--config.file={Path.Combine(directory, "prometheus.yml")}",
                $"--storage.tsdb.path={Path.Combine(directory, "data")}",
                "--web.listen-address=127.0.0.1:0",
                // Alerts that go on are told again as soon as they are evaluated: a test does not wait for the usual minute.
                "--rules.alert.resend-delay=1s",
                .. features is { Count: > 0 } ? (string[])[$"--enable-feature={string.Join(',', features)}"] : [],
            ],
            readyLine: "Server is ready to receive web requests",
            cancellation);
        return new PrometheusServer(program);
    }

    /// <summary>Evaluates a query at this moment. A scalar comes as one value without labels.</summary>
    /// <exception cref="InvalidOperationException">Prometheus refused the query; the message tells why.</exception>
    public async Task<IReadOnlyList<PrometheusValue>> QueryAsync(string query, CancellationToken cancellation = default)
    {
        var data = await GetDataAsync($"api/v1/query?query={Uri.EscapeDataString(query)}", cancellation);
        var result = data.GetProperty("result");
        if (data.GetProperty("resultType").GetString() == "scalar")
            return [new PrometheusValue(new Dictionary<string, string>(), ParseValue(result[1]))];
        return [.. result.EnumerateArray().Select(series => new PrometheusValue(
            ParseLabels(series.GetProperty("metric")),
            // A native histogram is no number; functions over it are.
            series.TryGetProperty("value", out var value) ? ParseValue(value[1]) : double.NaN))];
    }

    /// <summary>Repeats a query until its answer is as wanted.</summary>
    /// <returns>That answer.</returns>
    /// <exception cref="TimeoutException">It was not within a minute; the message holds the last answer.</exception>
    public async Task<IReadOnlyList<PrometheusValue>> WaitForAsync(
        string query, Func<IReadOnlyList<PrometheusValue>, bool> wanted, CancellationToken cancellation = default)
    {
        var waited = Stopwatch.StartNew();
        while (true)
        {
            var values = await QueryAsync(query, cancellation);
            if (wanted(values))
                return values;
            if (waited.Elapsed > _patience)
                throw new TimeoutException($"{query} kept answering [{string.Join("; ", values)}]. Log:{Environment.NewLine}{Log}");
            await Task.Delay(_pause, cancellation);
        }
    }

    /// <summary>Waits until a job was scraped this many more times with success, so that all that was recorded before is in.</summary>
    /// <exception cref="TimeoutException">That did not happen within a minute; the message holds the target's last error.</exception>
    public async Task WaitForScrapesAsync(string job, int scrapes = 2, CancellationToken cancellation = default)
    {
        var waited = Stopwatch.StartNew();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        while (true)
        {
            var target = await TargetAsync(job, cancellation);
            if (target is { Health: "up" })
                seen.Add(target.LastScrape);
            if (seen.Count > scrapes)
                return;
            if (waited.Elapsed > _patience)
                throw new TimeoutException($"{job} was not scraped: {target}. Log:{Environment.NewLine}{Log}");
            await Task.Delay(_pause, cancellation);
        }
    }

    /// <summary>The state of a job's target, or null before it is known.</summary>
    public async Task<TargetState?> TargetAsync(string job, CancellationToken cancellation = default)
    {
        var data = await GetDataAsync("api/v1/targets?state=active", cancellation);
        return data.GetProperty("activeTargets").EnumerateArray()
            .Where(target => target.GetProperty("scrapePool").GetString() == job)
            .Select(target => new TargetState(
                target.GetProperty("health").GetString()!,
                target.GetProperty("lastError").GetString()!,
                target.GetProperty("lastScrape").GetString()!))
            .FirstOrDefault();
    }

    /// <summary>Asks any part of the HTTP API, e.g. <c>api/v1/query_exemplars?...</c>, and gives the answer's <c>data</c>.</summary>
    /// <exception cref="InvalidOperationException">Prometheus answered with an error; the message tells which.</exception>
    public async Task<JsonElement> GetDataAsync(string pathAndQuery, CancellationToken cancellation = default)
    {
        using var response = await _http.GetAsync(new Uri(pathAndQuery, UriKind.Relative), cancellation);
        var body = await response.Content.ReadAsStringAsync(cancellation);
        if (!response.IsSuccessStatusCode)
            throw new InvalidOperationException($"{pathAndQuery}: {(int)response.StatusCode} {body}");
        using var document = JsonDocument.Parse(body);
        return document.RootElement.GetProperty("data").Clone();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _program.DisposeAsync();
    }

    private static string Configuration(
        IReadOnlyList<ScrapeTarget> targets, TimeSpan interval, TimeSpan evaluationInterval, IReadOnlyList<string> ruleFiles, Uri? alertmanager)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"global:\n  scrape_interval: {(long)interval.TotalMilliseconds}ms\n");
        text.Append(CultureInfo.InvariantCulture, $"  evaluation_interval: {(long)evaluationInterval.TotalMilliseconds}ms\n");
        if (ruleFiles.Count > 0)
            text.Append("rule_files:\n");
        foreach (var file in ruleFiles)
            text.Append(CultureInfo.InvariantCulture, $"  - {JsonSerializer.Serialize(file)}\n");
        if (alertmanager is not null)
        {
            text.Append("alerting:\n  alertmanagers:\n");
            text.Append(CultureInfo.InvariantCulture, $"    - static_configs:\n        - targets: [\"{alertmanager.Authority}\"]\n");
        }

        text.Append("scrape_configs:\n");
        // Targets of one job have one scheme and path.
        foreach (var job in targets.GroupBy(target => target.Job))
        {
            var target = job.First();
            var addresses = string.Join(", ", job.Select(one => $"\"{one.Address.Authority}\""));
            text.Append(CultureInfo.InvariantCulture, $"  - job_name: {JsonSerializer.Serialize(target.Job)}\n");
            text.Append(CultureInfo.InvariantCulture, $"    scheme: {target.Address.Scheme}\n");
            text.Append(CultureInfo.InvariantCulture, $"    metrics_path: {JsonSerializer.Serialize(target.Address.AbsolutePath)}\n");
            text.Append(CultureInfo.InvariantCulture, $"    static_configs:\n      - targets: [{addresses}]\n");
        }

        return text.ToString();
    }

    private static double ParseValue(JsonElement value) => value.GetString() switch
    {
        "+Inf" => double.PositiveInfinity,
        "-Inf" => double.NegativeInfinity,
        "NaN" => double.NaN,
        var number => double.Parse(number!, NumberStyles.Float, CultureInfo.InvariantCulture),
    };

    private static Dictionary<string, string> ParseLabels(JsonElement labels)
        => labels.EnumerateObject().ToDictionary(label => label.Name, label => label.Value.GetString()!, StringComparer.Ordinal);

    /// <summary>How a target fares.</summary>
    /// <param name="Health"><c>up</c>, <c>down</c> or <c>unknown</c>.</param>
    /// <param name="LastError">Why it is down; empty when it is not.</param>
    /// <param name="LastScrape">When it was last scraped.</param>
    public sealed record TargetState(string Health, string LastError, string LastScrape);
}
