using System.Collections.Concurrent;
using System.Globalization;
using Ryot.Server.Tests.Support;
using Xunit;

namespace Ryot.EndToEnd.Tests.Truth;

/// <summary>What clients saw, and what metrics must say then: every counter and every count of a histogram, exactly.</summary>
internal sealed class ClientCount
{
    private readonly ConcurrentBag<Ending> _endings = [];

    public IReadOnlyCollection<Ending> Endings => _endings;

    public int CompletionTokens => _endings.Sum(ending => ending.CompletionTokens);

    public void Add(Ending ending) => _endings.Add(ending);

    /// <summary>What clients saw of some requests.</summary>
    public ClientCount Of(Func<Ending, bool> choose)
    {
        var part = new ClientCount();
        foreach (var ending in _endings.Where(choose))
            part.Add(ending);
        return part;
    }

    /// <summary>Compares all that can be counted at the client, model by model; tells all differences at once.</summary>
    /// <param name="metrics">Scraped after everything had ended.</param>
    /// <param name="completionTokens">
    /// Tokens that were generated, where the clients cannot know all, since requests ended early in one way; null are those they know.
    /// </param>
    /// <param name="beyondTenantLimit">Requests of tenants that have no series of their own.</param>
    public void AssertEqual(MetricsText metrics, long? completionTokens = null, int beyondTenantLimit = 0)
    {
        var differences = new List<string>();
        CompareWhole(metrics, beyondTenantLimit, differences);
        foreach (var model in Models(metrics))
        {
            var (part, ofModel) = (Of(ending => ending.Model == model), metrics.OfModel(model));
            Compare(ofModel, differences, "ryot_preemptions_total", ["model"], []);
            part.CompareRuns(ofModel, differences);
            part.CompareObjectives(ofModel, differences);
            part.CompareHistogramCounts(ofModel, differences);
            part.CompareTokens(ofModel, completionTokens ?? part.CompletionTokens, differences);
            part.ComparePromptCache(ofModel, differences);
            part.CompareWaste(ofModel, differences);
        }
        AssertNone(differences);
    }

    /// <summary>
    /// Compares what can be counted at the client where requests failed in the engine: how each ended, which of them ran, and that
    /// nothing is left of any. How far a failed one had come, its client does not know.
    /// </summary>
    public void AssertOutcomesEqual(MetricsText metrics)
    {
        var differences = new List<string>();
        CompareWhole(metrics, 0, differences);
        foreach (var model in Models(metrics))
        {
            var (part, ofModel) = (Of(ending => ending.Model == model), metrics.OfModel(model));
            part.CompareRuns(ofModel, differences);
            part.CompareObjectives(ofModel, differences);
        }
        AssertNone(differences);
    }

    private static IEnumerable<string> Models(MetricsText metrics) => metrics.Samples
        .Where(sample => sample.Name == "ryot_sequences_total").Select(sample => sample.Labels["model"]).Distinct();

    private void AssertNone(List<string> differences) =>
        Assert.True(differences.Count == 0, $"Metrics and clients disagree ({_endings.Count} requests):\n{string.Join('\n', differences)}");

    private void CompareWhole(MetricsText metrics, int beyondTenantLimit, List<string> differences)
    {
        Compare(metrics, differences, "ryot_inference_requests_total", ["model", "status", "endpoint", "error_type"],
            _endings.Select(ending => ($"{ending.Model},{ending.Status},{ending.Endpoint},{ending.ErrorType}", 1.0)));
        Compare(metrics, differences, "ryot_inference_errors_total", ["model", "error_type", "severity"],
            _endings.Where(ending => ending.Cause.Length > 0)
                .Select(ending => ($"{ending.Model},{ending.Cause},{Severity(ending.Cause)}", 1.0)));
        Compare(metrics, differences, "ryot_requests_finished_total", ["model", "finish_reason"],
            _endings.Select(ending => ($"{ending.Model},{ending.Reason}", 1.0)));
        Compare(metrics, differences, "ryot_sequences_total", ["model"],
            _endings.Select(ending => (ending.Model, (double)ending.Sequences)));
        Compare(metrics, differences, "ryot_metrics_dropped_observations_total", ["reason"], [("tenant_limit", beyondTenantLimit)]);
        CompareGauges(metrics, differences);
    }

    /// <summary>Which requests are judged; whether their times met an objective, only the server knows exactly.</summary>
    private void CompareObjectives(MetricsText metrics, List<string> differences)
    {
        var (good, bad) = (_endings.Count(ending => ending.Status == "success"), _endings.Count(ending => ending.IsFaultOfService));
        var timed = _endings.Count(ending => ending is { Status: "success", HasTwoTokens: true });
        (string Objective, double Judged)[] judged = [("availability", good + bad), ("latency", good + bad), ("ttft", good + bad), ("tpot", timed)];
        Compare(metrics, differences, "ryot_slo_requests_total", ["objective"], judged);
        Compare(metrics, differences, "ryot_slo_requests_total", ["objective", "result"],
            [("availability,met", good), ("availability,missed", bad)], labels => labels["objective"] == "availability");
    }

