using System.Numerics;
using System.Text;

namespace Ryot.LlamaCpp;

/// <summary>
/// Reads what stands in front of a GGUF file's tensor data, and is at least as strict about it as llama.cpp: what passes
/// here is a complete file whose tensors lie inside it.
/// </summary>
public static class GgufFile
{
    /// <summary>Reads and checks the header.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="ModelLoadException">The file is missing, unreadable, no GGUF, truncated or corrupt.</exception>
    public static GgufHeader ReadHeader(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return Read(path, static (path, stream) =>
        {
            using var parser = new Parser(path, stream);
            return parser.Parse();
        });
    }

    /// <summary>Reads an array of texts of the metadata.</summary>
    /// <param name="header">The file's header.</param>
    /// <param name="key">The array's key, e.g. <c>tokenizer.ggml.tokens</c>.</param>
    /// <returns>The texts; none when the file has no such array of texts.</returns>
    /// <exception cref="ModelLoadException">The file is gone, unreadable or truncated since the header was read.</exception>
    public static IReadOnlyList<string> ReadStrings(GgufHeader header, string key)
    {
        ArgumentNullException.ThrowIfNull(header);
        if (header.Metadata.GetValueOrDefault(key) is not GgufArray { Type: GgufValueType.String } array) return [];
        return Read(header.Path, (path, stream) =>
        {
            using var parser = new Parser(path, stream);
            return parser.ParseStrings(array, key);
        });
    }

    /// <summary>Reads an array of whole numbers of the metadata.</summary>
    /// <param name="header">The file's header.</param>
    /// <param name="key">The array's key, e.g. <c>llama.attention.head_count_kv</c>.</param>
    /// <returns>The numbers; none when the file has no such array of numbers of 32 bits.</returns>
    /// <exception cref="ModelLoadException">The file is gone, unreadable or truncated since the header was read.</exception>
    public static IReadOnlyList<long> ReadIntegers(GgufHeader header, string key)
    {
        ArgumentNullException.ThrowIfNull(header);
        if (header.Metadata.GetValueOrDefault(key) is not GgufArray { Type: GgufValueType.Int32 or GgufValueType.UInt32 } array) return [];
        return Read(header.Path, (path, stream) =>
        {
            using var parser = new Parser(path, stream);
            return parser.ParseIntegers(array, key);
        });
    }

    private static T Read<T>(string path, Func<string, FileStream, T> read)
    {
        try
        {
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 1 << 16);
            return read(path, stream);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new ModelLoadException(path, ModelLoadFailure.FileNotFound, $"The model file '{path}' does not exist.", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            throw new ModelLoadException(
                path, ModelLoadFailure.FileUnreadable, $"The model file '{path}' cannot be read: {e.Message}", e);
        }
    }

    private sealed class Parser(string path, FileStream stream) : IDisposable
    {
        private const int MaxDimensions = 4;
        private const int MaxTensorName = 64;
        private const long MaxString = 1L << 30;
        private const long MaxArray = 1L << 30;

        private const ulong MaxEntries = 1 << 24;

        private readonly BinaryReader _reader = new(stream, Encoding.UTF8, leaveOpen: true);
        private readonly long _length = stream.Length;
        private long _position;

        public void Dispose() => _reader.Dispose();

        public GgufHeader Parse()
        {
            int version = ReadVersion();
            long tensorCount = ReadCount("tensors");
            long metadataCount = ReadCount("metadata entries");

            var metadata = new Dictionary<string, object>(StringComparer.Ordinal);
            for (long i = 0; i < metadataCount; i++)
            {
                string key = ReadString("a metadata key");
                if (key.Length == 0) throw Corrupt("it has a metadata entry without a name");
                if (!metadata.TryAdd(key, ReadValue(key))) throw Corrupt($"it has the metadata entry '{key}' twice");
            }

            long alignment = ReadAlignment(metadata);
            List<GgufTensor> tensors = ReadTensors(tensorCount);
            long dataOffset = Pad(_position, alignment);
            CheckData(tensors, dataOffset, alignment);
            return new GgufHeader(path, _length, version, metadata, tensors, dataOffset);
        }

