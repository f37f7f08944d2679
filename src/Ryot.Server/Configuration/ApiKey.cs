namespace Ryot.Server.Configuration;

/// <summary>A key that a client may send.</summary>
/// <param name="Value">The key.</param>
/// <param name="Name">Whose it is; null when nobody said.</param>
public sealed record ApiKey(string Value, string? Name = null)
{
    /// <summary>Reads <c>name:key</c>, or a key alone.</summary>
    /// <param name="text">The text.</param>
    internal static ApiKey Parse(string text)
    {
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        return colon < 0 ? new ApiKey(text) : new ApiKey(text[(colon + 1)..].Trim(), text[..colon].Trim());
    }
}
