using System.CommandLine;

namespace Ryot.Monitoring.Tests.Support;

/// <summary>A run of a command within the test's process.</summary>
internal sealed record CommandRun(int Code, string Output, string Error)
{
    public static CommandRun Of(Command command, params string[] arguments)
    {
        using var output = new StringWriter { NewLine = "\n" };
        using var error = new StringWriter { NewLine = "\n" };
        var code = command.Parse(arguments).Invoke(new InvocationConfiguration { Output = output, Error = error });
        return new CommandRun(code, output.ToString(), error.ToString());
    }
}