    private void CompareHistogramCounts(MetricsText metrics, List<string> differences)
    {
        var started = _endings.Where(ending => ending is { Admitted: true, SequencesWithTokens: > 0 }).ToList();
        Count("ryot_ttft_latency_seconds", ["model", "prompt_size", "device"], started,
            ending => $"{ending.Model},{Size(ending.PromptTokens)},cpu");
        Count("ryot_request_prefill_time_seconds", ["model"], started, ending => ending.Model);
        Count("ryot_request_decode_time_seconds", ["model"], started, ending => ending.Model);
        Count("ryot_request_tokens_per_second", ["model", "generation_mode"], started, ending => $"{ending.Model},{ending.Mode}");
        Count("ryot_time_per_output_token_seconds", ["model"], started.Where(ending => ending.HasTwoTokens), ending => ending.Model);

        void Count(string name, string[] labels, IEnumerable<Ending> endings, Func<Ending, string> key) =>
            CompareCount(metrics, differences, name, labels, endings.Select(key));
    }

    private void CompareRuns(MetricsText metrics, List<string> differences)
    {
        var queued = _endings.Where(ending => ending.Sequences > 0).ToList();
        var admitted = queued.Where(ending => ending.Admitted).ToList();
        Count("ryot_inference_latency_seconds", ["model", "generation_mode"], queued, ending => $"{ending.Model},{ending.Mode}");
        Count("ryot_request_queue_time_seconds", ["model", "priority_level"], admitted, ending => $"{ending.Model},{ending.Priority}");
        Count("ryot_request_prompt_tokens", ["model"], admitted, ending => ending.Model);
        Count("ryot_request_completion_tokens", ["model"], admitted, ending => ending.Model);

        void Count(string name, string[] labels, IEnumerable<Ending> endings, Func<Ending, string> key) =>
            CompareCount(metrics, differences, name, labels, endings.Select(key));
    }

    private static void CompareCount(
        MetricsText metrics, List<string> differences, string name, string[] labels, IEnumerable<string> keys)
    {
        var expected = keys.Select(key => (key, 1.0)).ToList();
        Compare(metrics, differences, name + "_count", labels, expected);
        // The last bucket holds everything.
        Compare(metrics, differences, name + "_bucket", labels, expected, sample => sample["le"] == "+Inf");
    }

    private void CompareTokens(MetricsText metrics, long completion, List<string> differences)
    {
        var admitted = _endings.Where(ending => ending.Admitted).ToList();
        var prompt = admitted.Sum(ending => (long)ending.PromptTokens);
        // The last token of a sequence is sampled, but never computed, and follows on none where it is the first.
        var following = completion - admitted.Sum(ending => ending.SequencesWithTokens);
        (string Name, double Expected, double Actual)[] numbers =
        [
            ("prompt tokens", prompt, metrics.Sum("ryot_tokens_generated_total", ("token_type", "prompt"))),
            ("completion tokens", completion, metrics.Sum("ryot_tokens_generated_total", ("token_type", "completion"))),
            ("total tokens", prompt + completion, metrics.Sum("ryot_tokens_generated_total", ("token_type", "total"))),
            ("prompt tokens by request", prompt, metrics.Sum("ryot_request_prompt_tokens_sum")),
            ("completion tokens by request", completion, metrics.Sum("ryot_request_completion_tokens_sum")),
            ("sampled tokens by pass", completion, metrics.Sum("ryot_batch_size_distribution_sum")),
            ("gaps between tokens", following, metrics.Sum("ryot_inter_token_latency_seconds_count")),
            ("computed completion tokens", following, metrics.Sum("ryot_scheduler_step_tokens_sum", ("phase", "decode"))),
        ];
        differences.AddRange(numbers.Where(number => number.Expected != number.Actual)
            .Select(number => $"{number.Name}: clients {number.Expected}, metrics {number.Actual}"));
        foreach (var mode in (string[])["standard", "streaming", "batch"])
        {
            var expected = admitted.Where(ending => ending.Mode == mode).Sum(ending => (long)ending.PromptTokens);
            var actual = metrics.Sum("ryot_tokens_generated_total", ("token_type", "prompt"), ("generation_mode", mode));
            if (expected != actual)
                differences.Add($"prompt tokens, {mode}: clients {expected}, metrics {actual}");
            var total = metrics.Sum("ryot_tokens_generated_total", ("token_type", "total"), ("generation_mode", mode));
            if (total != actual + metrics.Sum("ryot_tokens_generated_total", ("token_type", "completion"), ("generation_mode", mode)))
                differences.Add($"total tokens, {mode}: {total} is not the sum of the two others");
        }
    }

