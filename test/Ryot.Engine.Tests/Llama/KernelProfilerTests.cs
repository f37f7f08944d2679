using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Ryot.Engine.Llama;
using Ryot.LlamaCpp;
using Ryot.Testing.Models;
using Xunit;

namespace Ryot.Engine.Tests.Llama;

public sealed class KernelProfilerTests
{
    public KernelProfilerTests() => LlamaLibrary.Load(null, NullLoggerFactory.Instance);

    [Theory]
    [InlineData("llama", FlashAttention.Enabled)]
    [InlineData("llama", FlashAttention.Disabled)]
    [InlineData("gpt2", FlashAttention.Disabled)]
    [InlineData("bitnet", FlashAttention.Enabled)]
    [InlineData("gemma2", FlashAttention.Enabled)]
    [InlineData("mamba", FlashAttention.Auto)]
    public void Nodes_are_sorted_by_what_they_are_part_of(string model, FlashAttention flash)
    {
        var recorder = new Recorder();
        Observe(model, flash, recorder);
        var nodes = recorder.Nodes;

        var multiplications = nodes.Where(node => node.Operation == "MUL_MAT").ToList();
        Assert.All(multiplications, node => Assert.Equal(node.Name is ['k', 'q', ..] ? KernelKind.Attention : KernelKind.MatMul, node.Kind));
        // In each of 4 layers: queries, keys, values, output, up and down, and mostly a gate; Mamba has 4 of its own. Then the logits.
        var byWeights = model switch { "mamba" => 4 * 4, "gpt2" => 4 * 4, _ => 4 * 7 };
        Assert.Equal(byWeights + 1, multiplications.Count(node => node.Kind == KernelKind.MatMul));
        var attention = nodes.Where(node => node.Kind == KernelKind.Attention).Select(node => node.Operation).Distinct().Order();
        string[] expected = (model, flash) switch
        {
            ("mamba", _) => [],
            ("gpt2", _) => ["CONT", "MUL_MAT", "SET_ROWS", "SOFT_MAX"],
            (_, FlashAttention.Disabled) => ["CONT", "MUL_MAT", "ROPE", "SET_ROWS", "SOFT_MAX"],
            _ => ["FLASH_ATTN_EXT", "ROPE", "SET_ROWS"],
        };
        Assert.Equal(expected, attention);
        Assert.All(nodes.Where(node => node.Operation is "RMS_NORM" or "NORM" or "ADD" or "GET_ROWS" or "SWIGLU" or "SSM_SCAN"), node =>
            Assert.Equal(KernelKind.Other, node.Kind));
        Assert.All(nodes.Where(node => node.Kind == KernelKind.None), node => Assert.Contains(node.Operation, (string[])["VIEW", "RESHAPE", "PERMUTE", "TRANSPOSE"]));
    }

    [Fact]
    public void Times_are_summed_by_kind_without_what_it_costs_to_run_a_node_alone()
    {
        // Every node takes 3 ticks more than it computes, as the ones that compute nothing show.
        var clock = new NodeClock();
        var profiler = new KernelProfiler(clock);
        var driver = new Driver(profiler, clock, kind => kind switch { KernelKind.MatMul => 43, KernelKind.Attention => 13, KernelKind.Other => 5, _ => 3 });
        Assert.True(double.IsNaN(profiler.Shares.MatMul) && double.IsNaN(profiler.Shares.Attention) && double.IsNaN(profiler.Shares.Other));

        profiler.Begin();
        Observe("llama", FlashAttention.Enabled, driver);
        profiler.End();

        double total = (40 * driver.Count(KernelKind.MatMul)) + (10 * driver.Count(KernelKind.Attention)) + (2 * driver.Count(KernelKind.Other));
        Assert.Equal(40 * driver.Count(KernelKind.MatMul) / total, profiler.Shares.MatMul, 1e-6);
        Assert.Equal(10 * driver.Count(KernelKind.Attention) / total, profiler.Shares.Attention, 1e-6);
        Assert.Equal(1, profiler.Shares.MatMul + profiler.Shares.Attention + profiler.Shares.Other, 1e-9);
    }

    [Fact]
    public void Passes_count_by_their_duration_and_old_ones_fade()
    {
        var clock = new NodeClock();
        var profiler = new KernelProfiler(clock);
        var attends = new Driver(profiler, clock, kind => kind == KernelKind.Attention ? 1000 : 0);
        var multiplies = new Driver(profiler, clock, kind => kind == KernelKind.MatMul ? 10 : 0);

        Sample(attends);
        Assert.Equal(1, profiler.Shares.Attention, 1e-6);
        Sample(multiplies);
        var afterOne = profiler.Shares.Attention;
        Assert.InRange(afterOne, 0.9, 0.999_999);
        for (var i = 0; i < 200; i++)
            Sample(multiplies);
        Assert.InRange(profiler.Shares.Attention, 0, 0.01);

        void Sample(Driver driver)
        {
            profiler.Begin();
            Observe("llama", FlashAttention.Enabled, driver);
            profiler.End();
        }
    }

    private static void Observe(string model, FlashAttention flash, IGraphObserver observer)
    {
        using var loaded = LlamaModel.Load(FileOf(model));
        using var context = new LlamaContext(loaded, new LlamaContextOptions { ContextLength = 256, FlashAttention = flash, ObserveGraph = true });
        using var batch = new LlamaBatch(3);
        for (var i = 0; i < 3; i++)
            batch.Add(i + 1, i, 0, i == 2);
        context.GraphObserver = observer;
        Assert.Equal(DecodeResult.Ok, context.Decode(batch));
    }

    private static string FileOf(string model) => model switch
    {
        "gpt2" => TestModels.Gpt2(),
        "bitnet" => TestModels.BitNet(),
        "gemma2" => TestModels.Gemma2(),
        "mamba" => TestModels.Mamba(),
        _ => TestModels.Llama(),
    };

    private sealed class Recorder : IGraphObserver
    {
        public List<(string Operation, string Name, KernelKind Kind)> Nodes { get; } = [];

        bool IGraphObserver.Wants(in GraphNode node)
        {
            Nodes.Add((Encoding.UTF8.GetString(node.Operation), Encoding.UTF8.GetString(node.Name), KernelKinds.Of(node)));
            return false;
        }

        void IGraphObserver.Computed(in GraphNode node)
        {
        }
    }

    /// <summary>A clock that stands still but for the time that a node is said to take.</summary>
    private sealed class NodeClock : TimeProvider
    {
        public long Now { get; set; }

        public override long GetTimestamp() => Now;
    }

    private sealed class Driver(KernelProfiler profiler, NodeClock clock, Func<KernelKind, long> duration) : IGraphObserver
    {
        private readonly int[] _counts = new int[4];

        public double Count(KernelKind kind) => _counts[(int)kind];

        bool IGraphObserver.Wants(in GraphNode node) => profiler.Wants(node);

        void IGraphObserver.Computed(in GraphNode node)
        {
            var kind = KernelKinds.Of(node);
            _counts[(int)kind]++;
            clock.Now += duration(kind);
            profiler.Computed();
        }
    }
}
