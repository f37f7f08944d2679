using Ryot.Engine.Models;
using Ryot.LlamaCpp;

namespace Ryot.Server.Configuration;

/// <summary>Reads when flash attention is used, in the words of llama.cpp's own programs.</summary>
internal static class FlashAttentionNames
{
    public static bool TryParse(string text, out FlashAttention when, out string problem)
    {
        problem = "";
        (var known, when) = text.Trim().ToUpperInvariant() switch
        {
            "AUTO" => (true, FlashAttention.Auto),
            "ON" => (true, FlashAttention.Enabled),
            "OFF" => (true, FlashAttention.Disabled),
            _ => (false, FlashAttention.Auto),
        };
        if (!known)
            problem = $"'{text}' is none of auto, on, off";
        return known;
    }

    /// <summary>What is wrong with a model's choice; null when nothing is.</summary>
    public static string? Check(ModelOptions model) =>
        model.FlashAttention == FlashAttention.Disabled && model.KvTypeV.BlockSize() > 1
            ? $"a KV cache that stores values as {model.KvTypeV} needs flash attention; leave it on, or store them as F16, BF16 or F32"
            : null;
}
