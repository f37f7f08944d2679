using System.Buffers.Binary;

namespace Ryot.Testing.Models;

/// <summary>The tensor types that test models use, numbered as in GGUF files.</summary>
public enum TensorEncoding
{
    F32 = 0,
    F16 = 1,
    Q8_0 = 8,
    TQ2_0 = 35,
}

/// <summary>Turns numbers into the bytes of a GGUF tensor.</summary>
public static class Quantizer
{
    private const int Q8Block = 32;
    private const int TernaryBlock = 256;

    public static byte[] Encode(ReadOnlySpan<float> values, TensorEncoding encoding) => encoding switch
    {
        TensorEncoding.F32 => EncodeF32(values),
        TensorEncoding.F16 => EncodeF16(values),
        TensorEncoding.Q8_0 => EncodeQ8(values),
        TensorEncoding.TQ2_0 => EncodeTernary(values),
        _ => throw new ArgumentOutOfRangeException(nameof(encoding), encoding, "Test models do not use this type."),
    };

    private static byte[] EncodeF32(ReadOnlySpan<float> values)
    {
        byte[] bytes = new byte[values.Length * 4];
        for (int i = 0; i < values.Length; i++) BinaryPrimitives.WriteSingleLittleEndian(bytes.AsSpan(4 * i), values[i]);
        return bytes;
    }

    private static byte[] EncodeF16(ReadOnlySpan<float> values)
    {
        byte[] bytes = new byte[values.Length * 2];
        for (int i = 0; i < values.Length; i++) BinaryPrimitives.WriteHalfLittleEndian(bytes.AsSpan(2 * i), (Half)values[i]);
        return bytes;
    }

    // A block: the scale as half, then 32 signed bytes.
    private static byte[] EncodeQ8(ReadOnlySpan<float> values)
    {
        CheckBlocks(values, Q8Block);
        const int blockBytes = 2 + Q8Block;
        byte[] bytes = new byte[values.Length / Q8Block * blockBytes];
        for (int b = 0; b < values.Length / Q8Block; b++)
        {
            ReadOnlySpan<float> block = values.Slice(b * Q8Block, Q8Block);
            Span<byte> output = bytes.AsSpan(b * blockBytes, blockBytes);
            float scale = MaxMagnitude(block) / 127;
            BinaryPrimitives.WriteHalfLittleEndian(output, (Half)scale);
            for (int i = 0; i < Q8Block; i++)
            {
                output[2 + i] = (byte)(sbyte)(scale == 0 ? 0 : MathF.Round(block[i] / scale));
            }
        }

        return bytes;
    }

    // A block: 64 bytes with four values of two bits each (0, 1, 2 for -1, 0, 1), then the scale as half. Byte 32h + m holds
    // the values 128h + m, + 32, + 64, + 96.
    private static byte[] EncodeTernary(ReadOnlySpan<float> values)
    {
        CheckBlocks(values, TernaryBlock);
        const int blockBytes = TernaryBlock / 4 + 2;
        byte[] bytes = new byte[values.Length / TernaryBlock * blockBytes];
        for (int b = 0; b < values.Length / TernaryBlock; b++)
        {
            ReadOnlySpan<float> block = values.Slice(b * TernaryBlock, TernaryBlock);
            Span<byte> output = bytes.AsSpan(b * blockBytes, blockBytes);
            float scale = MaxMagnitude(block);
            for (int i = 0; i < TernaryBlock; i++)
            {
                int code = 1 + (scale == 0 ? 0 : (int)MathF.Round(block[i] / scale));
                output[i / 128 * 32 + i % 32] |= (byte)(code << (2 * (i % 128 / 32)));
            }

            BinaryPrimitives.WriteHalfLittleEndian(output[^2..], (Half)scale);
        }

        return bytes;
    }

    private static float MaxMagnitude(ReadOnlySpan<float> values)
    {
        float max = 0;
        foreach (float value in values) max = MathF.Max(max, MathF.Abs(value));
        return max;
    }

    private static void CheckBlocks(ReadOnlySpan<float> values, int block)
    {
        if (values.Length % block != 0) throw new ArgumentException($"The values come in blocks of {block}.", nameof(values));
    }
}
