using System.Text.Json;
using Ryot.EndToEnd.Tests.Support;
using Ryot.Server.Tests.Support;
using Xunit;

namespace Ryot.EndToEnd.Tests.Truth;

/// <summary>
/// Metrics of requests that clients cancelled or that ran out of time. How many tokens those got, no client can know: the engine goes
/// on until it learns of the end, and what is on its way is lost. All else is exact, and the tokens are bounded from below by those
/// received and must be the same in every metric that counts them.
/// </summary>
public sealed class EndedEarlyTests
{
    private const string Prompt = "Once upon a time there was";

    private static readonly string _endless = $"\"prompt\":\"{Prompt}\",\"max_tokens\":{SlowModel.ManyTokens},\"ignore_eos\":true";

    /// <summary>
    /// vllm#55634: aborted requests were in the prompt tokens and in no metric per request; vllm#31503: their finish reason was never counted.
    /// </summary>
    [Fact]
    public async Task Requests_that_their_clients_cancel_while_they_run_are_in_every_metric()
    {
        await using var server = await RyotProcess.StartAsync(SlowModel.Path, "--parallel", "12", "--context-length", "65536");
        var (count, promptTokens) = await StartCountAsync(server);
        var received = 0;
        var streams = Enumerable.Range(0, 8).Select(i => Task.Run(async () =>
        {
            // Two in four ask for two answers, by the route of completions.
            var answers = i % 4 < 2 ? 1 : 2;
            using var stream = answers == 1
                ? await OpenStream.OpenAsync(server, "/v1/inference/stream", $"{{\"model\":\"tiny\",{_endless}}}")
                : await OpenStream.OpenAsync(server, "/v1/completions", $"{{\"model\":\"tiny\",{_endless},\"n\":2,\"stream\":true}}");
            var texts = new int[answers];
            while (texts.Min() < 2 + i)
            {
                var chunk = await stream.ReadJsonAsync();
                texts[answers == 1 ? 0 : chunk.GetProperty("choices")[0].GetProperty("index").GetInt32()]++;
            }
            Interlocked.Add(ref received, texts.Sum());
            count.Add(Cancelled(promptTokens, answers));
        }));
        await Task.WhenAll(streams);

        var metrics = await server.ScrapeIdleAsync(count.Endings.Count);
        var generated = Generated(metrics);
        Assert.InRange(generated, received + count.CompletionTokens, 12 * (double)SlowModel.ManyTokens);
        count.AssertEqual(metrics, generated);
    }

    [Fact]
    public async Task Requests_that_run_out_of_time_while_they_run_are_in_every_metric()
    {
        await using var server = await RyotProcess.StartAsync(SlowModel.Path, "--parallel", "7");
        var (count, promptTokens) = await StartCountAsync(server);
        var received = 0;
        var body = $"{{\"model\":\"tiny\",{_endless},\"timeout\":3";
        var streams = Enumerable.Range(0, 4).Select(async _ =>
        {
            var texts = await server.PostForEventsAsync("/v1/inference/stream", body + "}");
            var events = texts.Select(data => JsonElement.Parse(data)).ToList();
            AssertIsDeadline(events[^1]);
            Assert.InRange(events.Count, 4, SlowModel.ManyTokens);
            Interlocked.Add(ref received, events.Count - 1);
            count.Add(TimedOut("stream", "streaming", promptTokens));
        }).ToList();
        var whole = Enumerable.Range(0, 3).Select(async _ =>
        {
            AssertIsDeadline(await server.PostForJsonAsync("/v1/completions", body + ",\"priority\":\"high\"}", 504));
            count.Add(TimedOut("generate", "standard", promptTokens) with { Priority = "high" });
        }).ToList();
        // A whole answer that is late has no tokens to show that it ran; but it did, there is room for all.
        await server.ScrapeUntilAsync(metrics => metrics.Sum("ryot_requests_running") == 7, "all run");
        await Task.WhenAll([.. streams, .. whole]);

        var metrics = await server.ScrapeIdleAsync(count.Endings.Count);
        var generated = Generated(metrics);
        Assert.InRange(generated, received + count.CompletionTokens, 7 * (double)SlowModel.ManyTokens);
        count.AssertEqual(metrics, generated);
    }

