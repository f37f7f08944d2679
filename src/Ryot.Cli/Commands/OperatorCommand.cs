using System.CommandLine;
using Ryot.Cli.Kubernetes;

namespace Ryot.Cli.Commands;

/// <summary><c>ryot operator</c>: what a Prometheus Operator needs, from the files for a Prometheus of one's own.</summary>
internal static class OperatorCommand
{
    public static Command Create()
    {
        var monitoring = new Option<DirectoryInfo>("--monitoring")
        {
            Required = true,
            HelpName = "FOLDER",
            Description = "The folder with prometheus/prometheus.yml, prometheus/rules and grafana/dashboards.",
        };
        var output = new Option<DirectoryInfo>("--output") { Required = true, HelpName = "FOLDER", Description = "The folder to write the manifests to." };
        var check = new Option<bool>("--check") { Description = "Write nothing; fail when the manifests are not what the sources say." };
        var command = new Command(
            "operator", "Makes Kubernetes manifests for the Prometheus Operator: PrometheusRule, ServiceMonitor, dashboards as ConfigMap.")
        {
            monitoring, output, check,
        };
        command.SetAction(result => Run(
            result.GetRequiredValue(monitoring),
            result.GetRequiredValue(output),
            result.GetValue(check),
            result.InvocationConfiguration.Output,
            result.InvocationConfiguration.Error));
        return command;
    }

    private static int Run(DirectoryInfo monitoring, DirectoryInfo output, bool check, TextWriter told, TextWriter error)
    {
        List<GeneratedFile> files;
        try
        {
            var manifests = OperatorManifests.Make(monitoring.FullName);
            files = [.. manifests.Select(manifest => new GeneratedFile(Path.Combine(output.FullName, manifest.Name), manifest.Content))];
        }
        catch (ManifestException exception)
        {
            error.WriteLine(exception.Message);
            return ExitCode.BadInput;
        }

        var obsolete = output.Exists
            ? output.GetFiles("*.yaml").Select(file => file.FullName).Except(files.Select(file => file.Path)).ToList()
            : [];
        if (!check)
        {
            files.ForEach(file => file.Write());
            obsolete.ForEach(File.Delete);
            told.WriteLine($"{output}: {files.Count} manifests.");
            return ExitCode.Success;
        }

        foreach (var file in files.Where(file => !file.IsCurrent()))
            error.WriteLine($"{file.Path} is not what its sources say.");
        foreach (var path in obsolete)
            error.WriteLine($"{path} has no source any more.");
        if (obsolete.Count == 0 && files.TrueForAll(file => file.IsCurrent()))
            return ExitCode.Success;
        error.WriteLine($"Run: ryot operator --monitoring {monitoring} --output {output}");
        return ExitCode.NotCurrent;
    }
}
