namespace Ryot.LlamaCpp;

/// <summary>The types of values in a GGUF file's metadata, numbered as in the file.</summary>
public enum GgufValueType
{
    /// <summary>An unsigned byte.</summary>
    UInt8 = 0,

    /// <summary>A signed byte.</summary>
    Int8 = 1,

    /// <summary>An unsigned 16-bit integer.</summary>
    UInt16 = 2,

    /// <summary>A signed 16-bit integer.</summary>
    Int16 = 3,

    /// <summary>An unsigned 32-bit integer.</summary>
    UInt32 = 4,

    /// <summary>A signed 32-bit integer.</summary>
    Int32 = 5,

    /// <summary>A 32-bit floating point number.</summary>
    Float32 = 6,

    /// <summary>A boolean in one byte.</summary>
    Bool = 7,

    /// <summary>UTF-8 text with its length in front.</summary>
    String = 8,

    /// <summary>Values of one other type.</summary>
    Array = 9,

    /// <summary>An unsigned 64-bit integer.</summary>
    UInt64 = 10,

    /// <summary>A signed 64-bit integer.</summary>
    Int64 = 11,

    /// <summary>A 64-bit floating point number.</summary>
    Float64 = 12,
}

/// <summary>One tensor as the header announces it.</summary>
/// <param name="Name">Its name, e.g. <c>blk.0.attn_q.weight</c>.</param>
/// <param name="Type">How its elements are stored.</param>
/// <param name="Dimensions">Elements per dimension, the contiguous one first; at most four.</param>
/// <param name="Offset">Where its bytes begin, counted from <see cref="GgufHeader.DataOffset"/>.</param>
/// <param name="Bytes">How many bytes it takes.</param>
public sealed record GgufTensor(string Name, GgmlType Type, IReadOnlyList<long> Dimensions, long Offset, long Bytes)
{
    /// <summary>The product of the dimensions.</summary>
    public long Elements
    {
        get
        {
            long product = 1;
            foreach (long dimension in Dimensions) product *= dimension;
            return product;
        }
    }
}

/// <summary>An array in the metadata. Its elements stay in the file; <see cref="GgufFile.ReadStrings"/> reads them.</summary>
/// <param name="Type">The type of each element.</param>
/// <param name="Count">How many there are.</param>
/// <param name="Offset">Where the first one begins in the file.</param>
public sealed record GgufArray(GgufValueType Type, long Count, long Offset);

/// <summary>All that stands in front of a GGUF file's tensor data.</summary>
/// <param name="Path">The file.</param>
/// <param name="FileBytes">The file's length.</param>
/// <param name="Version">The version of the format: 2 or 3.</param>
/// <param name="Metadata">
/// Keys and values. A value is a boxed <see cref="byte"/>, <see cref="sbyte"/>, <see cref="ushort"/>, <see cref="short"/>,
/// <see cref="uint"/>, <see cref="int"/>, <see cref="ulong"/>, <see cref="long"/>, <see cref="float"/>, <see cref="double"/>
/// or <see cref="bool"/>, a <see cref="string"/>, or a <see cref="GgufArray"/>.
/// </param>
/// <param name="Tensors">The tensors in the file's order.</param>
/// <param name="DataOffset">Where the tensor data begins in the file.</param>
public sealed record GgufHeader(
    string Path,
    long FileBytes,
    int Version,
    IReadOnlyDictionary<string, object> Metadata,
    IReadOnlyList<GgufTensor> Tensors,
    long DataOffset)
{
    /// <summary>The model's architecture (<c>general.architecture</c>), e.g. <c>llama</c>; null when the file does not say.</summary>
    public string? Architecture => Text("general.architecture");

    /// <summary>The model's own name (<c>general.name</c>), or null.</summary>
    public string? Name => Text("general.name");

    /// <summary>The sum of all tensors' elements.</summary>
    public long ParameterCount => Tensors.Sum(static tensor => tensor.Elements);

    /// <summary>The type that most of the parameters of the matrices have; F32 for a file without tensors.</summary>
    public GgmlType DominantType =>
        Tensors.GroupBy(static tensor => tensor.Type)
            .OrderByDescending(static group => group.Sum(static tensor => tensor.Elements))
            .Select(static group => group.Key)
            .FirstOrDefault(GgmlType.F32);

    /// <summary>A text of the metadata, or null when it is absent or no text.</summary>
    /// <param name="key">The key, e.g. <c>general.name</c>.</param>
    public string? Text(string key) => Metadata.GetValueOrDefault(key) as string;

    /// <summary>A whole number of the metadata, whatever its width, or null when it is absent or no whole number.</summary>
    /// <param name="key">The key, e.g. <c>llama.context_length</c>.</param>
    public long? Integer(string key) => Metadata.GetValueOrDefault(key) switch
    {
        byte value => value,
        sbyte value => value,
        ushort value => value,
        short value => value,
        uint value => value,
        int value => value,
        long value => value,
        ulong value when value <= long.MaxValue => (long)value,
        _ => null,
    };
}
