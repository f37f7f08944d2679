using Ryot.Server.Api.Errors;
using Ryot.Server.Configuration;

namespace Ryot.Server.Security;

/// <summary>The keys that administrators may use. Without any, their routes are closed: nobody could be told from anybody.</summary>
internal sealed class AdminKeys(RyotOptions options)
{
    private readonly KeySet _keys = new(options.AdminKeys);

    /// <summary>Refuses a request without a correct key.</summary>
    /// <exception cref="ApiException">401, or 403 where there are no keys.</exception>
    public void Check(HttpRequest request)
    {
        if (_keys.Count == 0)
            throw new ApiException(ApiErrors.AdminClosed);
        var key = BearerToken.Of(request) ?? throw new ApiException(ApiErrors.MissingAdminKey);
        if (_keys.Find(key) < 0)
            throw new ApiException(ApiErrors.WrongAdminKey);
    }
}
