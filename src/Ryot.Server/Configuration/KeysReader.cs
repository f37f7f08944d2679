namespace Ryot.Server.Configuration;

/// <summary>Reads the keys of clients and of administrators.</summary>
/// <param name="values">The configured values.</param>
/// <param name="configuration">Where named keys are.</param>
internal sealed class KeysReader(SettingValues values, IConfiguration configuration)
{
    /// <summary>Keys with names: an object whose keys are the names.</summary>
    public const string NamedKeys = Settings.Section + ":ApiKeys";

    private const int LongestName = 64;

    /// <summary>Reads the clients' keys.</summary>
    /// <param name="urls">Where the server listens: others than this machine need a key.</param>
    public IReadOnlyList<ApiKey> ReadApiKeys(IReadOnlyList<ListenAddress> urls)
    {
        var keys = Read(Settings.ApiKey, Settings.ApiKeyFile);
        keys.AddRange(configuration.GetSection(NamedKeys).GetChildren().Select(child => new ApiKey(child.Value ?? "", child.Key)));
        Check(Settings.ApiKey, keys);
        var noKey = values.Flag(Settings.NoApiKey);
        if (noKey && keys.Count > 0)
            values.Problem(Settings.NoApiKey, "there are keys too; give only one of both");
        if (keys.Count == 0 && !noKey && urls.FirstOrDefault(url => !url.IsLoopback) is { } open)
        {
            values.Problem(
                Settings.ApiKey, $"others than this machine can connect to {open.Url}: set a key, or {Settings.NoApiKey.Switch} to serve everyone");
        }
        return [.. keys.Distinct()];
    }

    /// <summary>Reads the administrators' keys.</summary>
    /// <param name="apiKeys">The clients' keys, none of which may open more.</param>
    public IReadOnlyList<string> ReadAdminKeys(IReadOnlyList<ApiKey> apiKeys)
    {
        var keys = Read(Settings.AdminKey, Settings.AdminKeyFile);
        Check(Settings.AdminKey, keys);
        if (keys.Exists(key => apiKeys.Any(apiKey => apiKey.Value == key.Value)))
            values.Problem(Settings.AdminKey, "this key is a client's too; administrators need one of their own");
        return [.. keys.Select(key => key.Value).Distinct()];
    }

    private List<ApiKey> Read(Setting list, Setting file)
    {
        var keys = values.List(list).Select(ApiKey.Parse).ToList();
        if (values.Text(file) is not { } path)
            return keys;
        try
        {
            keys.AddRange(File.ReadAllLines(path).Select(line => line.Trim()).Where(line => line.Length > 0).Select(ApiKey.Parse));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            values.Problem(file, $"cannot read '{path}': {exception.Message.TrimEnd('.')}");
        }
        return keys;
    }

    private void Check(Setting setting, List<ApiKey> keys)
    {
        if (keys.Exists(key => key.Value.Length == 0 || key.Value.Any(character => character is < '!' or > '~')))
            values.Problem(setting, "a key must be printable ASCII without spaces, since it travels in a header");
        foreach (var key in keys.Where(key => key.Name is { Length: 0 or > LongestName } || key.Name?.Any(char.IsControl) == true))
            values.Problem(setting, $"the name '{key.Name}' of a key must have 1 to {LongestName} characters");
        foreach (var twice in keys.DistinctBy(key => (key.Value, key.Name)).CountBy(key => key.Value).Where(pair => pair.Value > 1))
            values.Problem(setting, $"{twice.Value} names have the same key");
    }
}
