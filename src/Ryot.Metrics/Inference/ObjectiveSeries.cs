using System.Runtime.CompilerServices;

namespace Ryot.Metrics;

/// <summary>
/// Counts a model's requests by whether they met its objectives, which may change meanwhile. All that one request met and missed is one
/// cell, so that judging it costs one addition; the series are sums of cells.
/// </summary>
internal sealed class ObjectiveSeries
{
    // What a request is to an objective; a cell's index has one such digit for each objective.
    private const int NotJudged = 0;
    private const int Met = 1;
    private const int Missed = 2;
    private const int Digits = 3;

    // The weight of each objective's digit, in the order of the label's values.
    private const int Latency = 1;
    private const int FirstToken = Latency * Digits;
    private const int PerToken = FirstToken * Digits;
    private const int Availability = PerToken * Digits;
    private const int Cells = Availability * Digits;

    private static readonly int[] _weights = [Latency, FirstToken, PerToken, Availability];

    private readonly long[] _cells;
    private readonly int _stride;
    private readonly long _frequency;
    private volatile Limits _limits;

    internal ObjectiveSeries(InferenceFamilies families, string model, TimeProvider clock)
    {
        _cells = Stripes.Allocate(Cells, out _stride);
        _frequency = clock.TimestampFrequency;
        _limits = Convert(new ServiceObjectives());
        foreach (var (objective, name) in Wire.Objectives.Index())
        {
            families.Objectives.Compute(() => Sum(_weights[objective], Met), model, name, Wire.ObjectiveResults[0]);
            families.Objectives.Compute(() => Sum(_weights[objective], Missed), model, name, Wire.ObjectiveResults[1]);
        }
    }

    internal void Set(ServiceObjectives objectives) => _limits = Convert(objectives);

    /// <summary>A request ended as success. All times are in the clock's ticks.</summary>
    /// <param name="latency">From received to finished.</param>
    /// <param name="firstToken">From received to the first token; null when it got none.</param>
    /// <param name="decode">How long the tokens after each sequence's first took.</param>
    internal void Succeeded(long latency, long? firstToken, in DecodeTime decode)
    {
        var limits = _limits;
        var cell = Availability * Met;
        if (limits.Latency is { } longest)
            cell += Latency * Result(latency <= longest);
        if (limits.FirstToken is { } first && firstToken is { } waited)
            cell += FirstToken * Result(waited <= first);
        // The mean rounded up to whole ticks: it is within the limit exactly when the mean itself is.
        if (limits.PerToken is { } each && decode.Tokens > 0)
            cell += PerToken * Result((decode.Ticks + decode.Tokens - 1) / decode.Tokens <= each);
        Count(cell);
    }

    /// <summary>A request failed by the service's fault: it delivered nothing in time.</summary>
    internal void Failed()
    {
        var limits = _limits;
        Count((Availability * Missed)
            + (Latency * (limits.Latency is null ? NotJudged : Missed))
            + (FirstToken * (limits.FirstToken is null ? NotJudged : Missed)));
    }

    private static int Result(bool met) => met ? Met : Missed;

    private void Count(int cell) => Interlocked.Increment(ref Unsafe.Add(ref Stripes.Current(_cells, _stride), cell));

    /// <summary>The requests that are this to the objective of a weight.</summary>
    private long Sum(int weight, int result)
    {
        long sum = 0;
        for (var cell = 0; cell < Cells; cell++)
        {
            if (cell / weight % Digits == result)
                sum += Stripes.Sum(_cells, _stride, cell);
        }

        return sum;
    }

    private Limits Convert(ServiceObjectives objectives)
    {
        return new Limits(Ticks(objectives.Latency), Ticks(objectives.FirstToken), Ticks(objectives.TimePerOutputToken));

        long? Ticks(TimeSpan? time) => time is { } limit ? (long)((Int128)limit.Ticks * _frequency / TimeSpan.TicksPerSecond) : null;
    }

    private sealed record Limits(long? Latency, long? FirstToken, long? PerToken);
}

/// <summary>What the tokens after each sequence's first took together, in the clock's ticks, and how many they are.</summary>
internal readonly record struct DecodeTime(long Ticks, long Tokens);
