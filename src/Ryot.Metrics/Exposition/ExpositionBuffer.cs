using System.Buffers.Text;
using System.Globalization;
using System.Runtime.CompilerServices;

namespace Ryot.Metrics;

/// <summary>The memory that scrapes write in: a growing byte buffer, and room for the cells of a histogram. Kept between scrapes.</summary>
internal sealed class ExpositionBuffer
{
    private const int LongestNumber = 32;

    /// <summary>Whole numbers up to here are written without a detour over the slower formatting of fractions.</summary>
    private const double LargestPlainInteger = 1e15;

    private byte[] _bytes = new byte[16 * 1024];
    private long[] _scratch = [];

    internal int Length { get; private set; }

    internal ReadOnlyMemory<byte> Written => _bytes.AsMemory(0, Length);

    internal void Clear() => Length = 0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal void Append(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(Reserve(bytes.Length));
        Length += bytes.Length;
    }

    internal void Append(byte value)
    {
        Reserve(1)[0] = value;
        Length++;
    }

    /// <summary>Appends a number as Prometheus reads it: shortest form that reads back the same, <c>+Inf</c>, <c>-Inf</c>, <c>NaN</c>.</summary>
    internal void AppendNumber(double value)
    {
        if (Math.Abs(value) < LargestPlainInteger && value == Math.Truncate(value))
        {
            AppendNumber((long)value);
        }
        else if (double.IsFinite(value))
        {
            value.TryFormat(Reserve(LongestNumber), out var length, default, CultureInfo.InvariantCulture);
            Length += length;
        }
        else
        {
            Append(double.IsNaN(value) ? "NaN"u8 : value > 0 ? "+Inf"u8 : "-Inf"u8);
        }
    }

    internal void AppendNumber(long value)
    {
        Utf8Formatter.TryFormat(value, Reserve(LongestNumber), out var length);
        Length += length;
    }

    /// <summary>Puts the length, as a varint, before the bytes that were appended since <paramref name="start"/>.</summary>
    internal void InsertLength(int start)
    {
        var content = Length - start;
        Span<byte> prefix = stackalloc byte[ProtobufEncoding.LongestVarint];
        var size = ProtobufEncoding.PutUnsigned(prefix, (ulong)content);
        Reserve(size);
        _bytes.AsSpan(start, content).CopyTo(_bytes.AsSpan(start + size));
        prefix[..size].CopyTo(_bytes.AsSpan(start));
        Length += size;
    }

    /// <summary>Room for at least <paramref name="size"/> bytes, to be made part of the buffer by <see cref="Advance"/>.</summary>
    internal Span<byte> Reserve(int size)
    {
        if (_bytes.Length - Length < size)
            Array.Resize(ref _bytes, Math.Max(_bytes.Length * 2, Length + size));
        return _bytes.AsSpan(Length);
    }

    internal void Advance(int size) => Length += size;

    /// <summary>Cleared room for numbers, the same each time.</summary>
    internal Span<long> Scratch(int length)
    {
        if (_scratch.Length < length)
            _scratch = new long[length];
        var scratch = _scratch.AsSpan(0, length);
        scratch.Clear();
        return scratch;
    }
}
