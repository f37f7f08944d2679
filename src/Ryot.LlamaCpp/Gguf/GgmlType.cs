namespace Ryot.LlamaCpp;

/// <summary>The data types of tensors and of the KV cache, numbered as in ggml and in GGUF files.</summary>
public enum GgmlType
{
    /// <summary>32-bit floating point.</summary>
    F32 = 0,

    /// <summary>16-bit floating point.</summary>
    F16 = 1,

    /// <summary>4 bits, blocks of 32 with a scale.</summary>
    Q4_0 = 2,

    /// <summary>4 bits, blocks of 32 with a scale and a minimum.</summary>
    Q4_1 = 3,

    /// <summary>5 bits, blocks of 32 with a scale.</summary>
    Q5_0 = 6,

    /// <summary>5 bits, blocks of 32 with a scale and a minimum.</summary>
    Q5_1 = 7,

    /// <summary>8 bits, blocks of 32 with a scale.</summary>
    Q8_0 = 8,

    /// <summary>8 bits, blocks of 32 with a scale and a sum.</summary>
    Q8_1 = 9,

    /// <summary>2 bits, super-blocks of 256.</summary>
    Q2_K = 10,

    /// <summary>3 bits, super-blocks of 256.</summary>
    Q3_K = 11,

    /// <summary>4 bits, super-blocks of 256.</summary>
    Q4_K = 12,

    /// <summary>5 bits, super-blocks of 256.</summary>
    Q5_K = 13,

    /// <summary>6 bits, super-blocks of 256.</summary>
    Q6_K = 14,

    /// <summary>8 bits, super-blocks of 256.</summary>
    Q8_K = 15,

    /// <summary>2.06 bits, codebook.</summary>
    IQ2_XXS = 16,

    /// <summary>2.31 bits, codebook.</summary>
    IQ2_XS = 17,

    /// <summary>3.06 bits, codebook.</summary>
    IQ3_XXS = 18,

    /// <summary>1.56 bits, codebook.</summary>
    IQ1_S = 19,

    /// <summary>4.5 bits, non-linear.</summary>
    IQ4_NL = 20,

    /// <summary>3.44 bits, codebook.</summary>
    IQ3_S = 21,

    /// <summary>2.5 bits, codebook.</summary>
    IQ2_S = 22,

    /// <summary>4.25 bits, non-linear.</summary>
    IQ4_XS = 23,

    /// <summary>8-bit integers.</summary>
    I8 = 24,

    /// <summary>16-bit integers.</summary>
    I16 = 25,

    /// <summary>32-bit integers.</summary>
    I32 = 26,

    /// <summary>64-bit integers.</summary>
    I64 = 27,

    /// <summary>64-bit floating point.</summary>
    F64 = 28,

    /// <summary>1.75 bits, codebook.</summary>
    IQ1_M = 29,

    /// <summary>16-bit brain floating point.</summary>
    BF16 = 30,

    /// <summary>Ternary, 1.69 bits, blocks of 256.</summary>
    TQ1_0 = 34,

    /// <summary>Ternary, 2.06 bits, blocks of 256.</summary>
    TQ2_0 = 35,

    /// <summary>4-bit microscaling floating point, blocks of 32.</summary>
    MXFP4 = 39,

    /// <summary>4-bit floating point with E4M3 scales.</summary>
    NVFP4 = 40,

    /// <summary>1 bit with a scale.</summary>
    Q1_0 = 41,

    /// <summary>2 bits with a scale.</summary>
    Q2_0 = 42,
}
