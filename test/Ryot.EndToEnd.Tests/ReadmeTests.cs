using System.Diagnostics;
using System.Text;
using System.Text.RegularExpressions;
using Ryot.EndToEnd.Tests.Support;
using Ryot.Testing.Models;
using Xunit;

namespace Ryot.EndToEnd.Tests;

/// <summary>The commands of README.md work as they are written, but for the port.</summary>
public sealed partial class ReadmeTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_curl_example_works()
    {
        var examples = FindExamples(await File.ReadAllLinesAsync(FindReadme(), Cancellation));
        Assert.NotEmpty(examples);
        await using var server = await StartAsync(string.Concat(examples));
        foreach (var example in examples)
        {
            var (code, output) = await RunAsync(AddressPattern().Replace(example, server.Address.Authority));
            Assert.True(code == 0, $"This example failed ({code}):\n{example}\nIts output:\n{output}");
            Assert.True(output.Length > 0, $"This example printed nothing:\n{example}");
        }
    }

    [Fact]
    public void Examples_are_found_in_fenced_and_in_indented_blocks()
    {
        string[] page =
            ["# Title", "```sh", "curl a \\", "  -d x", "", "curl b", "```", "Text about curl.", "", "    curl c", "", "```", "ls", "```"];
        Assert.Equal(["curl a \\\n  -d x\n\ncurl b\n", "curl c\n"], FindExamples(page));
    }

    /// <summary>
    /// Serves what the README's reader would: the model that comes with Ryot, or a test model in a build without one, under the names
    /// that the examples use.
    /// </summary>
    private static Task<RyotProcess> StartAsync(string examples)
    {
        var names = ModelPattern().Matches(examples).Select(match => match.Groups[1].Value).Distinct().ToList();
        var model = File.Exists(RyotProcess.ShippedModel) ? RyotProcess.ShippedModel : TestModels.Llama();
        return RyotProcess.StartAsync(
            model,
            [
                .. names.Take(1).SelectMany(name => (string[])["--model-id", name]),
                .. names.Skip(1).SelectMany(name => (string[])["--alias", name]),
            ]);
    }

    private static List<string> FindExamples(IEnumerable<string> lines)
    {
        var blocks = new List<StringBuilder>();
        var (fenced, indented) = (false, false);
        foreach (var line in lines)
        {
            if (line.TrimStart().StartsWith("```", StringComparison.Ordinal))
            {
                fenced = !fenced;
                indented = false;
                if (fenced)
                    blocks.Add(new StringBuilder());
                continue;
            }
            var isIndented = !fenced && line.StartsWith("    ", StringComparison.Ordinal);
            if (isIndented && !indented)
                blocks.Add(new StringBuilder());
            indented = isIndented;
            if (fenced || isIndented)
                blocks[^1].Append(isIndented ? line[4..] : line).Append('\n');
        }
        return [.. blocks.Select(block => block.ToString()).Where(block => CurlPattern().IsMatch(block))];
    }

    private static async Task<(int Code, string Output)> RunAsync(string script)
    {
        // curl must say when the server refused, and must not wait for ever.
        const string Prelude =
            "set -eu -o pipefail\ncurl() { command curl --fail-with-body --silent --show-error --max-time 60 \"$@\"; }\n";
        using var process = new Process { StartInfo = ProcessStarter.Describe("bash", "-c", Prelude + script) };
        await ProcessStarter.StartAsync(process);
        var output = process.StandardOutput.ReadToEndAsync(Cancellation);
        var error = process.StandardError.ReadToEndAsync(Cancellation);
        await process.WaitForExitAsync(Cancellation);
        return (process.ExitCode, await output + await error);
    }

    private static string FindReadme()
    {
        var directory = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(directory.FullName, "Ryot.slnx")))
            directory = directory.Parent!;
        return Path.Combine(directory.FullName, "README.md");
    }

    [GeneratedRegex(@"^\s*curl\s", RegexOptions.Multiline)]
    private static partial Regex CurlPattern();

    [GeneratedRegex(@"(localhost|127\.0\.0\.1):\d+")]
    private static partial Regex AddressPattern();

    [GeneratedRegex("\"model\":\\s*\"([^\"]+)\"")]
    private static partial Regex ModelPattern();
}
