namespace Ryot.Metrics;

/// <summary>What a model is, for <c>ryot_model_info</c>. What is not known stays empty or 0 and is left out.</summary>
public readonly record struct ModelDescription
{
    /// <summary>The architecture as the model file names it, e.g. <c>llama</c>.</summary>
    public string? Architecture { get; init; }

    /// <summary>The quantization as the model file names it, e.g. <c>Q8_0</c>.</summary>
    public string? Quantization { get; init; }

    /// <summary>Number of weights.</summary>
    public long Parameters { get; init; }

    /// <summary>Tokens that one sequence may have.</summary>
    public int ContextLength { get; init; }

    /// <summary>Where the model computes.</summary>
    public DeviceKind Device { get; init; }

    /// <summary>Whether anything but the device is known, that is, whether the model was ever loaded.</summary>
    internal bool IsKnown => !string.IsNullOrEmpty(Architecture) || !string.IsNullOrEmpty(Quantization) || Parameters > 0 || ContextLength > 0;
}
