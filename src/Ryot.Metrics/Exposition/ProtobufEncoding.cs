using System.Buffers.Binary;
using System.Text;

namespace Ryot.Metrics;

/// <summary>The few parts of the protobuf wire format that <c>io.prometheus.client</c> messages need.</summary>
internal static class ProtobufEncoding
{
    internal const int LongestVarint = 10;

    private const int Varint = 0;
    private const int Fixed64 = 1;
    private const int Delimited = 2;

    internal static void Tag(ExpositionBuffer buffer, int field, int wireType) => Unsigned(buffer, (ulong)((field << 3) | wireType));

    internal static void Unsigned(ExpositionBuffer buffer, ulong value)
    {
        var target = buffer.Reserve(LongestVarint);
        buffer.Advance(PutUnsigned(target, value));
    }

    internal static int PutUnsigned(Span<byte> target, ulong value)
    {
        var length = 0;
        for (; value >= 0x80; value >>= 7)
            target[length++] = (byte)(value | 0x80);
        target[length++] = (byte)value;
        return length;
    }

    /// <summary>A <c>uint64</c>, <c>uint32</c> or enum field.</summary>
    internal static void UnsignedField(ExpositionBuffer buffer, int field, ulong value)
    {
        Tag(buffer, field, Varint);
        Unsigned(buffer, value);
    }

    /// <summary>An <c>int64</c> field.</summary>
    internal static void IntegerField(ExpositionBuffer buffer, int field, long value) => UnsignedField(buffer, field, (ulong)value);

    /// <summary>A <c>sint32</c> or <c>sint64</c> field.</summary>
    internal static void SignedField(ExpositionBuffer buffer, int field, long value)
        => UnsignedField(buffer, field, (ulong)((value << 1) ^ (value >> 63)));

    internal static void DoubleField(ExpositionBuffer buffer, int field, double value)
    {
        Tag(buffer, field, Fixed64);
        BinaryPrimitives.WriteDoubleLittleEndian(buffer.Reserve(sizeof(double)), value);
        buffer.Advance(sizeof(double));
    }

    internal static void StringField(ExpositionBuffer buffer, int field, string value)
    {
        Tag(buffer, field, Delimited);
        Unsigned(buffer, (ulong)Encoding.UTF8.GetByteCount(value));
        buffer.Advance(Encoding.UTF8.GetBytes(value, buffer.Reserve(Encoding.UTF8.GetMaxByteCount(value.Length))));
    }

    /// <summary>Begins a message field whose length is not yet known.</summary>
    /// <returns>Where its content begins; hand it to <see cref="EndMessage"/>.</returns>
    internal static int BeginMessage(ExpositionBuffer buffer, int field)
    {
        Tag(buffer, field, Delimited);
        return buffer.Length;
    }

    /// <summary>Puts the length before the content that was appended since <paramref name="start"/>.</summary>
    internal static void EndMessage(ExpositionBuffer buffer, int start) => buffer.InsertLength(start);

    /// <summary>Encodes label pairs as they stand in a <c>Metric</c>; labels without a value are left out.</summary>
    internal static byte[] EncodeLabels(IReadOnlyList<string> names, string[] values)
    {
        var buffer = new ExpositionBuffer();
        for (var label = 0; label < values.Length; label++)
        {
            if (values[label].Length > 0)
                LabelPair(buffer, names[label], values[label]);
        }

        return buffer.Written.ToArray();
    }

    /// <summary>A label pair in field 1, where both <c>Metric</c> and <c>Exemplar</c> have them.</summary>
    internal static void LabelPair(ExpositionBuffer buffer, string name, string value)
    {
        var pair = BeginMessage(buffer, 1);
        StringField(buffer, 1, name);
        StringField(buffer, 2, value);
        EndMessage(buffer, pair);
    }
}
