using System.Diagnostics;

namespace Ryot.Testing.Nvml;

/// <summary>The system's C compiler.</summary>
internal static class CCompiler
{
    /// <summary>Builds a program or, with <c>-shared</c>, a library from a file of this folder.</summary>
    /// <returns>The built file.</returns>
    public static string Build(string source, string output, params string[] options)
    {
        var folder = RepositoryFiles.Path("test", "Ryot.Testing", "Nvml");
        Run("cc", [Path.Combine(folder, source), "-o", output, "-Wall", "-Werror", "-O1", .. options]);
        return output;
    }

    /// <summary>Runs a program to its end.</summary>
    /// <returns>What it wrote.</returns>
    /// <exception cref="InvalidOperationException">It failed.</exception>
    public static string Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0 ? output : throw new InvalidOperationException($"{program} failed: {errors.GetAwaiter().GetResult()}");
    }
}
