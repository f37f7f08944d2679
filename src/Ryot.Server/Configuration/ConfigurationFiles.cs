using System.Security.Cryptography;
using Microsoft.Extensions.Configuration.Json;
using Microsoft.Extensions.FileProviders;

namespace Ryot.Server.Configuration;

/// <summary>The files that configuration comes from: appsettings.json beside the program, and the one that <c>--config</c> names.</summary>
internal sealed class ConfigurationFiles
{
    private readonly IReadOnlyList<string> _defaults;
    private readonly string? _named;

    private ConfigurationFiles(IReadOnlyList<string> defaults, string? named)
    {
        _defaults = defaults;
        _named = named;
    }

    /// <summary>Adds the named file to the configuration that the server starts with: above appsettings.json, below the environment.</summary>
    /// <param name="builder">The server.</param>
    /// <param name="named">The file that <c>--config</c> names, if it does.</param>
    /// <exception cref="ConfigurationException">It cannot be read.</exception>
    public static ConfigurationFiles AddTo(WebApplicationBuilder builder, string? named)
    {
        var folder = builder.Environment.ContentRootPath;
        var files = new ConfigurationFiles(
            [Path.Combine(folder, "appsettings.json"), Path.Combine(folder, $"appsettings.{builder.Environment.EnvironmentName}.json")],
            named is null ? null : Path.GetFullPath(named));
        if (files._named is { } path)
        {
            var sources = builder.Configuration.Sources;
            var last = sources.OfType<JsonConfigurationSource>().LastOrDefault();
            Try(() => sources.Insert(last is null ? 0 : sources.IndexOf(last) + 1, Source(path, optional: false)));
        }
        return files;
    }

    /// <summary>Reads all anew.</summary>
    /// <exception cref="ConfigurationException">A file is missing or broken.</exception>
    public IConfiguration Read()
    {
        var builder = new ConfigurationBuilder();
        foreach (var path in _defaults)
            builder.Add(Source(path, optional: true));
        if (_named is { } named)
            builder.Add(Source(named, optional: false));
        builder.AddEnvironmentVariables();
        IConfiguration? configuration = null;
        Try(() => configuration = builder.Build());
        return configuration!;
    }

    /// <summary>Tells one content of the files from another. Files that are swapped by links count too.</summary>
    public string Fingerprint()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var path in _named is null ? _defaults : _defaults.Append(_named))
        {
            try
            {
                hash.AppendData(File.ReadAllBytes(path));
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                // Not there: as good as empty.
            }
            hash.AppendData([0]);
        }
        return Convert.ToHexString(hash.GetCurrentHash());
    }

    private static JsonConfigurationSource Source(string path, bool optional) => new()
    {
        FileProvider = new PhysicalFileProvider(Path.GetDirectoryName(path) is { } folder && Directory.Exists(folder) ? folder : AppContext.BaseDirectory),
        Path = Path.GetFileName(path),
        Optional = optional,
        ReloadOnChange = false,
    };

    private static void Try(Action read)
    {
        try
        {
            read();
        }
        catch (FileNotFoundException exception)
        {
            throw new ConfigurationException([$"{Settings.Config.Switch}: there is no file '{exception.FileName ?? exception.Message}'."]);
        }
        catch (Exception exception) when (exception is InvalidDataException or FormatException or IOException or UnauthorizedAccessException)
        {
            throw new ConfigurationException([(exception.InnerException ?? exception) switch
            {
                FormatException { InnerException: { } cause } => $"{exception.Message} {cause.Message}",
                var cause => $"{exception.Message} {cause.Message}",
            }]);
        }
    }
}
