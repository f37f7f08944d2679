using System.Diagnostics.Metrics;

namespace Ryot.Metrics.Tests;

public sealed class GenAiTests : IDisposable
{
    private readonly Recording _recording = new();
    private readonly List<(string Instrument, double Value, Dictionary<string, object?> Attributes)> _seen = [];

    public void Dispose() => _recording.Dispose();

    [Fact]
    public void A_successful_request_reaches_all_instruments_with_their_attributes()
    {
        using var listener = Listen();
        _recording.Succeed(promptTokens: 10, tokens: 5, operation: InferenceOperation.Chat);

        Assert.Equal(
            [
                ("gen_ai.server.request.duration", 0.053),
                ("gen_ai.client.token.usage", 10),
                ("gen_ai.client.token.usage", 5),
                ("gen_ai.server.time_to_first_token", 0.031),
                ("gen_ai.server.time_per_output_token", 0.005),
            ],
            _seen.Select(one => (one.Instrument, Math.Round(one.Value, 9))));
        Assert.All(_seen, one =>
        {
            Assert.Equal("chat", one.Attributes["gen_ai.operation.name"]);
            Assert.Equal("ryot", one.Attributes["gen_ai.provider.name"]);
            Assert.Equal("tiny", one.Attributes["gen_ai.request.model"]);
            Assert.Equal("tiny", one.Attributes["gen_ai.response.model"]);
            Assert.False(one.Attributes.ContainsKey("error.type"));
        });
        Assert.Equal(["input", "output"], _seen.Where(one => one.Instrument == "gen_ai.client.token.usage").Select(one => one.Attributes["gen_ai.token.type"]));
    }

    [Theory]
    [InlineData(RequestStatus.Timeout, ErrorCause.Timeout, "timeout")]
    [InlineData(RequestStatus.Error, ErrorCause.OutOfMemory, "oom")]
    [InlineData(RequestStatus.Partial, null, "cancelled")]
    public void A_request_that_did_not_succeed_has_its_duration_with_an_error_and_no_token_times(RequestStatus status, ErrorCause? cause, string error)
    {
        using var listener = Listen();
        var request = _recording.Start();
        request.Queued(_recording.Now, 3);
        request.Admitted(_recording.Now);
        request.Token(0, _recording.After(1));
        request.Token(0, _recording.After(1));
        request.Finish(_recording.After(1), status, FinishReason.Error, cause);

        Assert.Equal(["gen_ai.server.request.duration", "gen_ai.client.token.usage", "gen_ai.client.token.usage"], _seen.Select(one => one.Instrument));
        Assert.Equal(error, _seen[0].Attributes["error.type"]);
        Assert.All(_seen.Skip(1), one => Assert.False(one.Attributes.ContainsKey("error.type")));
    }

    [Fact]
    public void The_instruments_advise_the_buckets_of_the_conventions()
    {
        var advice = new Dictionary<string, (string? Unit, IEnumerable<double>? Bounds)>();
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, _) =>
        {
            if (instrument.Meter.Name != "Ryot")
                return;
            advice[instrument.Name] = (instrument.Unit, instrument switch
            {
                Histogram<double> doubles => doubles.Advice?.HistogramBucketBoundaries,
                Histogram<long> longs => longs.Advice?.HistogramBucketBoundaries?.Select(bound => (double)bound),
                _ => null,
            });
        };
        listener.Start();

        Assert.Equal(4, advice.Count);
        Assert.Equal("s", advice["gen_ai.server.request.duration"].Unit);
        Assert.Equal([0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92], advice["gen_ai.server.request.duration"].Bounds);
        Assert.Equal([0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10], advice["gen_ai.server.time_to_first_token"].Bounds);
        Assert.Equal([0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1, 2.5], advice["gen_ai.server.time_per_output_token"].Bounds);
        Assert.Equal("{token}", advice["gen_ai.client.token.usage"].Unit);
        Assert.Equal(
            [1, 4, 16, 64, 256, 1024, 4096, 16384, 65536, 262144, 1048576, 4194304, 16777216, 67108864],
            advice["gen_ai.client.token.usage"].Bounds);
    }

    [Fact]
    public void A_request_turned_away_has_only_a_duration()
    {
        using var listener = Listen();
        _recording.Start().Finish(_recording.After(1), RequestStatus.Error, FinishReason.Rejected, ErrorCause.Overloaded);
        var one = Assert.Single(_seen);
        Assert.Equal("gen_ai.server.request.duration", one.Instrument);
        Assert.Equal("overloaded", one.Attributes["error.type"]);
    }

    private MeterListener Listen()
    {
        var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, self) =>
        {
            // Other tests have meters of the same name at the same time.
            if (instrument.Meter.Name == "Ryot" && instrument.Meter.Scope == _recording.Metrics)
                self.EnableMeasurementEvents(instrument);
        };
        listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Add(instrument, value, tags));
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Add(instrument, value, tags));
        listener.Start();
        return listener;
    }

    private void Add(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var attributes = new Dictionary<string, object?>();
        foreach (var (key, attribute) in tags)
            attributes.Add(key, attribute);
        lock (_seen)
            _seen.Add((instrument.Name, value, attributes));
    }
}
