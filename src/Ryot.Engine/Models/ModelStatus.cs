namespace Ryot.Engine.Models;

/// <summary>What state a model is in.</summary>
public enum ModelStatus
{
    /// <summary>Being loaded, or waiting for its turn or for memory to be loaded.</summary>
    Loading,

    /// <summary>Loaded and serving.</summary>
    Ready,

    /// <summary>Could not be loaded, or stopped working; tried again after a while.</summary>
    Failed,

    /// <summary>Stopping or stopped with the server.</summary>
    Stopped,

    /// <summary>Not in memory; the next request loads it.</summary>
    NotLoaded,

    /// <summary>Leaving memory: requests that it took are ending, new ones wait until it can be loaded again.</summary>
    Unloading,
}
