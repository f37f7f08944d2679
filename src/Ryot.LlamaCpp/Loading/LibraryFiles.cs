using System.Runtime.InteropServices;

namespace Ryot.LlamaCpp.Loading;

/// <summary>Finds the files of a llama.cpp release in a folder. Their names carry the release on some platforms and not on others.</summary>
internal static class LibraryFiles
{
    internal const string Folder = "llama.cpp";
    internal const string FallbackFolder = "fallback";
    internal const string PathVariable = "RYOT_LLAMACPP_PATH";

    private static readonly string[] _loadOrder = ["ggml-base", "ggml", "llama"];

    /// <summary>The folder to load from: as asked for, else from the environment, else beside the application.</summary>
    internal static string ResolveDirectory(string? directory)
    {
        if (string.IsNullOrEmpty(directory)) directory = Environment.GetEnvironmentVariable(PathVariable);
        if (string.IsNullOrEmpty(directory)) directory = Path.Combine(AppContext.BaseDirectory, Folder);
        return Path.GetFullPath(directory);
    }

    /// <summary>Library names (as in LibraryImport) and files, in the order in which they depend on each other.</summary>
    internal static IReadOnlyList<(string Name, string Path)> Find(string directory)
    {
        if (!Directory.Exists(directory))
        {
            throw new LlamaLibraryException(
                $"The folder of the llama.cpp libraries, '{directory}', does not exist. {Needed()}");
        }

        var files = new List<(string, string)>(_loadOrder.Length);
        foreach (string name in _loadOrder)
        {
            string? file = FindOne(directory, name);
            if (file is null)
            {
                throw new LlamaLibraryException(
                    $"The folder '{directory}' holds no library '{Prefix}{name}.v{LlamaLibrary.RequiredVersion}{Extension}' " +
                    $"(nor '{Prefix}{name}{Extension}'). {Needed()}");
            }

            files.Add((name, file));
        }

        return files;
    }

    private static string Needed() =>
        $"llama.cpp v{LlamaLibrary.RequiredVersion} is needed: the build copies it beside the application into '{Folder}', " +
        $"and the environment variable {PathVariable} or the configuration can name another folder.";

    // libllama.v0.5.0.so, libllama.cuda.v0.5.0.so, or libllama.so of an own build.
    private static string? FindOne(string directory, string name)
    {
        string prefix = Prefix + name;
        string versioned = $".v{LlamaLibrary.RequiredVersion}{Extension}";
        string? file = Directory.EnumerateFiles(directory, prefix + ".*")
            .Where(path => path.EndsWith(versioned, StringComparison.Ordinal))
            .Order(StringComparer.Ordinal)
            .FirstOrDefault();
        if (file is not null) return file;
        string plain = Path.Combine(directory, prefix + Extension);
        return File.Exists(plain) ? plain : null;
    }

    private static string Prefix => OperatingSystem.IsWindows() ? "" : "lib";

    private static string Extension => OperatingSystem.IsWindows() ? ".dll" : OperatingSystem.IsMacOS() ? ".dylib" : ".so";

    internal static nint Load(string path)
    {
        try
        {
            return NativeLibrary.Load(path);
        }
        catch (Exception e) when (e is DllNotFoundException or BadImageFormatException)
        {
            throw new LlamaLibraryException($"The library '{path}' could not be loaded: {e.Message}", e);
        }
    }
}
