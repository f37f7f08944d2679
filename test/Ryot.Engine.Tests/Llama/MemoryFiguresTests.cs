using Microsoft.Extensions.Time.Testing;
using Ryot.Engine.Llama;
using Ryot.LlamaCpp;
using Ryot.Testing.Models;
using Xunit;

namespace Ryot.Engine.Tests.Llama;

public sealed class MemoryFiguresTests
{
    private readonly FakeTimeProvider _clock = new();
    private readonly List<string> _asked = [];
    private long _used = 5;

    [Fact]
    public void The_peak_is_the_most_that_a_device_held_at_once()
    {
        var figures = Create();
        figures.Update([new LlamaDeviceMemory("cpu") { WeightsBytes = 100, KvCacheBytes = 40, ComputeBytes = 7, OutputBytes = 3 }]);
        Assert.Equal(150, figures.Read().Devices[0].PeakBytes);
        figures.Update([new LlamaDeviceMemory("cpu") { WeightsBytes = 100, KvCacheBytes = 40, ComputeBytes = 30, RecurrentStateBytes = 1 }]);
        Assert.Equal(171, figures.Read().Devices[0].PeakBytes);
        figures.Update([new LlamaDeviceMemory("cpu") { WeightsBytes = 100, KvCacheBytes = 40, ComputeBytes = 20 }, new LlamaDeviceMemory("0") { KvCacheBytes = 20 }]);

        var memory = figures.Read();
        Assert.Equal(["cpu", "0"], memory.Devices.Select(device => device.DeviceId));
        Assert.Equal((100, 40, 20, 171), (memory.Devices[0].WeightsBytes, memory.Devices[0].KvCacheBytes, memory.Devices[0].ActivationsBytes, memory.Devices[0].PeakBytes));
        Assert.Equal(20, memory.Devices[1].PeakBytes);
        Assert.Equal((60.0 / 8, "float16"), (memory.KvBytesPerToken, memory.DataType));
    }

    [Fact]
    public void A_state_counts_as_cache_but_not_for_tokens()
    {
        var figures = Create();
        figures.Update([new LlamaDeviceMemory("cpu") { KvCacheBytes = 16, RecurrentStateBytes = 100 }]);
        Assert.Equal(116, figures.Read().Devices[0].KvCacheBytes);
        Assert.Equal(2, figures.Read().KvBytesPerToken);
    }

    [Fact]
    public void Devices_are_asked_once_a_second_at_most()
    {
        var figures = Create();
        figures.Update([new LlamaDeviceMemory("cpu"), new LlamaDeviceMemory("1")]);
        Assert.Equal((5, 100), (figures.Read().Devices[0].DeviceUsedBytes, figures.Read().Devices[0].DeviceTotalBytes));
        Assert.Equal(["cpu", "1"], _asked);

        _used = 6;
        _clock.Advance(TimeSpan.FromMilliseconds(999));
        Assert.Equal(5, figures.Read().Devices[1].DeviceUsedBytes);
        _clock.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal(6, figures.Read().Devices[1].DeviceUsedBytes);
        Assert.Equal(4, _asked.Count);
    }

    [Fact]
    public void A_reader_does_not_wait_for_another_one_that_asks_the_devices()
    {
        MemoryFigures figures = null!;
        var during = -1;
        figures = new MemoryFigures(8, "", _ =>
        {
            // As another thread would, while the device takes its time to answer.
            during = figures.Read().Devices.Count;
            return default;
        }, _clock);
        figures.Update([new LlamaDeviceMemory("cpu")]);

        Assert.Single(figures.Read().Devices);
        Assert.Equal(0, during);
    }

    [Fact]
    public void Nothing_is_known_before_the_first_pass() => Assert.Empty(Create().Read().Devices);

    [Fact]
    public void The_machine_s_memory_is_what_Linux_says_is_not_available()
    {
        var folder = Folder(("meminfo", "MemTotal:       1000 kB\nMemFree:         100 kB\nMemAvailable:    600 kB\n"));
        Assert.Equal(new DeviceUsage(400 * 1024, 1000 * 1024), HostMemory.Read(Path.Combine(folder, "meminfo"), folder));
    }

    [Theory]
    [InlineData("max", 409_600, 1_024_000)]
    [InlineData("2000000", 409_600, 1_024_000)]
    [InlineData("500000", 200_000, 500_000)]
    public void In_a_container_its_limit_counts_where_it_is_lower(string limit, long used, long total)
    {
        var folder = Folder(
            ("meminfo", "MemTotal: 1000 kB\nMemAvailable: 600 kB\n"), ("memory.max", limit + "\n"), ("memory.current", "300000\n"),
            ("memory.stat", "anon 5\ninactive_file 100000\nactive_file 7\n"));
        Assert.Equal(new DeviceUsage(used, total), HostMemory.Read(Path.Combine(folder, "meminfo"), folder));
    }

    [Fact]
    public void Where_nothing_can_be_read_nothing_is_known()
    {
        Assert.Equal(new DeviceUsage(0, 0), HostMemory.Read("/no such file", "/no such folder"));
        var here = HostMemory.Read();
        Assert.InRange(here.UsedBytes, 1, here.TotalBytes);
    }

    [Theory]
    [InlineData(GgmlType.F32, "float32")]
    [InlineData(GgmlType.F16, "float16")]
    [InlineData(GgmlType.BF16, "bfloat16")]
    [InlineData(GgmlType.Q8_0, "int8")]
    [InlineData(GgmlType.Q6_K, "int8")]
    [InlineData(GgmlType.Q5_K, "int8")]
    [InlineData(GgmlType.Q5_0, "int8")]
    [InlineData(GgmlType.Q4_0, "int4")]
    [InlineData(GgmlType.Q4_1, "int4")]
    [InlineData(GgmlType.Q4_K, "int4")]
    [InlineData(GgmlType.IQ4_XS, "int4")]
    [InlineData(GgmlType.MXFP4, "int4")]
    [InlineData(GgmlType.Q3_K, "int4")]
    [InlineData(GgmlType.Q2_K, "int4")]
    [InlineData(GgmlType.IQ1_S, "int4")]
    [InlineData(GgmlType.TQ1_0, "ternary")]
    [InlineData(GgmlType.TQ2_0, "ternary")]
    [InlineData(GgmlType.I32, "")]
    public void Every_type_has_the_name_of_its_width(GgmlType type, string name) => Assert.Equal(name, DataTypes.Name(type));

    [Fact]
    public void The_type_of_most_bytes_is_the_file_s()
    {
        // A vocabulary of half precision outweighs the ternary layers in bytes, but not in a model of a usual shape.
        Assert.Equal("ternary", DataTypes.Dominant(GgufFile.ReadHeader(TestModels.BitNet(new TestModelOptions { Layers = 12 }))));
        Assert.Equal("float16", DataTypes.Dominant(GgufFile.ReadHeader(TestModels.BitNet(new TestModelOptions { Layers = 1 }))));
        Assert.Equal("int8", DataTypes.Dominant(GgufFile.ReadHeader(TestModels.Llama(new TestModelOptions { Encoding = TensorEncoding.Q8_0 }))));
    }

    private MemoryFigures Create() => new(
        8,
        "float16",
        device =>
        {
            _asked.Add(device);
            return new DeviceUsage(_used, 100);
        },
        _clock);

    private static string Folder(params (string Name, string Text)[] files)
    {
        var folder = TestModels.NewFile("files");
        Directory.CreateDirectory(folder);
        foreach (var (name, text) in files)
            File.WriteAllText(Path.Combine(folder, name), text);
        return folder;
    }
}
