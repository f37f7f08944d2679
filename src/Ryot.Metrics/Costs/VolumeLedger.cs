using System.Collections.Concurrent;

namespace Ryot.Metrics;

/// <summary>Counts the tokens of each model by calendar month (UTC). Safe to use from any thread.</summary>
public interface IVolumeLedger
{
    /// <summary>Adds tokens to a month.</summary>
    /// <param name="modelId">The model.</param>
    /// <param name="year">The year.</param>
    /// <param name="month">The month, from 1.</param>
    /// <param name="tokens">How many, at least 0.</param>
    /// <returns>The volume before, so that no two callers are told the same tokens.</returns>
    long Add(string modelId, int year, int month, long tokens);
}

/// <summary>A ledger that forgets everything when the process ends.</summary>
public sealed class InMemoryVolumeLedger : IVolumeLedger
{
    private readonly ConcurrentDictionary<(string ModelId, int Year, int Month), long> _volumes = new();

    /// <inheritdoc/>
    public long Add(string modelId, int year, int month, long tokens)
        => _volumes.AddOrUpdate((modelId, year, month), (_, added) => added, (_, before, added) => before + added, tokens) - tokens;
}
