using System.Buffers.Binary;
using Ryot.Testing.Models;

namespace Ryot.LlamaCpp.Tests.Gguf;

public sealed class GgufFileTests
{
    private const int VersionOffset = 4;
    private const int TensorCountOffset = 8;
    private const int MetadataCountOffset = 16;

    [Fact]
    public void The_header_has_all_that_was_written()
    {
        GgufHeader header = GgufFile.ReadHeader(TestModels.Llama());

        Assert.Equal(3, header.Version);
        Assert.Equal("llama", header.Architecture);
        Assert.Equal("Ryot test model (llama)", header.Name);
        Assert.Equal(2048, header.Integer("llama.context_length"));
        Assert.Equal(1e-5f, header.Metadata["llama.attention.layer_norm_rms_epsilon"]);
        Assert.Equal(true, header.Metadata["tokenizer.ggml.add_bos_token"]);
        Assert.Null(header.Integer("general.name"));
        Assert.Null(header.Text("llama.context_length"));
        Assert.Equal(TestModels.Draft("llama").Tensors, header.Tensors.Select(tensor => tensor.Name));
        Assert.Equal([64, 512], header.Tensors[0].Dimensions);
        Assert.Equal(64 * 512 * 2, header.Tensors[0].Bytes);
        Assert.Equal(GgmlType.F16, header.DominantType);
        Assert.Equal(new FileInfo(header.Path).Length, header.FileBytes);
    }

    [Fact]
    public void Texts_of_an_array_are_read_on_demand()
    {
        GgufHeader header = GgufFile.ReadHeader(TestModels.Llama());

        Assert.Equal(512, Assert.IsType<GgufArray>(header.Metadata["tokenizer.ggml.tokens"]).Count);
        IReadOnlyList<string> tokens = GgufFile.ReadStrings(header, "tokenizer.ggml.tokens");
        Assert.Equal(["<unk>", "<s>", "</s>"], tokens.Take(3));
        Assert.Equal(512, tokens.Count);
        Assert.Empty(GgufFile.ReadStrings(header, "tokenizer.ggml.scores"));
        Assert.Empty(GgufFile.ReadStrings(header, "no such key"));
    }

    [Fact]
    public void A_file_that_does_not_exist_is_named()
    {
        var missing = AssertFails(ModelLoadFailure.FileNotFound, "/no/such/model.gguf");

        Assert.Contains("'/no/such/model.gguf' does not exist", missing.Message, StringComparison.Ordinal);
        Assert.Equal("/no/such/model.gguf", missing.Path);
    }

    [Fact]
    public void A_folder_is_no_model() => AssertFails(ModelLoadFailure.FileUnreadable, Path.GetTempPath());

    [Fact]
    public void An_empty_file_is_no_model() =>
        Assert.Contains("is empty", AssertFails(ModelLoadFailure.NotGguf, Write([])).Message, StringComparison.Ordinal);

    [Fact]
    public void Another_kind_of_file_is_no_model()
    {
        AssertFails(ModelLoadFailure.NotGguf, Write("GG"u8));
        AssertFails(ModelLoadFailure.NotGguf, Write("%PDF-1.7 and more"u8));
        AssertFails(ModelLoadFailure.NotGguf, Write("lmgg and more"u8));
    }

    [Theory]
    [InlineData(0u, "version 0")]
    [InlineData(1u, "version 1")]
    [InlineData(4u, "version 4")]
    [InlineData(0x0300_0000u, "other byte order")]
    public void A_version_that_cannot_be_read_is_named(uint version, string named)
    {
        byte[] model = Model();
        BinaryPrimitives.WriteUInt32LittleEndian(model.AsSpan(VersionOffset), version);

        Assert.Contains(named, AssertFails(ModelLoadFailure.UnsupportedVersion, Write(model)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(TensorCountOffset, "tensors")]
    [InlineData(MetadataCountOffset, "metadata entries")]
    public void Counts_that_cannot_be_are_refused_before_anything_is_allocated(int offset, string what)
    {
        foreach (ulong count in (ulong[])[ulong.MaxValue, long.MaxValue, 1UL << 40])
        {
            byte[] model = Model();
            BinaryPrimitives.WriteUInt64LittleEndian(model.AsSpan(offset), count);
            Assert.Contains($"{count} {what}", AssertFails(ModelLoadFailure.Corrupt, Write(model)).Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_truncated_file_says_where_it_ends()
    {
        byte[] model = Model();
        string path = Write(model.AsSpan(0, model.Length / 2));

        Assert.Contains($"but the file has {model.Length / 2}", AssertFails(ModelLoadFailure.Truncated, path).Message, StringComparison.Ordinal);
        Assert.Contains("ends at byte 200", AssertFails(ModelLoadFailure.Truncated, Write(model.AsSpan(0, 200))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void No_beginning_of_a_file_passes_as_a_file()
    {
        byte[] model = Model();
        int dataOffset = (int)GgufFile.ReadHeader(Write(model)).DataOffset;
        for (int length = 0; length < model.Length - 32; length += length < 1500 ? 1 : length < dataOffset ? 97 : 3001)
        {
            string path = Write(model.AsSpan(0, length));
            Assert.Throws<ModelLoadException>(() => GgufFile.ReadHeader(path));
            File.Delete(path);
        }
    }

    [Fact]
    public void An_alignment_that_is_no_power_of_two_is_refused()
    {
        foreach (uint alignment in (uint[])[0, 3, 48])
        {
            AssertFails(ModelLoadFailure.Corrupt, Write(TestModels.Draft("llama").Add("general.alignment", alignment)));
        }
    }

    [Fact]
    public void A_key_or_a_tensor_that_is_there_twice_is_refused()
    {
        AssertFails(ModelLoadFailure.Corrupt, Write(TestModels.Draft("llama").Add("general.name", "again")));
        AssertFails(ModelLoadFailure.Corrupt, Write(TestModels.Draft("llama").AddTensor("output_norm.weight", [64], TensorEncoding.F32, new float[64])));
    }

    private static ModelLoadException AssertFails(ModelLoadFailure reason, string path)
    {
        var failure = Assert.Throws<ModelLoadException>(() => GgufFile.ReadHeader(path));
        Assert.Equal(reason, failure.Reason);
        return failure;
    }

    private static byte[] Model()
    {
        using var stream = new MemoryStream();
        TestModels.Draft("llama", new TestModelOptions { Layers = 1 }).WriteTo(stream);
        return stream.ToArray();
    }

    private static string Write(ReadOnlySpan<byte> bytes)
    {
        string path = TestModels.NewFile("bytes.gguf");
        File.WriteAllBytes(path, bytes);
        return path;
    }

    private static string Write(GgufWriter writer)
    {
        string path = TestModels.NewFile("draft.gguf");
        writer.WriteTo(path);
        return path;
    }
}
