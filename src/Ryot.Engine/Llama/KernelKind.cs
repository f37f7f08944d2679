using Ryot.LlamaCpp;

namespace Ryot.Engine.Llama;

/// <summary>What a node of a forward pass is part of.</summary>
internal enum KernelKind
{
    /// <summary>A multiplication by weights.</summary>
    MatMul,

    /// <summary>Keys, queries and values among themselves, and what prepares them: rotary positions, writing the cache.</summary>
    Attention,

    /// <summary>Norms, activations, additions, embeddings, experts' routing, the states of recurrent layers.</summary>
    Other,

    /// <summary>Nothing is computed: the node only looks at another's data in another way.</summary>
    None,
}

/// <summary>Sorts the nodes of ggml's graphs.</summary>
internal static class KernelKinds
{
    public static KernelKind Of(in GraphNode node)
    {
        var operation = node.Operation;
        if (operation.SequenceEqual("MUL_MAT"u8))
            return node.ReadsWeights ? KernelKind.MatMul : KernelKind.Attention;
        if (operation.SequenceEqual("MUL_MAT_ID"u8))
            return KernelKind.MatMul;
        if (operation.SequenceEqual("VIEW"u8) || operation.SequenceEqual("RESHAPE"u8) || operation.SequenceEqual("PERMUTE"u8)
            || operation.SequenceEqual("TRANSPOSE"u8) || operation.SequenceEqual("NONE"u8))
        {
            return KernelKind.None;
        }
        return operation.StartsWith("FLASH_ATTN"u8) || operation.StartsWith("ROPE"u8) || IsOfAttention(node.Name)
            ? KernelKind.Attention
            : KernelKind.Other;
    }

    /// <summary>
    /// llama.cpp names what it builds: kq, kq_soft_max, kqv_out and so on in attention; what writes a cache is a view of it. Mamba's and
    /// RWKV's states are called caches too, but are kept by layer as r and s.
    /// </summary>
    private static bool IsOfAttention(ReadOnlySpan<byte> name) =>
        name.StartsWith("kq"u8) || name.StartsWith("v_cont"u8) || name.StartsWith("self_kq_mask"u8)
        || (name.StartsWith("cache_"u8) && !name.StartsWith("cache_r_"u8) && !name.StartsWith("cache_s_"u8));
}
