using System.CommandLine;
using Ryot.Cli.Commands;

var root = new RootCommand("Ryot's command line.")
{
    SloCommand.Create(),
    DashboardsCommand.Create(),
    OperatorCommand.Create(),
};
return await root.Parse(args).InvokeAsync();
