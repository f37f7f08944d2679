using System.Text;
using Ryot.LlamaCpp.Tests.Support;

namespace Ryot.LlamaCpp.Tests.Contexts;

public sealed class GraphObserverTests
{
    private static readonly LlamaContextOptions _observable = new() { ContextLength = 256, ObserveGraph = true };

    [Fact]
    public void An_observer_sees_every_node_in_order_with_its_operation_and_name()
    {
        using LlamaContext context = Llama.Context(options: _observable);
        var observer = new Recorder();
        context.GraphObserver = observer;
        _ = Llama.Decode(context, [1, 2, 3]);

        Assert.Equal(observer.Asked, observer.Computed);
        Assert.Contains(observer.Computed, node => node.StartsWith("MUL_MAT Qcur-0", StringComparison.Ordinal));
        Assert.Contains(observer.Computed, node => node.StartsWith("ROPE ", StringComparison.Ordinal));
        Assert.Equal("MUL_MAT result_output 2048", observer.Computed[^1]);
    }

    [Fact]
    public void Observing_does_not_change_the_result()
    {
        using LlamaContext plain = Llama.Context();
        float[] expected = plain.GetLogits(Llama.Decode(plain, [1, 2, 3])).ToArray();

        using LlamaContext observed = Llama.Context(options: _observable);
        observed.GraphObserver = new Recorder { OnlyOperation = "MUL_MAT" };
        float[] actual = observed.GetLogits(Llama.Decode(observed, [1, 2, 3])).ToArray();

        ContextTests.AssertClose(expected, actual);
    }

    [Fact]
    public void Only_wanted_nodes_are_told()
    {
        using LlamaContext context = Llama.Context(options: _observable);
        var observer = new Recorder { OnlyOperation = "MUL_MAT" };
        context.GraphObserver = observer;
        _ = Llama.Decode(context, [1, 2, 3]);

        Assert.NotEmpty(observer.Computed);
        Assert.All(observer.Computed, node => Assert.StartsWith("MUL_MAT ", node, StringComparison.Ordinal));
        Assert.True(observer.Asked.Count > observer.Computed.Count);
    }

    [Fact]
    public void An_observer_can_come_and_go()
    {
        using LlamaContext context = Llama.Context(options: _observable);
        var observer = new Recorder();
        _ = Llama.Decode(context, [1]);
        context.GraphObserver = observer;
        _ = Llama.Decode(context, [2], position: 1);
        int seen = observer.Computed.Count;
        context.GraphObserver = null;
        _ = Llama.Decode(context, [3], position: 2);

        Assert.True(seen > 0);
        Assert.Equal(seen, observer.Computed.Count);
    }

    [Fact]
    public void An_exception_of_the_observer_reaches_the_caller_and_the_next_pass_works()
    {
        using LlamaContext context = Llama.Context(options: _observable);
        using var batch = new LlamaBatch(1);
        batch.Add(1, 0, 0, true);
        context.GraphObserver = new Recorder { Fails = true };

        Assert.Throws<TimeZoneNotFoundException>(() => context.Decode(batch));

        context.GraphObserver = null;
        context.ClearMemory();
        Assert.Equal(DecodeResult.Ok, context.Decode(batch));
    }

    [Fact]
    public void A_context_that_was_not_made_for_it_refuses_an_observer()
    {
        using LlamaContext context = Llama.Context();

        Assert.Throws<InvalidOperationException>(() => context.GraphObserver = new Recorder());
        context.GraphObserver = null;
    }

    private sealed class Recorder : IGraphObserver
    {
        public List<string> Asked { get; } = [];

        public List<string> Computed { get; } = [];

        public string? OnlyOperation { get; init; }

        public bool Fails { get; init; }

        bool IGraphObserver.Wants(in GraphNode node)
        {
            Asked.Add(Describe(node));
            return OnlyOperation is null || node.Operation.SequenceEqual(Encoding.UTF8.GetBytes(OnlyOperation));
        }

        void IGraphObserver.Computed(in GraphNode node)
        {
            if (Fails) throw new TimeZoneNotFoundException();
            Computed.Add(Describe(node));
        }

        private static string Describe(in GraphNode node) =>
            $"{Encoding.UTF8.GetString(node.Operation)} {Encoding.UTF8.GetString(node.Name)} {node.Bytes}";
    }
}
