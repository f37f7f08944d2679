namespace Ryot.LlamaCpp;

/// <summary>How ggml stores its data types.</summary>
public static class GgmlTypes
{
    /// <summary>Elements that are stored together; 0 for a number that is no type.</summary>
    /// <param name="type">The type.</param>
    public static int BlockSize(this GgmlType type) => Layout(type).Elements;

    /// <summary>Bytes of one block; 0 for a number that is no type.</summary>
    /// <param name="type">The type.</param>
    public static int BlockBytes(this GgmlType type) => Layout(type).Bytes;

    /// <summary>Bits that one element takes on average, the block's scales included.</summary>
    /// <param name="type">The type.</param>
    public static double BitsPerElement(this GgmlType type)
    {
        (int elements, int bytes) = Layout(type);
        return elements == 0 ? 0 : 8.0 * bytes / elements;
    }

    private static (int Elements, int Bytes) Layout(GgmlType type) => type switch
    {
        GgmlType.F32 or GgmlType.I32 => (1, 4),
        GgmlType.F16 or GgmlType.BF16 or GgmlType.I16 => (1, 2),
        GgmlType.F64 or GgmlType.I64 => (1, 8),
        GgmlType.I8 => (1, 1),
        GgmlType.Q1_0 => (128, 18),
        GgmlType.Q2_0 => (64, 18),
        GgmlType.Q4_0 or GgmlType.IQ4_NL => (32, 18),
        GgmlType.Q4_1 => (32, 20),
        GgmlType.Q5_0 => (32, 22),
        GgmlType.Q5_1 => (32, 24),
        GgmlType.Q8_0 => (32, 34),
        GgmlType.Q8_1 => (32, 36),
        GgmlType.MXFP4 => (32, 17),
        GgmlType.NVFP4 => (64, 36),
        GgmlType.Q2_K => (256, 84),
        GgmlType.Q3_K => (256, 110),
        GgmlType.Q4_K => (256, 144),
        GgmlType.Q5_K => (256, 176),
        GgmlType.Q6_K => (256, 210),
        GgmlType.Q8_K => (256, 292),
        GgmlType.IQ1_S => (256, 50),
        GgmlType.IQ1_M => (256, 56),
        GgmlType.IQ2_XXS => (256, 66),
        GgmlType.IQ2_XS => (256, 74),
        GgmlType.IQ2_S => (256, 82),
        GgmlType.IQ3_XXS => (256, 98),
        GgmlType.IQ3_S => (256, 110),
        GgmlType.IQ4_XS => (256, 136),
        GgmlType.TQ1_0 => (256, 54),
        GgmlType.TQ2_0 => (256, 66),
        _ => (0, 0),
    };
}
