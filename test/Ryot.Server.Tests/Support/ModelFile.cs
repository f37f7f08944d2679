namespace Ryot.Server.Tests.Support;

/// <summary>A file that stands for a model: the simulated backend does not read it, but configuration wants it to exist.</summary>
internal static class ModelFile
{
    public static string Path { get; } = typeof(ModelFile).Assembly.Location;
}
