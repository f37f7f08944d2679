using Ryot.Testing;
using YamlDotNet.RepresentationModel;

namespace Ryot.Monitoring.Tests.Support;

/// <summary>The files under <c>monitoring/</c>.</summary>
internal static class MonitoringFiles
{
    public static string Root => RepositoryFiles.Path("monitoring");

    public static string Path(params string[] parts) => RepositoryFiles.Path(["monitoring", .. parts]);

    /// <summary>The files of a folder below it, in order.</summary>
    public static IReadOnlyList<string> List(string folder, string pattern)
        => [.. Directory.GetFiles(Path(folder.Split('/')), pattern).Order(StringComparer.Ordinal)];

    /// <summary>A file's only YAML document.</summary>
    public static YamlMappingNode ReadYaml(string path)
    {
        var stream = new YamlStream();
        stream.Load(new StringReader(File.ReadAllText(path)));
        return (YamlMappingNode)stream.Documents.Single().RootNode;
    }

    /// <summary>The texts of a YAML list, or of none.</summary>
    public static IReadOnlyList<string> Texts(YamlMappingNode mapping, string key)
        => mapping.Children.TryGetValue(key, out var list) ? [.. ((YamlSequenceNode)list).Cast<YamlScalarNode>().Select(item => item.Value!)] : [];
}
