using System.Text.Json.Nodes;

namespace Ryot.Server.Tests.Support;

/// <summary>A configuration file in a folder of its own, with files that stand for models.</summary>
internal sealed class ConfigFile : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("ryot-config");

    /// <param name="ryot">What section <c>Ryot</c> holds, as JSON.</param>
    public ConfigFile(string ryot)
    {
        foreach (var name in (string[])["a.gguf", "b.gguf", "c.gguf"])
            File.WriteAllText(System.IO.Path.Combine(_folder.FullName, name), "");
        Write(ryot);
    }

    public string Path => System.IO.Path.Combine(_folder.FullName, "ryot.json");

    /// <summary>Writes section <c>Ryot</c>.</summary>
    public void Write(string ryot) => WriteText(new JsonObject { ["Ryot"] = JsonNode.Parse(ryot) }.ToJsonString());

    /// <summary>Writes the whole file, in one step as editors do.</summary>
    public void WriteText(string text)
    {
        File.WriteAllText(Path + ".new", text);
        File.Move(Path + ".new", Path, overwrite: true);
    }

    /// <summary>The full path of a file beside it.</summary>
    public string PathOf(string name) => System.IO.Path.Combine(_folder.FullName, name);

    public void Dispose() => _folder.Delete(recursive: true);
}
