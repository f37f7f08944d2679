using System.Security.Cryptography;
using System.Text;

namespace Ryot.Server.Security;

/// <summary>Keys to compare with, so that the time that it takes tells nothing about them.</summary>
/// <param name="keys">The keys.</param>
internal sealed class KeySet(IEnumerable<string> keys)
{
    private readonly byte[][] _hashes = [.. keys.Select(Hash)];

    public int Count => _hashes.Length;

    /// <summary>The position of a key, or -1.</summary>
    public int Find(string key)
    {
        // Hashes have one length, and all are compared.
        var hash = Hash(key);
        var found = -1;
        for (var i = 0; i < _hashes.Length; i++)
        {
            if (CryptographicOperations.FixedTimeEquals(_hashes[i], hash))
                found = i;
        }
        return found;
    }

    private static byte[] Hash(string key) => SHA256.HashData(Encoding.UTF8.GetBytes(key));
}
