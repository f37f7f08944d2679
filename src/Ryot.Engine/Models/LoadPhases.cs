namespace Ryot.Engine.Models;

/// <summary>How long the phases of one load took; filled in by the backend.</summary>
public sealed class LoadPhases
{
    /// <summary>Reading the file and placing its tensors.</summary>
    public TimeSpan ModelLoad { get; set; }

    /// <summary>Allocating the KV cache and the compute buffers.</summary>
    public TimeSpan CacheInit { get; set; }

    /// <summary>A first forward pass, so that no client pays for it.</summary>
    public TimeSpan Warmup { get; set; }
}
