using Ryot.Engine.Models;
using Ryot.LlamaCpp;

namespace Ryot.Engine.Llama;

/// <summary>What to say, and what to try next, when a model did not fit on the GPUs.</summary>
internal static class GpuFit
{
    /// <summary>An estimate that says that it would have fitted was too low: then so much of it is tried.</summary>
    private const double LessNextTime = 0.9;

    private static readonly string[] _signs = ["alloc", "out of memory", "outofmemory", "out of device memory"];

    /// <summary>Whether llama.cpp failed for want of memory, by what it said. It has no code for that.</summary>
    public static bool IsOutOfMemory(string message) => _signs.Any(sign => message.Contains(sign, StringComparison.OrdinalIgnoreCase));

    /// <summary>Layers on the GPUs with which a model may fit.</summary>
    /// <param name="layers">Layers that were tried, at least 1.</param>
    /// <param name="needed">Bytes that they were estimated to take.</param>
    /// <param name="free">Bytes that are free.</param>
    public static int FewerLayers(int layers, long needed, long free)
    {
        var share = Math.Min(needed > 0 ? (double)free / needed : 0, LessNextTime);
        return (int)Math.Clamp(layers * share, 0, layers - 1);
    }

    /// <summary>The failure with its figures.</summary>
    /// <param name="options">What was tried.</param>
    /// <param name="layers">Layers that the model has, its output counted as one.</param>
    /// <param name="needed">Bytes that it was estimated to take of the GPUs.</param>
    /// <param name="gpus">The GPUs, after what was allocated has been freed.</param>
    /// <param name="failure">What llama.cpp said.</param>
    public static OutOfDeviceMemoryException Explain(ModelOptions options, int layers, long needed, IReadOnlyList<LlamaDevice> gpus, Exception failure)
    {
        var tried = options.GpuLayers < 0 ? layers : Math.Min(options.GpuLayers, layers);
        var (free, total) = (gpus.Sum(gpu => gpu.MemoryFree), gpus.Sum(gpu => gpu.MemoryTotal));
        var fewer = FewerLayers(tried, needed, free);
        return new OutOfDeviceMemoryException(
            $"'{options.Path}' does not fit on the GPU: {tried} of {layers} layers need about {ByteText.Of(needed)}, and {ByteText.Of(free)} of "
            + $"{ByteText.Of(total)} are free. It may fit with {fewer} layers (GpuLayers; AllowFewerGpuLayers finds them by itself) or with a shorter "
            + $"context (ContextLength). llama.cpp said: {failure.Message}",
            fewer,
            failure);
    }
}
