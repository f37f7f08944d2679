namespace Ryot.Metrics;

/// <summary>Counts a model's requests by whether they met its objectives, which may change meanwhile.</summary>
internal sealed class ObjectiveSeries
{
    private const int Latency = 0;
    private const int FirstToken = 1;
    private const int PerToken = 2;
    private const int Availability = 3;
    private const int Results = 2;

    private readonly Counter[] _counters;
    private readonly long _frequency;
    private volatile Limits _limits;

    internal ObjectiveSeries(InferenceFamilies families, string model, TimeProvider clock)
    {
        _counters = [.. Wire.Objectives.SelectMany(
            objective => Wire.ObjectiveResults.Select(result => families.Objectives.WithLabels(model, objective, result)))];
        _frequency = clock.TimestampFrequency;
        _limits = Convert(new ServiceObjectives());
    }

    internal void Set(ServiceObjectives objectives) => _limits = Convert(objectives);

    /// <summary>A request ended as success. All times are in the clock's ticks.</summary>
    /// <param name="latency">From received to finished.</param>
    /// <param name="firstToken">From received to the first token; null when it got none.</param>
    /// <param name="decode">How long the tokens after each sequence's first took.</param>
    internal void Succeeded(long latency, long? firstToken, in DecodeTime decode)
    {
        var limits = _limits;
        Count(Availability, met: true);
        if (limits.Latency is { } longest)
            Count(Latency, latency <= longest);
        if (limits.FirstToken is { } first && firstToken is { } waited)
            Count(FirstToken, waited <= first);
        // Compared without a division, so that exactly the limit is within it.
        if (limits.PerToken is { } each && decode.Tokens > 0)
            Count(PerToken, decode.Ticks <= (Int128)each * decode.Tokens);
    }

    /// <summary>A request failed by the service's fault: it delivered nothing in time.</summary>
    internal void Failed()
    {
        var limits = _limits;
        Count(Availability, met: false);
        if (limits.Latency is not null)
            Count(Latency, met: false);
        if (limits.FirstToken is not null)
            Count(FirstToken, met: false);
    }

    private void Count(int objective, bool met) => _counters[(objective * Results) + (met ? 0 : 1)].Increment();

    private Limits Convert(ServiceObjectives objectives)
    {
        return new Limits(Ticks(objectives.Latency), Ticks(objectives.FirstToken), Ticks(objectives.TimePerOutputToken));

        long? Ticks(TimeSpan? time) => time is { } limit ? (long)((Int128)limit.Ticks * _frequency / TimeSpan.TicksPerSecond) : null;
    }

    private sealed record Limits(long? Latency, long? FirstToken, long? PerToken);
}

/// <summary>What the tokens after each sequence's first took together, in the clock's ticks, and how many they are.</summary>
internal readonly record struct DecodeTime(long Ticks, long Tokens);