    [Fact]
    public async Task Requests_that_end_while_they_wait_were_queued_and_nothing_else()
    {
        await using var server = await RyotProcess.StartAsync(SlowModel.Path, "--parallel", "2", "--queue-limit", "9");
        var (count, promptTokens) = await StartCountAsync(server);
        using (var first = await OpenStream.OpenAsync(server, "/v1/inference/stream", $"{{\"model\":\"tiny\",{_endless}}}"))
        using (var second = await OpenStream.OpenAsync(server, "/v1/inference/stream", $"{{\"model\":\"tiny\",{_endless}}}"))
        {
            await Task.WhenAll(ReadThreeAsync(first), ReadThreeAsync(second));
            var waiting = $"{{\"model\":\"tiny\",{_endless}";

            await Task.WhenAll(Enumerable.Range(0, 4).Select(async i =>
            {
                var late = waiting + $",\"timeout\":0.{i + 1},\"priority\":\"low\"}}";
                AssertIsDeadline(await server.PostForJsonAsync("/v1/completions", late, 504));
                var ending = TimedOut("generate", "standard", promptTokens);
                count.Add(ending with { Admitted = false, SequencesWithTokens = 0, Priority = "low" });
            }));

            using var cancelled = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
            var vanishing = Enumerable.Range(0, 9).Select(i => server.PostAsync(
                i < 5 ? "/v1/completions" : "/v1/inference/stream", waiting + "}", cancellation: cancelled.Token)).ToList();
            var full = await server.ScrapeUntilAsync(metrics => metrics.Sum("ryot_requests_waiting") == 9, "nine wait");
            Assert.Equal(9, full.Sum("ryot_queue_depth", ("priority_level", "normal")));
            Assert.Equal(2, full.Sum("ryot_active_inference_requests", ("request_type", "streaming"), ("endpoint", "stream")));
            // The queue is full, and says so.
            count.Add(await new Ask("/v1/inference/generate", waiting + "}").SendAsync(server));
            await cancelled.CancelAsync();
            foreach (var request in vanishing)
                await Assert.ThrowsAnyAsync<OperationCanceledException>(() => request);
            await server.ScrapeUntilAsync(metrics => metrics.Sum("ryot_requests_waiting") == 0, "nobody waits");
            for (var i = 0; i < 9; i++)
            {
                count.Add(Cancelled(promptTokens, 1) with
                {
                    Admitted = false,
                    SequencesWithTokens = 0,
                    Endpoint = i < 5 ? "generate" : "stream",
                    Mode = i < 5 ? "standard" : "streaming",
                });
            }
        }
        count.Add(Cancelled(promptTokens, 1));
        count.Add(Cancelled(promptTokens, 1));

        var metrics = await server.ScrapeIdleAsync(count.Endings.Count);
        Assert.Single(count.Endings, ending => ending.Cause == "overloaded");
        Assert.Equal(13, metrics.Sum("ryot_inference_latency_seconds_count", ("batch_size", "")));
        count.AssertEqual(metrics, Generated(metrics));
    }

    /// <summary>One short request tells how many tokens the prompt has.</summary>
    private static async Task<(ClientCount Count, int PromptTokens)> StartCountAsync(RyotProcess server)
    {
        var count = new ClientCount();
        var ask = new Ask("/v1/inference/generate", $"{{\"model\":\"tiny\",\"prompt\":\"{Prompt}\",\"max_tokens\":1}}");
        var ending = await ask.SendAsync(server);
        count.Add(ending);
        return (count, ending.PromptTokens);
    }

    private static long Generated(MetricsText metrics) => (long)metrics.Sum("ryot_tokens_generated_total", ("token_type", "completion"));

    private static async Task ReadThreeAsync(OpenStream stream)
    {
        for (var i = 0; i < 3; i++)
            await stream.ReadJsonAsync();
    }

    private static void AssertIsDeadline(JsonElement answer) =>
        Assert.Equal("deadline_exceeded", answer.GetProperty("error").GetProperty("code").GetString());

    private static Ending Cancelled(int promptTokens, int answers) => new()
    {
        Endpoint = "stream",
        Mode = "streaming",
        Status = "partial",
        Reason = "cancelled",
        Sequences = answers,
        Admitted = true,
        SequencesWithTokens = answers,
        HasTwoTokens = true,
        PromptTokens = promptTokens,
        FurtherAnswers = answers - 1,
    };

    private static Ending TimedOut(string endpoint, string mode, int promptTokens) => Cancelled(promptTokens, 1) with
    {
        Endpoint = endpoint,
        Mode = mode,
        Status = "timeout",
        ErrorType = "timeout",
        Cause = "timeout",
        Reason = "timeout",
    };
}
