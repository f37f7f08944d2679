namespace Ryot.LlamaCpp;

/// <summary>How a model is loaded.</summary>
public sealed record LlamaModelOptions
{
    /// <summary>Layers to put on the GPU; negative means all. Without a GPU it has no effect.</summary>
    public int GpuLayers { get; init; } = -1;

    /// <summary>The GPU that holds the whole model when it is not split; see <see cref="SplitAcrossGpus"/>.</summary>
    public int MainGpu { get; init; }

    /// <summary>True to split layers across all GPUs, false to use <see cref="MainGpu"/> alone.</summary>
    public bool SplitAcrossGpus { get; init; } = true;

    /// <summary>True to map the file into memory instead of reading it. Null lets llama.cpp decide by device.</summary>
    public bool? UseMmap { get; init; }

    /// <summary>True to keep the weights from being swapped out.</summary>
    public bool UseMlock { get; init; }

    /// <summary>True to load the vocabulary and the metadata without the weights.</summary>
    public bool VocabularyOnly { get; init; }

    /// <summary>True to look for invalid numbers in the weights while loading; slower.</summary>
    public bool CheckTensors { get; init; }

    /// <summary>True to let ggml repack weights for the processor. Such a model cannot be mapped and takes longer to load.</summary>
    public bool UseExtraBufferTypes { get; init; } = true;
}
