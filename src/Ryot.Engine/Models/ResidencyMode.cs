namespace Ryot.Engine.Models;

/// <summary>When a model is in memory.</summary>
public enum ResidencyMode
{
    /// <summary>Loaded at start, and never evicted to make room or because it is idle.</summary>
    Pinned,

    /// <summary>Loaded at start if there is room; may be evicted, and is then loaded on its next use.</summary>
    OnStart,

    /// <summary>Loaded on its first use; may be evicted.</summary>
    OnDemand,
}
