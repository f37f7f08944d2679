namespace Ryot.Engine.Models;

/// <summary>What a new configuration changed.</summary>
/// <param name="Added">Models that are new.</param>
/// <param name="Removed">Models that are gone, once their requests have ended.</param>
/// <param name="Changed">Models that are different.</param>
public sealed record ModelChanges(IReadOnlyList<string> Added, IReadOnlyList<string> Removed, IReadOnlyList<string> Changed)
{
    /// <summary>Nothing changed.</summary>
    public static ModelChanges None { get; } = new([], [], []);
}
