using Ryot.Server;
using Ryot.Server.Configuration;

var commandLine = CommandLine.Parse(args);
if (commandLine.Help)
{
    Console.Write(CommandLine.HelpText());
    return 0;
}
if (commandLine.Version)
{
    Console.WriteLine(BuildInfo.Commit.Length == 0 ? BuildInfo.Version : $"{BuildInfo.Version}+{BuildInfo.Commit}");
    return 0;
}
try
{
    await RyotServer.Build(args).RunAsync();
    return 0;
}
catch (ConfigurationException exception)
{
    await Console.Error.WriteLineAsync(exception.Message);
    return 2;
}
