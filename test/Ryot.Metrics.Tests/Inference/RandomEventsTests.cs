using CsCheck;

namespace Ryot.Metrics.Tests;

public sealed class RandomEventsTests
{
    private enum Event
    {
        Queued,
        Admitted,
        Token,
        Passes,
        Prompt,
        Flush,
        Cost,
        Finish,
    }

    private sealed record Step(int Request, Event Event, int Number, int Ticks, int Status, int Reason, int Cause);

    private static Gen<Step> Steps(int requests) => Gen.Select(
        Gen.Int[0, requests - 1],
        Gen.Enum<Event>(),
        Gen.Int[-2, 40],
        Gen.Int[-5, 20_000],
        Gen.Select(Gen.Int[0, 3], Gen.Int[0, 5], Gen.Int[-1, 7]),
        (request, what, number, ticks, end) => new Step(request, what, number, ticks, end.Item1, end.Item2, end.Item3));

    [Fact]
    public void Whatever_happens_in_whatever_order_nothing_throws_and_every_request_counts_once_and_nothing_stays_behind()
        => Steps(4).Array[0, 60].Sample(steps =>
        {
            using var recording = new Recording();
            var requests = Enumerable.Range(0, 4).Select(number => recording.Model.StartRequest(
                (InferenceEndpoint)(number % 3), (GenerationMode)(number / 2), (PriorityLevel)(number % 3), recording.Now)).ToList();
            foreach (var step in steps)
                Apply(recording, requests[step.Request], step);

            var during = recording.ScrapeAsync().GetAwaiter().GetResult();
            Assert.Equal(steps.Where(step => step.Event == Event.Finish).Select(step => step.Request).Distinct().Count(), during.Sum("ryot_inference_requests_total"));
            Assert.All(during.Samples, sample => Assert.True(sample.Value >= 0, sample.Identity));

            // Those that were never finished end now; those that were are told once more, which changes nothing.
            foreach (var request in requests)
                request.Finish(recording.Now, RequestStatus.Partial, FinishReason.Cancelled);

            var scrape = recording.ScrapeAsync().GetAwaiter().GetResult();
            Assert.Equal(4, scrape.Sum("ryot_inference_requests_total"));
            Assert.Equal(4, scrape.Sum("ryot_requests_finished_total"));
            Assert.Equal(
                scrape.Sum("ryot_tokens_generated_total", ("token_type", "prompt")) + scrape.Sum("ryot_tokens_generated_total", ("token_type", "completion")),
                scrape.Sum("ryot_tokens_generated_total", ("token_type", "total")));
            RequestRecorderTests.AssertAtRest(scrape);
            foreach (var name in (string[])["ryot_ttft_latency_seconds", "ryot_request_prefill_time_seconds", "ryot_request_decode_time_seconds"])
                Assert.True(scrape.Sum(name + "_count") <= scrape.Sum("ryot_request_queue_time_seconds_count"), name);
            Assert.True(scrape.Sum("ryot_request_queue_time_seconds_count") <= scrape.Sum("ryot_inference_latency_seconds_count"));
        }, iter: 60);

    [Fact]
    public void Whether_tokens_are_counted_in_batches_or_one_by_one_the_end_is_the_same()
        => Steps(3).Array[0, 60].Sample(steps => Assert.Equal(Run(steps, batched: true), Run(steps, batched: false)), iter: 60);

    [Fact]
    public async Task Requests_on_many_threads_add_up()
    {
        using var recording = new Recording();
        const int Threads = 4;
        const int Requests = 500;
        var now = recording.Now;
        var threads = Enumerable.Range(0, Threads).Select(_ => new Thread(() =>
        {
            for (var number = 0; number < Requests; number++)
            {
                var request = recording.Model.StartRequest(InferenceEndpoint.Generate, GenerationMode.Standard, PriorityLevel.Normal, now);
                request.Queued(now, 7);
                request.Admitted(now);
                request.Token(0, now);
                request.Token(0, now + 1);
                request.Finish(now + 2, RequestStatus.Success, FinishReason.Stop);
            }
        })).ToList();
        threads.ForEach(thread => thread.Start());
        // Scrapes in between see no more than there is, and disturb nothing.
        for (var scrapes = 0; scrapes < 20; scrapes++)
            Assert.InRange((await recording.ScrapeAsync()).Sum("ryot_inference_requests_total"), 0, Threads * Requests);
        threads.ForEach(thread => thread.Join());

        var scrape = await recording.ScrapeAsync();
        Assert.Equal(Threads * Requests, scrape.Sum("ryot_inference_requests_total"));
        Assert.Equal(Threads * Requests, scrape.Sum("ryot_inference_latency_seconds_count"));
        Assert.Equal(Threads * Requests * 7, scrape.Sum("ryot_tokens_generated_total", ("token_type", "prompt")));
        Assert.Equal(Threads * Requests * 2, scrape.Sum("ryot_tokens_generated_total", ("token_type", "completion")));
        RequestRecorderTests.AssertAtRest(scrape);
    }

    private static IReadOnlyDictionary<string, double> Run(Step[] steps, bool batched)
    {
        using var recording = new Recording(new MetricsOptions { BatchedUpdates = batched });
        recording.Model.SetCostModel(CostModelKind.FixedRate);
        var requests = Enumerable.Range(0, 3).Select(_ => recording.Start()).ToList();
        foreach (var step in steps)
            Apply(recording, requests[step.Request], step);
        foreach (var request in requests)
            request.Finish(recording.Now, RequestStatus.Partial, FinishReason.Cancelled);
        return recording.ScrapeAsync().GetAwaiter().GetResult().ByIdentity();
    }

    private static void Apply(Recording recording, RequestRecorder request, Step step)
    {
        // Mostly forwards, now and then a little back.
        var time = step.Ticks < 0 ? recording.Now + step.Ticks : recording.After(step.Ticks / 1000d);
        switch (step.Event)
        {
            case Event.Queued:
                request.Queued(time, step.Number, step.Number % 4);
                break;
            case Event.Admitted:
                request.Admitted(time);
                break;
            case Event.Token:
                request.Token(step.Number % 3, time);
                break;
            case Event.Passes:
                request.SequencePasses(step.Number, step.Number * 2L);
                break;
            case Event.Prompt:
                request.PromptAdmitted(step.Number, step.Status * 10, step.Reason == 0 ? null : TimeSpan.FromHours(step.Number));
                break;
            case Event.Flush:
                request.Flush();
                break;
            case Event.Cost:
                request.Cost(step.Number, step.Ticks);
                break;
            case Event.Finish:
                request.Finish(
                    time, (RequestStatus)step.Status, (FinishReason)step.Reason, step.Cause < 0 ? null : (ErrorCause)step.Cause);
                break;
        }
    }
}
