namespace Ryot.Server.Configuration;

/// <summary>What the server was started with, and where it came from, so that it can be read again.</summary>
/// <param name="commandLine">The program's arguments.</param>
/// <param name="environment">Looks up a variable of the environment.</param>
/// <param name="files">The files.</param>
/// <param name="baseDirectory">Where the program is.</param>
internal sealed class ConfigurationSnapshot(
    CommandLine commandLine, Func<string, string?> environment, ConfigurationFiles files, string baseDirectory)
{
    private SettingValues? _values;

    /// <summary>The files.</summary>
    public ConfigurationFiles Files { get; } = files;

    /// <summary>Reads what the server starts with.</summary>
    /// <param name="configuration">The configuration, files included.</param>
    /// <exception cref="ConfigurationException">The server cannot start like this.</exception>
    public RyotOptions Read(IConfiguration configuration)
    {
        _values = new SettingValues(commandLine, environment, configuration);
        return OptionsReader.Read(_values, configuration, baseDirectory, isRunning: false);
    }

    /// <summary>Reads the files again.</summary>
    /// <exception cref="ConfigurationException">They say something wrong.</exception>
    public (RyotOptions Options, SettingValues Values) ReadAgain()
    {
        var configuration = Files.Read();
        var values = new SettingValues(commandLine, environment, configuration);
        return (OptionsReader.Read(values, configuration, baseDirectory, isRunning: true), values);
    }

    /// <summary>Settings that are different now and need a restart. Tells their names only: some are secrets.</summary>
    public IReadOnlyList<string> FindChangedSettings(SettingValues now) =>
    [
        .. Settings.All.Where(setting => setting.NeedsRestart && !_values!.List(setting).SequenceEqual(now.List(setting))).Select(setting => setting.Key),
        .. Settings.SectionsThatNeedRestart.Where(key => !_values!.Section(key).SequenceEqual(now.Section(key))),
    ];
}
