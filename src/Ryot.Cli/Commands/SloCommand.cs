using System.CommandLine;
using Ryot.Cli.Slo;

namespace Ryot.Cli.Commands;

/// <summary><c>ryot slo</c>: Prometheus rules from a file of objectives.</summary>
internal static class SloCommand
{
    public static Command Create()
    {
        var objectives = new Option<FileInfo>("--objectives") { Required = true, HelpName = "FILE", Description = "The objectives (YAML)." };
        var output = new Option<FileInfo>("--output") { Required = true, HelpName = "FILE", Description = "The Prometheus rule file to write." };
        var check = new Option<bool>("--check") { Description = "Write nothing; fail when the rule file is not what the objectives say." };
        var command = new Command("slo", "Makes Prometheus rules of service level objectives: SLI ratios, error budgets and burn-rate alerts.")
        {
            objectives, output, check,
        };
        command.SetAction(result => Run(
            result.GetRequiredValue(objectives),
            result.GetRequiredValue(output),
            result.GetValue(check),
            result.InvocationConfiguration.Output,
            result.InvocationConfiguration.Error));
        return command;
    }

    private static int Run(FileInfo objectives, FileInfo output, bool check, TextWriter told, TextWriter error)
    {
        if (!objectives.Exists)
        {
            error.WriteLine($"There is no file {objectives}.");
            return ExitCode.BadInput;
        }

        ObjectiveSet set;
        try
        {
            set = ObjectivesReader.Read(File.ReadAllText(objectives.FullName));
        }
        catch (ObjectivesException exception)
        {
            error.WriteLine($"{objectives} cannot be used:");
            foreach (var problem in exception.Problems)
                error.WriteLine($"  {problem}");
            return ExitCode.BadInput;
        }

        foreach (var note in SloRules.Notes(set))
            error.WriteLine($"Note: {note}");
        var file = new GeneratedFile(output.FullName, SloRules.Write(set));
        if (!check)
        {
            file.Write();
            told.WriteLine($"{output}: {set.Objectives.Count} objectives over {set.WindowDays} days.");
            return ExitCode.Success;
        }

        if (file.IsCurrent())
            return ExitCode.Success;
        error.WriteLine(output.Exists
            ? $"{output} is not what {objectives} says. Run: ryot slo --objectives {objectives} --output {output}"
            : $"{output} is missing. Run: ryot slo --objectives {objectives} --output {output}");
        return ExitCode.NotCurrent;
    }
}
