using Ryot.Testing.Models;
using Xunit;

namespace Ryot.EndToEnd.Tests.Support;

/// <summary>
/// One server for all tests of a class, of the tiny Llama model unless the class wants another. Its tests tell themselves apart by how
/// metrics change.
/// </summary>
public class TinyLlamaServer : IAsyncLifetime
{
    internal RyotProcess Process { get; private set; } = null!;

    /// <summary>The model's file.</summary>
    protected virtual string Model => TestModels.Llama();

    /// <summary>More arguments of the server.</summary>
    protected virtual string[] Arguments => [];

    public async ValueTask InitializeAsync() => Process = await RyotProcess.StartAsync(Model, Arguments);

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        // Null when it could not be started.
        if (Process is not null)
            await Process.DisposeAsync();
    }
}
