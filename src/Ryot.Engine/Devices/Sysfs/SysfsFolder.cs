using System.Globalization;

namespace Ryot.Engine.Devices.Sysfs;

/// <summary>A folder of the kernel's files, each with one value. What is missing or cannot be read is null.</summary>
/// <param name="path">The folder.</param>
internal sealed class SysfsFolder(string path)
{
    public string Path => path;

    public string Name => System.IO.Path.GetFileName(path);

    /// <summary>Folders in this one, in the order of their names.</summary>
    public IEnumerable<SysfsFolder> Folders(string pattern) => List(Directory.GetDirectories, pattern).Select(folder => new SysfsFolder(folder));

    /// <summary>The names of files in this one, in their order.</summary>
    public IEnumerable<string> Files(string pattern) => List(Directory.GetFiles, pattern).Select(file => System.IO.Path.GetFileName(file));

    public SysfsFolder Folder(string name) => new(System.IO.Path.Combine(path, name));

    public string? Text(string name)
    {
        try
        {
            return File.ReadAllText(System.IO.Path.Combine(path, name)).Trim();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    public long? Number(string name) => long.TryParse(Text(name), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number : null;

    private string[] List(Func<string, string, string[]> list, string pattern)
    {
        try
        {
            return [.. list(path, pattern).Order(StringComparer.Ordinal)];
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }
}
