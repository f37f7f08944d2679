namespace Ryot.Server.Configuration;

/// <summary>Where a request says whose it is.</summary>
public enum TenantSource
{
    /// <summary>In a header.</summary>
    Header,

    /// <summary>By its API key: the key's name.</summary>
    ApiKey,
}

/// <summary>How requests are told apart by whose they are.</summary>
public sealed record TenantSettings
{
    /// <summary>Where a request says it.</summary>
    public TenantSource Source { get; init; } = TenantSource.Header;

    /// <summary>The header, where that is the source.</summary>
    public string Header { get; init; } = "x-tenant";

    /// <summary>Tenants whose series exist from the start.</summary>
    public IReadOnlyList<string> Allowed { get; init; } = [];

    /// <summary>Most tenants with series of their own; the rest are <c>other</c>.</summary>
    public int Max { get; init; } = 50;
}