    /// <summary>Each prompt token is computed or reused, once; and the clients that were told agree on how many were reused.</summary>
    private void ComparePromptCache(MetricsText metrics, List<string> differences)
    {
        var admitted = _endings.Where(ending => ending.Admitted).ToList();
        var prompt = admitted.Sum(ending => (long)ending.PromptTokens);
        var (computed, reused) = PromptTokens(metrics);
        if (computed + reused != prompt)
            differences.Add($"prompt tokens: clients {prompt}, metrics {computed} computed and {reused} reused");
        var told = admitted.Sum(ending => (long)(ending.CachedTokens ?? 0));
        var untold = admitted.Where(ending => ending.CachedTokens is null).Sum(ending => (long)ending.PromptTokens);
        if (reused < told || reused > told + untold)
            differences.Add($"reused prompt tokens: clients {told} to {told + untold}, metrics {reused}");
        // A further answer computes the prompt's last token, and at most 15 more that were not worth sharing.
        var further = metrics.Sum("ryot_scheduler_step_tokens_sum", ("phase", "prefill")) - computed;
        var answers = admitted.Sum(ending => (long)ending.FurtherAnswers);
        if (further < answers || further > 16 * answers)
            differences.Add($"tokens of prompts computed for {answers} further answers: {further}");
    }

    /// <summary>
    /// All that was computed for sequences that ended early is wasted. What was computed in all the passes tell; what of it served the
    /// other requests their clients know.
    /// </summary>
    private void CompareWaste(MetricsText metrics, List<string> differences)
    {
        var admitted = _endings.Where(ending => ending.Admitted).ToLookup(ending => ending.Reason is "cancelled" or "timeout");
        var wasted = admitted[true].ToList();
        var served = admitted[false].Sum(ending => (double)ending.PromptTokens - (ending.CachedTokens ?? 0) + ending.CompletionTokens - ending.Sequences);
        var expected = metrics.Sum("ryot_scheduler_step_tokens_sum") - served;
        Compare(metrics, differences, "ryot_wasted_tokens_total", ["model", "cause"],
            wasted.Select(ending => $"{ending.Model},{ending.Reason}").Distinct().Select(key => (key, expected)));
    }

    private static (double Computed, double Reused) PromptTokens(MetricsText metrics) =>
        (metrics.Sum("ryot_prompt_cache_tokens_total", ("source", "computed")), metrics.Sum("ryot_prompt_cache_tokens_total", ("source", "reused")));

    private static void CompareGauges(MetricsText metrics, List<string> differences)
    {
        foreach (var name in Support.RyotProcess.LoadGauges)
        {
            if (metrics.Count(name) == 0 || metrics.Samples.Any(sample => sample.Name == name && sample.Value != 0))
                differences.Add($"{name} is {metrics.Sum(name)} although nothing runs");
        }
        if (metrics.Sum("ryot_metrics_series") != metrics.Samples.Count)
            differences.Add($"ryot_metrics_series is {metrics.Sum("ryot_metrics_series")} of {metrics.Samples.Count} series");
    }

    private static void Compare(
        MetricsText metrics,
        List<string> differences,
        string name,
        string[] labels,
        IEnumerable<(string Key, double Value)> expected,
        Func<Dictionary<string, string>, bool>? filter = null)
    {
        var wanted = Sum(expected);
        var samples = metrics.Samples.Where(sample => sample.Name == name && (filter is null || filter(sample.Labels))).ToList();
        if (samples.Count == 0)
            differences.Add($"{name} is not there");
        var actual = Sum(samples.Select(
            sample => (string.Join(',', labels.Select(label => sample.Labels.GetValueOrDefault(label, ""))), sample.Value)));
        foreach (var key in wanted.Keys.Union(actual.Keys).Order(StringComparer.Ordinal))
        {
            var (clients, server) = (wanted.GetValueOrDefault(key), actual.GetValueOrDefault(key));
            if (clients != server)
            {
                differences.Add(string.Create(
                    CultureInfo.InvariantCulture, $"{name}{{{string.Join(',', labels)}}} {key}: clients {clients}, metrics {server}"));
            }
        }
    }

    private static Dictionary<string, double> Sum(IEnumerable<(string Key, double Value)> values) =>
        values.GroupBy(pair => pair.Key).ToDictionary(group => group.Key, group => group.Sum(pair => pair.Value));

    private static string Severity(string cause) => cause switch
    {
        "oom" or "cuda_error" => "critical",
        "invalid_prompt" or "tokenization_error" => "info",
        _ => "warning",
    };

    private static string Size(int promptTokens) => promptTokens switch
    {
        < 50 => "tiny",
        < 500 => "small",
        < 2000 => "medium",
        < 10000 => "large",
        _ => "xlarge",
    };
}
