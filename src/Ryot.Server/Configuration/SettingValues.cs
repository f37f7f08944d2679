using System.Globalization;

namespace Ryot.Server.Configuration;

/// <summary>
/// The configured values as text and as numbers. The command line wins over the environment's short names, and those over everything
/// that is in configuration (appsettings.json, <c>Ryot__ContextLength</c>). A list replaces that of a weaker source as a whole.
/// </summary>
internal sealed class SettingValues(CommandLine commandLine, Func<string, string?> environment, IConfiguration configuration)
{
    /// <summary>What was wrong so far.</summary>
    public List<string> Problems { get; } = [.. commandLine.Problems];

    public string? Text(Setting setting)
    {
        if (commandLine.Values.TryGetValue(setting, out var given))
            return given[0];
        return Present(environment(setting.EnvironmentVariable)) ?? Present(configuration[setting.Key]);
    }

    public IReadOnlyList<string> List(Setting setting)
    {
        if (commandLine.Values.TryGetValue(setting, out var given))
            return [.. given.SelectMany(value => Split(setting, value))];
        if (Present(environment(setting.EnvironmentVariable)) is { } variable)
            return Split(setting, variable);
        var section = configuration.GetSection(setting.Key);
        if (Present(section.Value) is { } text)
            return Split(setting, text);
        var children = section.GetChildren().Where(child => Present(child.Value) is not null);
        return [.. children.SelectMany(child => Split(setting, Entry(child.Key, child.Value!)))];
    }

    /// <summary>All values of an object, with their keys.</summary>
    public IReadOnlyList<KeyValuePair<string, string?>> Section(string key) =>
        [.. configuration.GetSection(key).AsEnumerable().OrderBy(pair => pair.Key, StringComparer.Ordinal)];

    public bool Flag(Setting setting)
    {
        if (Text(setting) is not { } text)
            return false;
        if (!ValueText.TryFlag(text, out var value, out var problem))
            Problem(setting, problem);
        return value;
    }

    public long Integer(Setting setting, long otherwise, long min, long max)
    {
        if (Text(setting) is not { } text)
            return otherwise;
        if (ValueText.TryInteger(text, min, max, out var value, out var problem))
            return value;
        Problem(setting, problem);
        return otherwise;
    }

    public TimeSpan Seconds(Setting setting, double otherwise, double min)
    {
        if (Text(setting) is not { } text)
            return TimeSpan.FromSeconds(otherwise);
        if (ValueText.TrySeconds(text, min, out var value, out var problem))
            return value;
        Problem(setting, problem);
        return TimeSpan.FromSeconds(otherwise);
    }

    /// <summary>Adds a problem with a setting, which is named in all its forms.</summary>
    public void Problem(Setting setting, string what) =>
        Problems.Add($"{setting.Switch} ({setting.EnvironmentVariable}, {setting.Key}): {what}.");

    /// <summary>In a file a list is an array, whose keys are numbers, or an object, whose keys are names.</summary>
    private static string Entry(string key, string value) =>
        int.TryParse(key, NumberStyles.None, CultureInfo.InvariantCulture, out _) ? value : $"{key}={value}";

    private static string? Present(string? value) => string.IsNullOrWhiteSpace(value) ? null : value;

    private static string[] Split(Setting setting, string value) =>
        value.Split(setting.Separators, StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
}
