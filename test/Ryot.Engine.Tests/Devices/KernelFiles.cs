namespace Ryot.Engine.Tests.Devices;

/// <summary>A folder that stands in for <c>/sys</c>.</summary>
internal sealed class KernelFiles : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("ryot-sys-");

    public string Path => _folder.FullName;

    public void Write(string path, string text)
    {
        var file = System.IO.Path.Combine(Path, path);
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(file)!);
        File.WriteAllText(file, text + "\n");
    }

    public void Remove(string folder) => Directory.Delete(System.IO.Path.Combine(Path, folder), recursive: true);

    public void Dispose() => _folder.Delete(recursive: true);
}
