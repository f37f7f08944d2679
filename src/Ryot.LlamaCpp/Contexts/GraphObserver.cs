using Ryot.LlamaCpp.Interop;

namespace Ryot.LlamaCpp;

/// <summary>One operation of a forward pass. Valid only during the call that brings it.</summary>
public readonly unsafe ref struct GraphNode
{
    private readonly nint _tensor;

    internal GraphNode(nint tensor) => _tensor = tensor;

    /// <summary>The operation as UTF-8, e.g. <c>MUL_MAT</c>, <c>SOFT_MAX</c>, <c>FLASH_ATTN_EXT</c>.</summary>
    public ReadOnlySpan<byte> Operation => NativeText.Span(NativeGgml.OperationName(_tensor));

    /// <summary>The result's name as UTF-8, e.g. <c>Qcur-0</c>, <c>ffn_out-3</c>.</summary>
    public ReadOnlySpan<byte> Name => NativeText.Span(NativeGgml.TensorName(_tensor));

    /// <summary>The bytes of the result.</summary>
    public long Bytes => (long)NativeGgml.TensorBytes(_tensor);

    /// <summary>True when the first operand is one of the model's weights, or a part of one.</summary>
    public bool ReadsWeights
    {
        get
        {
            var operand = (NativeTensor*)Tensor->Sources[0];
            return operand is not null && operand->Buffer != 0 && NativeGgml.UsageOf(operand->Buffer) == BufferUsage.Weights;
        }
    }

    internal NativeTensor* Tensor => (NativeTensor*)_tensor;
}

/// <summary>
/// Sees the nodes of forward passes one by one. It makes a pass slower: nodes run one group at a time, each group ending
/// with a node that the observer wants.
/// </summary>
public interface IGraphObserver
{
    /// <summary>Asked before nodes are computed.</summary>
    /// <param name="node">The node to be computed.</param>
    /// <returns>True to be called when this node is done; nodes that are not wanted are computed together with later ones.</returns>
    bool Wants(in GraphNode node);

    /// <summary>A wanted node is done, and all before it.</summary>
    /// <param name="node">The node.</param>
    void Computed(in GraphNode node);
}