        public List<string> ParseStrings(GgufArray array, string key)
        {
            _reader.BaseStream.Position = _position = array.Offset;
            var strings = new List<string>();
            for (long i = 0; i < array.Count; i++) strings.Add(ReadString($"'{key}'"));
            return strings;
        }

        public List<long> ParseIntegers(GgufArray array, string key)
        {
            _reader.BaseStream.Position = _position = array.Offset;
            var numbers = new List<long>();
            for (long i = 0; i < array.Count; i++)
            {
                object number = ReadScalar(array.Type, key);
                numbers.Add(number is uint value ? value : (int)number);
            }

            return numbers;
        }

        private int ReadVersion()
        {
            if (_length == 0) throw Failure(ModelLoadFailure.NotGguf, "is empty, so it is no GGUF file");
            Span<byte> magic = stackalloc byte[4];
            if (_length < 4 || _reader.Read(magic) < 4 || !magic.SequenceEqual("GGUF"u8))
            {
                throw Failure(ModelLoadFailure.NotGguf, "is no GGUF file: it does not begin with 'GGUF'");
            }

            _position = 4;
            uint version = Take(4, "the version") ? _reader.ReadUInt32() : 0;
            if ((version & 0xffff) == 0 && version != 0)
            {
                throw Failure(ModelLoadFailure.UnsupportedVersion, "is a GGUF file of the other byte order, which cannot be used on this machine");
            }

            return version is 2 or 3
                ? (int)version
                : throw Failure(ModelLoadFailure.UnsupportedVersion, $"is a GGUF file of version {version}; versions 2 and 3 can be read");
        }

        private long ReadCount(string what)
        {
            Take(8, $"the number of {what}");
            ulong count = _reader.ReadUInt64();
            return count <= MaxEntries ? (long)count : throw Corrupt($"it announces {count} {what}");
        }

        private object ReadValue(string key)
        {
            GgufValueType type = ReadType(key);
            if (type != GgufValueType.Array) return ReadScalar(type, key);

            GgufValueType elementType = ReadType(key);
            Take(8, $"the length of '{key}'");
            ulong count = _reader.ReadUInt64();
            if (elementType == GgufValueType.Array) throw Corrupt($"its metadata entry '{key}' is an array of arrays");
            if (count > MaxArray) throw Corrupt($"its metadata entry '{key}' announces {count} elements");
            var array = new GgufArray(elementType, (long)count, _position);
            SkipArray(elementType, (long)count, key);
            return array;
        }

        private GgufValueType ReadType(string key)
        {
            Take(4, $"the type of '{key}'");
            int type = _reader.ReadInt32();
            return type is >= 0 and <= (int)GgufValueType.Float64
                ? (GgufValueType)type
                : throw Corrupt($"its metadata entry '{key}' has the unknown type {type}");
        }

        private object ReadScalar(GgufValueType type, string key)
        {
            if (type == GgufValueType.String) return ReadString($"'{key}'");
            Take(Size(type), $"'{key}'");
            return type switch
            {
                GgufValueType.UInt8 => _reader.ReadByte(),
                GgufValueType.Int8 => _reader.ReadSByte(),
                GgufValueType.UInt16 => _reader.ReadUInt16(),
                GgufValueType.Int16 => _reader.ReadInt16(),
                GgufValueType.UInt32 => _reader.ReadUInt32(),
                GgufValueType.Int32 => _reader.ReadInt32(),
                GgufValueType.Float32 => _reader.ReadSingle(),
                GgufValueType.Bool => _reader.ReadByte() != 0,
                GgufValueType.UInt64 => _reader.ReadUInt64(),
                GgufValueType.Int64 => _reader.ReadInt64(),
                _ => _reader.ReadDouble(),
            };
        }

        private void SkipArray(GgufValueType type, long count, string key)
        {
            if (type != GgufValueType.String)
            {
                Skip(count * Size(type), $"'{key}'");
                return;
            }

            for (long i = 0; i < count; i++) Skip(ReadStringLength($"'{key}'"), $"'{key}'");
        }

        private long ReadStringLength(string what)
        {
            Take(8, what);
            ulong length = _reader.ReadUInt64();
            return length <= MaxString ? (long)length : throw Corrupt($"{what} announces a text of {length} bytes");
        }

        private string ReadString(string what)
        {
            int length = (int)ReadStringLength(what);
            Take(length, what);
            return Encoding.UTF8.GetString(_reader.ReadBytes(length));
        }

