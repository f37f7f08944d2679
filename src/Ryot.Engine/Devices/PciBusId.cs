using System.Globalization;

namespace Ryot.Engine.Devices;

/// <summary>Addresses on the PCI bus, which drivers write in different ways.</summary>
internal static class PciBusId
{
    /// <summary>Writes an address as llama.cpp and the kernel do: <c>00000000:C1:00.0</c> is <c>0000:c1:00.0</c>.</summary>
    /// <returns>Null where it is no such address.</returns>
    public static string? Normalize(string? text)
    {
        var colon = text?.IndexOf(':', StringComparison.Ordinal) ?? -1;
        if (colon < 0 || !uint.TryParse(text.AsSpan(0, colon), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var domain))
            return null;
        return domain.ToString("x4", CultureInfo.InvariantCulture) + text![colon..].ToLowerInvariant();
    }
}
