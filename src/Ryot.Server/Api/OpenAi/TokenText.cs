using System.Text;
using System.Text.Unicode;

namespace Ryot.Server.Api.OpenAi;

/// <summary>How single tokens are shown.</summary>
internal static class TokenText
{
    /// <summary>What stands for a probability of 0, whose logarithm JSON cannot hold.</summary>
    private const float Impossible = -9999f;

    /// <summary>A token's text; one that is only a part of a character is shown as its bytes (<c>bytes:\xe2\x98</c>).</summary>
    public static string Of(ReadOnlySpan<byte> piece)
    {
        if (Utf8.IsValid(piece))
            return Encoding.UTF8.GetString(piece);
        var text = new StringBuilder("bytes:", 6 + (piece.Length * 4));
        foreach (var value in piece)
            text.Append("\\x").Append(Convert.ToHexStringLower([value]));
        return text.ToString();
    }

    public static float Finite(float logprob) => float.IsFinite(logprob) ? logprob : Impossible;
}
