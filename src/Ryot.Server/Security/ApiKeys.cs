using System.Security.Cryptography;
using System.Text;
using Ryot.Server.Api.Errors;
using Ryot.Server.Configuration;

namespace Ryot.Server.Security;

/// <summary>The keys that clients may use.</summary>
internal sealed class ApiKeys
{
    private const string Scheme = "Bearer ";

    private readonly byte[][] _hashes;

    public ApiKeys(RyotOptions options) => _hashes = [.. options.ApiKeys.Select(Hash)];

    /// <summary>Refuses a request without a correct key, if keys are needed.</summary>
    /// <exception cref="ApiException">401.</exception>
    public void Check(HttpRequest request)
    {
        if (_hashes.Length == 0)
            return;
        var header = request.Headers.Authorization.ToString();
        if (!header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase))
            throw new ApiException(ApiErrors.MissingKey);
        // Hashes have one length, and all are compared, so that the time tells nothing about the keys.
        var hash = Hash(header[Scheme.Length..].Trim());
        var correct = false;
        foreach (var known in _hashes)
            correct |= CryptographicOperations.FixedTimeEquals(known, hash);
        if (!correct)
            throw new ApiException(ApiErrors.WrongKey);
    }

    private static byte[] Hash(string key) => SHA256.HashData(Encoding.UTF8.GetBytes(key));
}
