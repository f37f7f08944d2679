using Ryot.Server.Api.Errors;
using Ryot.Server.Configuration;

namespace Ryot.Server.Security;

/// <summary>The keys that clients may use.</summary>
internal sealed class ApiKeys(RyotOptions options)
{
    private readonly KeySet _keys = new(options.ApiKeys.Select(key => key.Value));

    /// <summary>Refuses a request without a correct key, if keys are needed.</summary>
    /// <returns>Whose key it is; null when keys are not needed, or the key has no name.</returns>
    /// <exception cref="ApiException">401.</exception>
    public string? Check(HttpRequest request)
    {
        if (_keys.Count == 0)
            return null;
        var key = BearerToken.Of(request) ?? throw new ApiException(ApiErrors.MissingKey);
        var found = _keys.Find(key);
        return found >= 0 ? options.ApiKeys[found].Name : throw new ApiException(ApiErrors.WrongKey);
    }
}
