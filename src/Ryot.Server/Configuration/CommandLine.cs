using System.Text;

namespace Ryot.Server.Configuration;

/// <summary>What the command line asks for.</summary>
internal sealed class CommandLine
{
    private CommandLine()
    {
    }

    /// <summary>Whether to print the help and end.</summary>
    public bool Help { get; private set; }

    /// <summary>Whether to print the version and end.</summary>
    public bool Version { get; private set; }

    /// <summary>The given values by setting, in order.</summary>
    public Dictionary<Setting, List<string>> Values { get; } = [];

    /// <summary>What was wrong.</summary>
    public List<string> Problems { get; } = [];

    /// <summary>Reads the arguments of the program; <c>--name value</c> and <c>--name=value</c> are the same.</summary>
    public static CommandLine Parse(IReadOnlyList<string> arguments)
    {
        var result = new CommandLine();
        for (var i = 0; i < arguments.Count; i++)
        {
            var argument = arguments[i];
            var equals = argument.IndexOf('=', StringComparison.Ordinal);
            var name = equals < 0 ? argument : argument[..equals];
            if (name is "--help" or "-h")
                result.Help = true;
            else if (name is "--version")
                result.Version = true;
            else if (Settings.All.FirstOrDefault(setting => setting.Switch == name) is not { } setting)
            {
                result.Problems.Add(DescribeUnknown(name));
                // What follows is most likely the switch's value, and no second mistake.
                if (name.StartsWith('-') && equals < 0 && i + 1 < arguments.Count && !arguments[i + 1].StartsWith('-'))
                    i++;
            }
            else if (setting.Placeholder is null)
                result.Add(setting, equals < 0 ? "true" : argument[(equals + 1)..]);
            else if (equals >= 0)
                result.Add(setting, argument[(equals + 1)..]);
            else if (i + 1 < arguments.Count && !arguments[i + 1].StartsWith("--", StringComparison.Ordinal))
                result.Add(setting, arguments[++i]);
            else
                result.Problems.Add($"{name} needs a value: {name} {setting.Placeholder}");
        }
        return result;
    }

    /// <summary>The text of <c>--help</c>.</summary>
    public static string HelpText()
    {
        var text = new StringBuilder("Ryot serves a GGUF model over HTTP.\n\nUsage: Ryot.Server [switches]\n\n");
        var width = Settings.All.Max(setting => Usage(setting).Length);
        foreach (var setting in Settings.All)
            text.Append("  ").Append(Usage(setting).PadRight(width)).Append("  ").Append(setting.Help).Append('\n');
        text.Append("  ").Append("--help".PadRight(width)).Append("  Print this text.\n");
        text.Append("  ").Append("--version".PadRight(width)).Append("  Print the version.\n\n");
        text.Append("Each can also be set in the environment (--context-length as RYOT_CONTEXT_LENGTH) or in section \"Ryot\" of\n");
        text.Append("appsettings.json beside the program (ContextLength). The command line wins over the environment, and that over the file.\n");
        return text.ToString();
    }

    private static string Usage(Setting setting) => setting.Placeholder is null ? setting.Switch : $"{setting.Switch} {setting.Placeholder}";

    private static string DescribeUnknown(string name)
    {
        if (!name.StartsWith('-'))
            return $"'{name}' is no switch. --help lists them.";
        var known = Settings.All.Select(setting => setting.Switch).Append("--help").Append("--version");
        return Similarity.Nearest(name, known) is { } nearest
            ? $"There is no switch {name}. Did you mean {nearest}?"
            : $"There is no switch {name}. --help lists them.";
    }

    private void Add(Setting setting, string value)
    {
        if (!Values.TryGetValue(setting, out var values))
            Values.Add(setting, [value]);
        else if (setting.Repeats)
            values.Add(value);
        else
            Problems.Add($"{setting.Switch} is given twice.");
    }
}
