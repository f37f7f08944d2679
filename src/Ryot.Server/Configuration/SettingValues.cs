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

    public bool Flag(Setting setting)
    {
        var text = Text(setting);
        if (text is null || bool.TryParse(text, out var value))
            return text is not null && bool.Parse(text);
        Problem(setting, $"'{text}' is neither true nor false");
        return false;
    }

    public long Integer(Setting setting, long otherwise, long min, long max)
    {
        if (Text(setting) is not { } text)
            return otherwise;
        if (!long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value))
            Problem(setting, $"'{text}' is no whole number");
        else if (value < min || value > max)
            Problem(setting, $"{value} is not from {min} to {max}");
        else
            return value;
        return otherwise;
    }

    public TimeSpan Seconds(Setting setting, double otherwise, double min)
    {
        const double Max = 7 * 24 * 3600;
        if (Text(setting) is not { } text)
            return TimeSpan.FromSeconds(otherwise);
        if (!double.TryParse(text, NumberStyles.AllowDecimalPoint | NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value))
            Problem(setting, $"'{text}' is no number of seconds");
        else if (!(value >= min && value <= Max))
            Problem(setting, string.Create(CultureInfo.InvariantCulture, $"{value} is not from {min} to {Max} seconds"));
        else
            return TimeSpan.FromSeconds(value);
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
