using Ryot.LlamaCpp;

namespace Ryot.Server.Configuration;

/// <summary>Reads how a KV cache stores its numbers.</summary>
internal static class KvTypes
{
    public static bool TryParse(string text, out GgmlType type, out string problem)
    {
        problem = "";
        foreach (var known in LlamaContextOptions.KvTypes)
        {
            if (!known.ToString().Equals(text.Trim(), StringComparison.OrdinalIgnoreCase))
                continue;
            type = known;
            return true;
        }
        type = GgmlType.F16;
        problem = $"'{text}' is none of {string.Join(", ", LlamaContextOptions.KvTypes)}";
        return false;
    }
}
