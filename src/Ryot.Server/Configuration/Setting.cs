namespace Ryot.Server.Configuration;

/// <summary>One thing that can be configured: by a switch, by an environment variable, and in section <c>Ryot</c> of appsettings.json.</summary>
/// <param name="Name">Name of the switch without its dashes, for example <c>context-length</c>.</param>
/// <param name="Placeholder">What stands for the value in the help; null for a switch without a value.</param>
/// <param name="Help">What it does, in one sentence.</param>
internal sealed record Setting(string Name, string? Placeholder, string Help)
{
    /// <summary>Whether the switch may be given several times.</summary>
    public bool Repeats { get; init; }

    /// <summary>What separates values where several stand in one string.</summary>
    public char[] Separators { get; init; } = [',', ';'];

    /// <summary>Whether a change takes effect only when the server is started again.</summary>
    public bool NeedsRestart { get; init; } = true;

    /// <summary>How it is written on the command line.</summary>
    public string Switch => "--" + Name;

    /// <summary>How it is called in the environment.</summary>
    public string EnvironmentVariable { get; } = "RYOT_" + Name.Replace('-', '_').ToUpperInvariant();

    /// <summary>Its key in configuration, for example <c>Ryot:ContextLength</c>.</summary>
    public string Key { get; } = Settings.Section + ":"
        + string.Concat(Name.Split('-').Select(word => char.ToUpperInvariant(word[0]) + word[1..]));
}
