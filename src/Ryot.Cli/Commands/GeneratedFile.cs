namespace Ryot.Cli.Commands;

/// <summary>A file that is made from others.</summary>
/// <param name="Path">Where it is.</param>
/// <param name="Content">What it must hold.</param>
internal sealed record GeneratedFile(string Path, string Content)
{
    /// <summary>Whether the file is there and holds what it must; line endings do not matter.</summary>
    public bool IsCurrent() => File.Exists(Path) && File.ReadAllText(Path).ReplaceLineEndings("\n") == Content;

    /// <summary>Writes the file, and its folder if that is missing.</summary>
    public void Write()
    {
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(Path))!);
        File.WriteAllText(Path, Content);
    }
}
