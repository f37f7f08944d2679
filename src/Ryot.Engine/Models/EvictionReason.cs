namespace Ryot.Engine.Models;

/// <summary>Why a model left memory.</summary>
public enum EvictionReason
{
    /// <summary>Another model needed its room.</summary>
    MemoryPressure,

    /// <summary>Nobody had used it for as long as its idle timeout.</summary>
    Timeout,

    /// <summary>An administrator asked for it.</summary>
    Manual,
}
