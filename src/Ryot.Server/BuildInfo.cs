using System.Reflection;

namespace Ryot.Server;

/// <summary>Which build of Ryot this is.</summary>
internal static class BuildInfo
{
    /// <summary>Version and commit as the SDK joins them: <c>0.1.0+abc</c>.</summary>
    private static readonly string[] _parts =
        (typeof(BuildInfo).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "0.0.0").Split('+', 2);

    /// <summary>The version, for example <c>0.1.0</c>.</summary>
    public static string Version { get; } = _parts[0];

    /// <summary>The commit that it was built from; empty when the build did not know.</summary>
    public static string Commit { get; } = _parts.Length > 1 ? _parts[1] : "";
}
