using System.CommandLine;
using Ryot.Cli.Dashboards;

namespace Ryot.Cli.Commands;

/// <summary><c>ryot dashboards</c>: Grafana's JSON from the dashboards' definitions.</summary>
internal static class DashboardsCommand
{
    public static Command Create()
    {
        var output = new Option<DirectoryInfo>("--output") { Required = true, HelpName = "FOLDER", Description = "The folder to write the dashboards to." };
        var check = new Option<bool>("--check") { Description = "Write nothing; fail when the dashboards are not what their definitions say." };
        var command = new Command("dashboards", "Makes the dashboards for Grafana.") { output, check };
        command.SetAction(result => Run(
            result.GetRequiredValue(output), result.GetValue(check), result.InvocationConfiguration.Output, result.InvocationConfiguration.Error));
        return command;
    }

    private static int Run(DirectoryInfo output, bool check, TextWriter told, TextWriter error)
    {
        var files = DashboardSet.Make().Select(file => new GeneratedFile(Path.Combine(output.FullName, file.Name), file.Content)).ToList();
        var obsolete = output.Exists
            ? output.GetFiles("*.json").Select(file => file.FullName).Except(files.Select(file => file.Path)).ToList()
            : [];
        if (!check)
        {
            files.ForEach(file => file.Write());
            obsolete.ForEach(File.Delete);
            told.WriteLine($"{output}: {files.Count} dashboards.");
            return ExitCode.Success;
        }

        foreach (var file in files.Where(file => !file.IsCurrent()))
            error.WriteLine($"{file.Path} is not what its definition says.");
        foreach (var path in obsolete)
            error.WriteLine($"{path} has no definition any more.");
        if (obsolete.Count == 0 && files.TrueForAll(file => file.IsCurrent()))
            return ExitCode.Success;
        error.WriteLine($"Run: ryot dashboards --output {output}");
        return ExitCode.NotCurrent;
    }
}
