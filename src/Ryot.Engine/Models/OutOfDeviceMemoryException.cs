namespace Ryot.Engine.Models;

/// <summary>A model does not fit on the GPU.</summary>
/// <param name="message">What it needs, what is free, and what would help.</param>
/// <param name="fewerLayers">Layers on the GPU with which it may fit; fewer than were tried, 0 is none.</param>
/// <param name="inner">The cause, if there is one.</param>
public sealed class OutOfDeviceMemoryException(string message, int fewerLayers, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>Layers on the GPU with which it may fit.</summary>
    public int FewerLayers { get; } = fewerLayers;
}
