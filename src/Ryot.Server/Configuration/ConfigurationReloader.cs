using Ryot.Engine;
using Ryot.Engine.Models;

namespace Ryot.Server.Configuration;

/// <summary>What a reload did.</summary>
/// <param name="Models">Which models are different now.</param>
/// <param name="NeedRestart">Settings that are different in the file, but only take effect when the server is started again.</param>
internal sealed record ReloadResult(ModelChanges Models, IReadOnlyList<string> NeedRestart);

/// <summary>Reads the configuration again while the server runs. What is wrong leaves everything as it was.</summary>
internal sealed partial class ConfigurationReloader(
    ConfigurationSnapshot started, InferenceEngine engine, ILogger<ConfigurationReloader> logger) : IDisposable
{
    private readonly SemaphoreSlim _one = new(1);

    public void Dispose() => _one.Dispose();

    /// <summary>Tells one content of the files from another.</summary>
    public string Fingerprint() => started.Files.Fingerprint();

    /// <summary>Reads the files and takes what they say.</summary>
    /// <exception cref="ConfigurationException">They say something wrong; all of it is told and logged, and nothing has changed.</exception>
    public async Task<ReloadResult> ReloadAsync(CancellationToken cancellationToken)
    {
        await _one.WaitAsync(cancellationToken);
        try
        {
            var (options, values) = started.ReadAgain();
            engine.Residency = options.Residency;
            var result = new ReloadResult(engine.Apply(options.Models), started.FindChangedSettings(values));
            LogReloaded(result);
            return result;
        }
        catch (ConfigurationException exception)
        {
            foreach (var problem in exception.Problems)
                LogProblem(problem);
            throw;
        }
        finally
        {
            _one.Release();
        }
    }

    private void LogReloaded(ReloadResult result)
    {
        LogReloaded(result.Models.Added, result.Models.Removed, result.Models.Changed);
        foreach (var setting in result.NeedRestart)
            LogNeedsRestart(setting);
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "The configuration was read again. Models added: [{Added}], removed: [{Removed}], changed: [{Changed}].")]
    private partial void LogReloaded(IReadOnlyList<string> added, IReadOnlyList<string> removed, IReadOnlyList<string> changed);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Setting} has changed, which takes effect when the server is started again.")]
    private partial void LogNeedsRestart(string setting);

    [LoggerMessage(Level = LogLevel.Error, Message = "The configuration stays as it was: {Problem}")]
    private partial void LogProblem(string problem);
}
