namespace Ryot.Testing;

/// <summary>Finds files of the repository from wherever the tests run.</summary>
public static class RepositoryFiles
{
    /// <summary>The full path of a file that is named by its folders below the repository's root.</summary>
    /// <exception cref="InvalidOperationException">The tests do not run inside the repository.</exception>
    public static string Path(params string[] parts)
    {
        var directory = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(System.IO.Path.Combine(directory.FullName, "Ryot.slnx")))
            directory = directory.Parent ?? throw new InvalidOperationException("The tests do not run inside the repository.");
        return System.IO.Path.Combine([directory.FullName, .. parts]);
    }
}
