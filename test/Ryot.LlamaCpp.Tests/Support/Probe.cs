using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Runtime.CompilerServices;

namespace Ryot.LlamaCpp.Tests.Support;

/// <summary>
/// Runs a method of a test in a process of its own: native code that fails ends that process and not the test run. The
/// process is this very program, told by its environment what to do instead of running tests.
/// </summary>
internal static class Probe
{
    private const string MethodVariable = "RYOT_PROBE_METHOD";
    private const string ArgumentVariable = "RYOT_PROBE_ARGUMENT";

    internal sealed record Result(int ExitCode, string Output);

    /// <summary>Runs a static method without parameters or with one text.</summary>
    internal static async Task<Result> RunAsync(Action<string> method, string argument = "", params (string Name, string Value)[] environment)
    {
        MethodInfo target = method.Method;
        string program = Environment.ProcessPath!;
        string assembly = typeof(Probe).Assembly.Location;
        var start = new ProcessStartInfo(program) { RedirectStandardOutput = true, RedirectStandardError = true };
        if (Path.GetFileNameWithoutExtension(program) == "dotnet") start.ArgumentList.Add(assembly);
        start.Environment[MethodVariable] = $"{target.DeclaringType!.FullName}:{target.Name}";
        start.Environment[ArgumentVariable] = argument;
        foreach ((string name, string value) in environment) start.Environment[name] = value;

        using Process process = Process.Start(start)!;
        try
        {
            Task<string> output = process.StandardOutput.ReadToEndAsync();
            Task<string> errors = process.StandardError.ReadToEndAsync();
            using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(5));
            await process.WaitForExitAsync(limit.Token);
            return new Result(process.ExitCode, await output + await errors);
        }
        finally
        {
            if (!process.HasExited) process.Kill();
        }
    }

    [ModuleInitializer]
    [SuppressMessage("Usage", "CA2255", Justification = "The process must turn into a probe before the test runner starts.")]
    internal static void Start()
    {
        if (Environment.GetEnvironmentVariable(MethodVariable) is not { Length: > 0 } name) return;
        int exitCode = 0;
        try
        {
            string[] parts = name.Split(':');
            MethodInfo method = typeof(Probe).Assembly.GetType(parts[0])!.GetMethod(parts[1], BindingFlags.Static | BindingFlags.NonPublic | BindingFlags.Public)!;
            method.Invoke(null, [Environment.GetEnvironmentVariable(ArgumentVariable) ?? ""]);
        }
        catch (TargetInvocationException e)
        {
            Console.WriteLine(e.InnerException);
            exitCode = 3;
        }

        Environment.Exit(exitCode);
    }
}
