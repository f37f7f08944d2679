namespace Ryot.Testing.Nvml;

/// <summary>
/// A library that stands in for NVIDIA's management library, to be loaded as the real one is. Each is a copy with a state of its own.
/// </summary>
public sealed class NvmlStandIn : IDisposable
{
    private static readonly Lazy<string> _newDriver = new(() => Build("new"));
    private static readonly Lazy<string> _oldDriver = new(() => Build("old", "-DOLD_DRIVER"));
    private static readonly Lazy<string> _fixedScript = new(() => Build("fixed", "-DFIXED_SCRIPT"));

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("ryot-nvml-");

    /// <summary>Makes a copy with these answers.</summary>
    /// <param name="script">The answers; the C file tells how they are written.</param>
    /// <param name="old">Whether it lacks the functions that came late.</param>
    /// <param name="isFixed">Whether it never looks for other answers, so that calls cost little.</param>
    public NvmlStandIn(string script, bool old = false, bool isFixed = false)
    {
        Path = System.IO.Path.Combine(_folder.FullName, "libnvidia-ml.so.1");
        Answer(script);
        File.Copy((isFixed ? _fixedScript : old ? _oldDriver : _newDriver).Value, Path);
    }

    /// <summary>The library's file.</summary>
    public string Path { get; }

    /// <summary>The sizes of the structs and the places of their members, as the C compiler lays them out.</summary>
    public static IReadOnlyDictionary<string, int> Layouts()
    {
        var folder = Directory.CreateTempSubdirectory("ryot-nvml-layouts-");
        try
        {
            return CCompiler.Run(CCompiler.Build("layouts.c", System.IO.Path.Combine(folder.FullName, "layouts")))
                .Split('\n', StringSplitOptions.RemoveEmptyEntries)
                .Select(line => line.Split(' '))
                .ToDictionary(parts => parts[0], parts => int.Parse(parts[1]));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    /// <summary>Replaces the answers, at once and as a whole.</summary>
    public void Answer(string script)
    {
        var next = Path + ".next";
        File.WriteAllText(next, script + "\n");
        File.Move(next, Path + ".script", overwrite: true);
    }

    /// <inheritdoc/>
    public void Dispose() => _folder.Delete(recursive: true);

    private static string Build(string name, params string[] options)
    {
        var folder = Directory.CreateTempSubdirectory("ryot-nvml-build-");
        AppDomain.CurrentDomain.ProcessExit += (_, _) => folder.Delete(recursive: true);
        return CCompiler.Build("standin.c", System.IO.Path.Combine(folder.FullName, name + ".so"), ["-shared", "-fPIC", .. options]);
    }
}
