using System.Text;

namespace Ryot.Testing.Models;

/// <summary>
/// Writes GGUF files of version 3. It shares no code with the reader under test, so that one cannot hide a mistake of the other.
/// </summary>
public sealed class GgufWriter
{
    private const int Alignment = 32;

    private readonly List<(string Key, Action<BinaryWriter> Value)> _metadata = [];
    private readonly List<(string Name, int[] Dimensions, TensorEncoding Encoding, byte[] Data)> _tensors = [];

    private enum ValueType
    {
        UInt32 = 4,
        Int32 = 5,
        Float32 = 6,
        Bool = 7,
        String = 8,
        Array = 9,
    }

    /// <summary>The metadata's keys in the file's order.</summary>
    public IReadOnlyList<string> Keys => [.. _metadata.Select(static entry => entry.Key)];

    /// <summary>The tensors' names in the file's order.</summary>
    public IReadOnlyList<string> Tensors => [.. _tensors.Select(static tensor => tensor.Name)];

    /// <summary>Leaves a metadata entry out; adding the key again then puts another value in its place.</summary>
    public GgufWriter Remove(string key)
    {
        if (_metadata.RemoveAll(entry => entry.Key == key) == 0) throw new ArgumentException($"There is no '{key}'.", nameof(key));
        return this;
    }

    /// <summary>Leaves a tensor out; adding the name again then puts another in its place.</summary>
    public GgufWriter RemoveTensor(string name)
    {
        if (_tensors.RemoveAll(tensor => tensor.Name == name) == 0) throw new ArgumentException($"There is no '{name}'.", nameof(name));
        return this;
    }

    public GgufWriter Add(string key, string value) => Add(key, ValueType.String, writer => WriteString(writer, value));

    public GgufWriter Add(string key, uint value) => Add(key, ValueType.UInt32, writer => writer.Write(value));

    public GgufWriter Add(string key, float value) => Add(key, ValueType.Float32, writer => writer.Write(value));

    public GgufWriter Add(string key, bool value) => Add(key, ValueType.Bool, writer => writer.Write(value));

    public GgufWriter Add(string key, IReadOnlyCollection<string> values) => AddArray(key, ValueType.String, values, WriteString);

    public GgufWriter Add(string key, IReadOnlyCollection<float> values) =>
        AddArray(key, ValueType.Float32, values, static (writer, value) => writer.Write(value));

    public GgufWriter Add(string key, IReadOnlyCollection<int> values) =>
        AddArray(key, ValueType.Int32, values, static (writer, value) => writer.Write(value));

    /// <summary>Adds a tensor.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="dimensions">Elements per dimension, the contiguous one first.</param>
    /// <param name="encoding">How its values are stored.</param>
    /// <param name="values">The values, as many as the dimensions' product.</param>
    public GgufWriter AddTensor(string name, int[] dimensions, TensorEncoding encoding, ReadOnlySpan<float> values)
    {
        _tensors.Add((name, dimensions, encoding, Quantizer.Encode(values, encoding)));
        return this;
    }

    public void WriteTo(string path)
    {
        using FileStream stream = File.Create(path);
        WriteTo(stream);
    }

    public void WriteTo(Stream stream)
    {
        using var writer = new BinaryWriter(stream, Encoding.UTF8, leaveOpen: true);
        writer.Write("GGUF"u8);
        writer.Write(3u);
        writer.Write((long)_tensors.Count);
        writer.Write((long)_metadata.Count);
        foreach ((string key, Action<BinaryWriter> value) in _metadata)
        {
            WriteString(writer, key);
            value(writer);
        }

        long offset = 0;
        foreach ((string name, int[] dimensions, TensorEncoding encoding, byte[] data) in _tensors)
        {
            WriteString(writer, name);
            writer.Write(dimensions.Length);
            foreach (int dimension in dimensions) writer.Write((long)dimension);
            writer.Write((int)encoding);
            writer.Write(offset);
            offset += Padded(data.Length);
        }

        if (_tensors.Count == 0) return;
        foreach ((_, _, _, byte[] data) in _tensors)
        {
            Pad(writer);
            writer.Write(data);
        }

        Pad(writer);
    }

    private GgufWriter Add(string key, ValueType type, Action<BinaryWriter> value)
    {
        void Write(BinaryWriter writer)
        {
            writer.Write((int)type);
            value(writer);
        }

        _metadata.Add((key, Write));
        return this;
    }

    private GgufWriter AddArray<T>(string key, ValueType type, IReadOnlyCollection<T> values, Action<BinaryWriter, T> write) =>
        Add(key, ValueType.Array, writer =>
        {
            writer.Write((int)type);
            writer.Write((long)values.Count);
            foreach (T value in values) write(writer, value);
        });

    private static void WriteString(BinaryWriter writer, string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        writer.Write((long)bytes.Length);
        writer.Write(bytes);
    }

    private static void Pad(BinaryWriter writer)
    {
        writer.Flush();
        long position = writer.BaseStream.Position;
        for (long i = position; i < Padded(position); i++) writer.Write((byte)0);
    }

    private static long Padded(long length) => (length + Alignment - 1) / Alignment * Alignment;
}
