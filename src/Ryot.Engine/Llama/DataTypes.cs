using Ryot.LlamaCpp;

namespace Ryot.Engine.Llama;

/// <summary>The values of label <c>dtype</c> for ggml's types.</summary>
internal static class DataTypes
{
    /// <summary>
    /// The type that takes most of a file's bytes. Quantized types go by the bits of an element, rounded up to what has a name: 8, 6 and
    /// 5 bits are int8; 4, 3 and 2 bits, and codebooks below that, are int4. Ternary are only the types that hold nothing but -1, 0 and 1.
    /// </summary>
    public static string Dominant(GgufHeader header) =>
        header.Tensors.GroupBy(tensor => tensor.Type)
            .OrderByDescending(group => group.Sum(tensor => tensor.Bytes))
            .Select(group => Name(group.Key))
            .FirstOrDefault("");

    public static string Name(GgmlType type) => type switch
    {
        GgmlType.F32 or GgmlType.F64 => "float32",
        GgmlType.F16 => "float16",
        GgmlType.BF16 => "bfloat16",
        GgmlType.TQ1_0 or GgmlType.TQ2_0 => "ternary",
        GgmlType.I16 or GgmlType.I32 or GgmlType.I64 => "",
        // Scales make every type a little larger than its name says.
        _ => type.BitsPerElement() >= 5.5 ? "int8" : "int4",
    };
}
