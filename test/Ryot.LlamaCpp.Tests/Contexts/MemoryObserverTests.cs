using System.Globalization;
using System.Runtime.InteropServices;
using Ryot.LlamaCpp.Tests.Support;
using Ryot.Testing.Models;

namespace Ryot.LlamaCpp.Tests.Contexts;

/// <summary>What the observer finds in the passes' buffers, against what llama.cpp says itself in two other ways.</summary>
public sealed class MemoryObserverTests
{
    // Sizes that no other test uses, so that the log's lines can be told apart.
    public static TheoryData<string, LlamaContextOptions> Cases => new()
    {
        { "llama-F16", new LlamaContextOptions { ContextLength = 3328, MaxSequences = 4, KvUnified = true } },
        { "llama-F32", new LlamaContextOptions { ContextLength = 3328, MaxSequences = 2, KvTypeK = GgmlType.F32, KvTypeV = GgmlType.F32 } },
        { "llama-Q8_0", new LlamaContextOptions { ContextLength = 3584, KvTypeK = GgmlType.BF16, KvTypeV = GgmlType.F16 } },
        { "gpt2-F32", new LlamaContextOptions { ContextLength = 1792, MicroBatchSize = 256 } },
        { "bitnet-TQ2_0", new LlamaContextOptions { ContextLength = 3840, MicroBatchSize = 128, MaxSequences = 3, KvUnified = true } },
        { "llama-heads-of-32", new LlamaContextOptions { ContextLength = 4352, KvTypeK = GgmlType.Q8_0, KvTypeV = GgmlType.Q8_0, FlashAttention = FlashAttention.Enabled } },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void The_sizes_of_all_buffers_are_what_llama_cpp_logged(string kind, LlamaContextOptions options)
    {
        using LlamaModel model = LlamaModel.Load(FileOf(kind));
        using LlamaContext context = new(model, options with { ObserveGraph = true });
        LlamaDeviceMemory memory = Assert.Single(Observe(context));

        Assert.Equal("cpu", memory.DeviceId);
        Assert.Equal(0, memory.RecurrentStateBytes);
        AssertLogged("CPU_Mapped model buffer size", memory.WeightsBytes);
        AssertLogged("CPU KV buffer size", memory.KvCacheBytes);
        AssertLogged("CPU compute buffer size", memory.ComputeBytes);
        AssertLogged("CPU  output buffer size", context.OutputBytes);
        Assert.InRange(memory.WeightsBytes, model.SizeBytes, model.SizeBytes * 1.01);
        Assert.Equal(memory.WeightsBytes + memory.KvCacheBytes + memory.ComputeBytes, memory.TotalBytes);
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public unsafe void They_are_to_the_byte_what_llama_cpp_counts_internally(string kind, LlamaContextOptions options)
    {
        Assert.SkipUnless(
            OperatingSystem.IsLinux() && RuntimeInformation.ProcessArchitecture == Architecture.X64, "Calls a C++ function by its name on Linux x64.");
        using LlamaModel model = LlamaModel.Load(FileOf(kind));
        using LlamaContext context = new(model, options with { ObserveGraph = true });
        LlamaDeviceMemory memory = Assert.Single(Observe(context));

        Assert.Equal(Breakdown(context), (memory.WeightsBytes, memory.KvCacheBytes, memory.ComputeBytes));
    }

    [Fact]
    public void The_caches_size_is_that_of_its_cells()
    {
        using LlamaModel model = LlamaModel.Load(FileOf("llama-F16"));
        LlamaDeviceMemory memory = Assert.Single(Observe(model, new LlamaContextOptions { ContextLength = 1024 }));

        // 4 layers, keys and values, 2 heads of 16 numbers, 2 bytes each.
        Assert.Equal(1024 * 4 * 2 * 2 * 16 * 2, memory.KvCacheBytes);
    }

    [Fact]
    public void The_buffer_for_outputs_grows_with_the_outputs_of_a_batch()
    {
        using LlamaContext context = Llama.Context(options: new LlamaContextOptions { ContextLength = 256, MaxSequences = 2 });
        long row = context.Model.Vocabulary.Count * sizeof(float);
        Assert.Equal(2 * row, context.OutputBytes);
        using var batch = new LlamaBatch(5);
        for (int i = 0; i < 5; i++) batch.Add(1 + i, i, 0, wantsLogits: i > 0);
        Assert.Equal(DecodeResult.Ok, context.Decode(batch));
        Assert.Equal(4 * row, context.OutputBytes);
    }

    [Fact]
    public void A_batch_that_finds_no_room_leaves_the_buffer_for_outputs_as_it_was()
    {
        using LlamaContext context = Llama.Context(options: new LlamaContextOptions { ContextLength = 256, MaxSequences = 2, KvUnified = true });
        long row = context.Model.Vocabulary.Count * sizeof(float);
        using var full = new LlamaBatch(256);
        for (int i = 0; i < 256; i++) full.Add(1 + (i % 7), i, 0, wantsLogits: i == 255);
        Assert.Equal(DecodeResult.Ok, context.Decode(full));
        using var more = new LlamaBatch(5);
        for (int i = 0; i < 5; i++) more.Add(1 + i, i, 1, wantsLogits: true);
        Assert.Equal(DecodeResult.NoSlot, context.Decode(more));
        Assert.Equal(2 * row, context.OutputBytes);
    }

    [Fact]
    public void Two_models_at_once_are_not_mixed_up()
    {
        using LlamaModel small = LlamaModel.Load(FileOf("llama-F16"));
        using LlamaModel large = LlamaModel.Load(TestModels.Llama(new TestModelOptions { Layers = 8 }));
        var options = new LlamaContextOptions { ContextLength = 512 };
        LlamaDeviceMemory expected = Assert.Single(Observe(small, options));

        var found = new LlamaDeviceMemory[8];
        Parallel.For(0, found.Length, i => found[i] = Observe(i % 2 == 0 ? small : large, options).Single());

        for (int i = 0; i < found.Length; i += 2) Assert.Equal(expected, found[i]);
        for (int i = 1; i < found.Length; i += 2) Assert.Equal(2 * expected.KvCacheBytes, found[i].KvCacheBytes);
    }

    [Fact]
    public void Nothing_is_known_before_the_first_pass_and_nothing_changes_without_a_reason()
    {
        using LlamaContext context = Llama.Context(options: new LlamaContextOptions { ContextLength = 256, ObserveGraph = true });
        var observer = new MemoryObserver();
        Assert.Empty(observer.Read());

        context.GraphObserver = observer;
        Llama.Decode(context, [1, 2, 3]);
        Assert.True(observer.HasChanged);
        IReadOnlyList<LlamaDeviceMemory> first = observer.Read();
        observer.BeginPass();
        Llama.Decode(context, [4], position: 3);

        Assert.False(observer.HasChanged);
        Assert.Equal(first, observer.Read());
    }

    private static IReadOnlyList<LlamaDeviceMemory> Observe(LlamaModel model, LlamaContextOptions options)
    {
        using LlamaContext context = new(model, options with { ObserveGraph = true });
        return Observe(context);
    }

    private static IReadOnlyList<LlamaDeviceMemory> Observe(LlamaContext context)
    {
        var observer = new MemoryObserver();
        context.GraphObserver = observer;
        Assert.Equal(DecodeResult.Ok, context.WarmUp());
        context.GraphObserver = null;
        return observer.Read();
    }

    private static void AssertLogged(string what, long bytes)
    {
        string expected = string.Create(CultureInfo.InvariantCulture, $" {what} = {bytes / 1048576.0,8:F2} MiB");
        Assert.Contains(Llama.Log.Lines, line => line.Text.EndsWith(expected, StringComparison.Ordinal));
    }

    private static string FileOf(string kind) => kind switch
    {
        "llama-F16" => TestModels.Llama(),
        "llama-F32" => TestModels.Llama(new TestModelOptions { Encoding = TensorEncoding.F32 }),
        "llama-Q8_0" => TestModels.Llama(new TestModelOptions { Encoding = TensorEncoding.Q8_0 }),
        "llama-heads-of-32" => TestModels.Llama(new TestModelOptions { Heads = 2 }),
        "gpt2-F32" => TestModels.Gpt2(),
        _ => TestModels.BitNet(),
    };

    // std::map<ggml_backend_buffer_type_t, {model, context, compute}> of libstdc++: a red-black tree whose root hangs on its header.
    private static unsafe (long Model, long Context, long Compute) Breakdown(LlamaContext context)
    {
        nint library = NativeLibrary.Load(Directory.GetFiles(LlamaLibrary.Directory, "libllama.*").Single());
        var function = (delegate* unmanaged[Cdecl]<nint*, nint, nint*>)NativeLibrary.GetExport(library, "_Z26llama_get_memory_breakdownPK13llama_context");
        nint* map = stackalloc nint[6];
        function(map, context.Handle.DangerousGetHandle());
        GC.KeepAlive(context);
        return Sum((Node*)map[2]);

        static (long Model, long Context, long Compute) Sum(Node* node)
        {
            if (node is null) return default;
            (long model, long context, long compute) = Sum(node->Left);
            (long Model, long Context, long Compute) right = Sum(node->Right);
            (long Model, long Context, long Compute) sum =
                (model + right.Model + node->Model, context + right.Context + node->Context, compute + right.Compute + node->Compute);
            NativeMemory.Free(node);
            return sum;
        }
    }

    [StructLayout(LayoutKind.Sequential)]
    private unsafe struct Node
    {
        public nint Color;
        public Node* Parent;
        public Node* Left;
        public Node* Right;
        public nint Key;
        public long Model;
        public long Context;
        public long Compute;
    }
}
