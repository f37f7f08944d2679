namespace Ryot.Engine.Models;

/// <summary>How much memory the models may take together, and how they make room for each other.</summary>
public sealed record ResidencyOptions
{
    /// <summary>Bytes that all loaded models may take together, by device; a device that is not named has no limit.</summary>
    public IReadOnlyDictionary<string, long> MemoryBudget { get; init; } = new Dictionary<string, long>();

    /// <summary>
    /// How long a load waits for models to become idle. After that, new requests for the model that has been in memory for longest
    /// wait too, so that it becomes idle and room is made.
    /// </summary>
    public TimeSpan EvictionPatience { get; init; } = TimeSpan.FromSeconds(5);
}