        private long ReadAlignment(Dictionary<string, object> metadata)
        {
            if (!metadata.TryGetValue("general.alignment", out object? value)) return 32;
            return value is uint alignment && BitOperations.IsPow2(alignment)
                ? alignment
                : throw Corrupt($"its alignment is {value}, which is no power of two");
        }

        private List<GgufTensor> ReadTensors(long count)
        {
            var tensors = new List<GgufTensor>();
            var names = new HashSet<string>(StringComparer.Ordinal);
            for (long i = 0; i < count; i++)
            {
                GgufTensor tensor = ReadTensor();
                if (!names.Add(tensor.Name)) throw Corrupt($"it has the tensor '{tensor.Name}' twice");
                tensors.Add(tensor);
            }

            return tensors;
        }

        private GgufTensor ReadTensor()
        {
            string name = ReadString("a tensor's name");
            if (Encoding.UTF8.GetByteCount(name) >= MaxTensorName) throw Corrupt($"the tensor name '{name[..20]}...' is too long");
            Take(4, $"tensor '{name}'");
            uint dimensionCount = _reader.ReadUInt32();
            if (dimensionCount > MaxDimensions) throw Corrupt($"tensor '{name}' has {dimensionCount} dimensions");
            Take(dimensionCount * 8 + 4 + 8, $"tensor '{name}'");

            long[] dimensions = new long[dimensionCount];
            Int128 elements = 1;
            for (int i = 0; i < dimensions.Length; i++)
            {
                dimensions[i] = _reader.ReadInt64();
                elements *= dimensions[i];
                if (dimensions[i] < 0 || elements > long.MaxValue / 16) throw Corrupt($"tensor '{name}' has impossible dimensions");
            }

            var type = (GgmlType)_reader.ReadInt32();
            long offset = _reader.ReadInt64();
            if (type.BlockSize() == 0) throw Corrupt($"tensor '{name}' has the unknown type {(int)type}");
            long row = dimensions.Length == 0 ? 1 : dimensions[0];
            if (row % type.BlockSize() != 0) throw Corrupt($"tensor '{name}' has rows of {row}, which {type} cannot store");
            return new GgufTensor(name, type, dimensions, offset, (long)elements / type.BlockSize() * type.BlockBytes());
        }

        private void CheckData(List<GgufTensor> tensors, long dataOffset, long alignment)
        {
            long expected = 0;
            foreach (GgufTensor tensor in tensors)
            {
                if (tensor.Offset != expected)
                {
                    throw Corrupt($"tensor '{tensor.Name}' should begin at {expected} of the data, but the header says {tensor.Offset}");
                }

                if (tensor.Bytes > _length - dataOffset - tensor.Offset)
                {
                    throw Failure(
                        ModelLoadFailure.Truncated,
                        $"is truncated: tensor '{tensor.Name}' needs {dataOffset + tensor.Offset + tensor.Bytes} bytes, but the file has {_length}");
                }

                expected = Pad(expected + tensor.Bytes, alignment);
            }
        }

        private void Skip(long bytes, string what)
        {
            Take(bytes, what);
            _reader.BaseStream.Seek(bytes, SeekOrigin.Current);
        }

        private bool Take(long bytes, string what)
        {
            if (bytes > _length - _position)
            {
                throw Failure(ModelLoadFailure.Truncated, $"is truncated: it ends at byte {_length}, inside {what}");
            }

            _position += bytes;
            return true;
        }

        private static int Size(GgufValueType type) => type switch
        {
            GgufValueType.UInt8 or GgufValueType.Int8 or GgufValueType.Bool => 1,
            GgufValueType.UInt16 or GgufValueType.Int16 => 2,
            GgufValueType.UInt64 or GgufValueType.Int64 or GgufValueType.Float64 => 8,
            _ => 4,
        };

        private static long Pad(long value, long alignment) => (value + alignment - 1) / alignment * alignment;

        private ModelLoadException Corrupt(string what) => Failure(ModelLoadFailure.Corrupt, $"is damaged: {what}");

        private ModelLoadException Failure(ModelLoadFailure reason, string what) =>
            new(path, reason, $"The model file '{path}' {what}.");
    }
}
