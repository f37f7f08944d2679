using Ryot.EndToEnd.Tests.Support;
using Ryot.Testing;
using Ryot.Testing.Models;
using Xunit;

namespace Ryot.EndToEnd.Tests.Alerts;

/// <summary>
/// What sums over several servers say (litellm#10595, vllm#18053, sglang#6892: counters depended on which worker answered; LMCache#4216:
/// series were there twice).
/// </summary>
public sealed class SeveralInstancesTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Sums_over_three_servers_are_what_their_clients_counted()
    {
        var servers = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => RyotProcess.StartAsync(TestModels.Llama())));
        try
        {
            await using var prometheus = await PrometheusServer.StartAsync(
                [.. servers.Select(server => new ScrapeTarget("ryot", new Uri(server.Address, "/metrics")))], cancellation: Cancellation);
            var (requests, prompt, completion) = (0, 0, 0);
            foreach (var (index, server) in servers.Index())
            {
                for (var i = 0; i < 5 * (index + 1); i++)
                {
                    var answer = await server.PostForJsonAsync(
                        "/v1/completions", $"{{\"model\":\"tiny\",\"prompt\":\"Request {i}\",\"max_tokens\":{i + 1},\"ignore_eos\":true}}");
                    var usage = answer.GetProperty("usage");
                    requests++;
                    prompt += usage.GetProperty("prompt_tokens").GetInt32();
                    completion += usage.GetProperty("completion_tokens").GetInt32();
                }
                await server.ScrapeIdleAsync(5 * (index + 1));
            }

            await UntilAsync(prometheus, "sum(ryot_inference_requests_total)", requests);
            await UntilAsync(prometheus, """sum(ryot_inference_requests_total{status="success"})""", requests);
            await UntilAsync(prometheus, "sum(ryot_inference_latency_seconds_count)", requests);
            await UntilAsync(prometheus, """sum(ryot_tokens_generated_total{token_type="prompt"})""", prompt);
            await UntilAsync(prometheus, """sum(ryot_tokens_generated_total{token_type="completion"})""", completion);
            await UntilAsync(prometheus, """count(count by (instance) (ryot_inference_requests_total{model="tiny"}))""", 3);
            await UntilAsync(prometheus, "sum(ryot_requests_running) + sum(ryot_requests_waiting)", 0);
        }
        finally
        {
            foreach (var server in servers)
                await server.DisposeAsync();
        }
    }

    /// <summary>Waits for the scrape that brings the value, which then stays.</summary>
    private static async Task UntilAsync(PrometheusServer prometheus, string query, double expected)
    {
        double? actual = null;
        for (var i = 0; i < 300 && actual != expected; i++)
        {
            var values = await prometheus.QueryAsync(query, Cancellation);
            actual = values.Count == 1 ? values[0].Value : null;
            if (actual != expected)
                await Task.Delay(50, Cancellation);
        }
        Assert.True(actual == expected, $"{query} is {actual}, not {expected}");
    }
}
