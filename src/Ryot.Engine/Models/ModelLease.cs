using Ryot.Engine.Requests;

namespace Ryot.Engine.Models;

/// <summary>
/// The right to use a loaded model: as long as it is held, the model stays in memory. Hold it from before the prompt is tokenized until the
/// last event was read. Safe on any thread.
/// </summary>
public sealed class ModelLease : IDisposable
{
    private readonly ModelHost _host;
    private readonly LoadedModel _loaded;
    private int _released;

    internal ModelLease(ModelHost host, LoadedModel loaded)
    {
        _host = host;
        _loaded = loaded;
    }

    /// <summary>Name of the model.</summary>
    public string Id => _host.Id;

    /// <summary>The model's state and metrics.</summary>
    public ModelHost Host => _host;

    /// <summary>What the model is and what it can hold.</summary>
    public ModelInfo Info => _loaded.Loop.Runner.Info;

    /// <summary>Text to tokens and back.</summary>
    public ITokenizer Tokenizer => _loaded.Loop.Runner.Tokenizer;

    /// <summary>Throws when the model takes no requests any more: the server is stopping, or its engine died.</summary>
    /// <exception cref="EngineException">It takes none.</exception>
    public void EnsureReady() => _host.EnsureWorks(_loaded);

    /// <summary>Queues a request.</summary>
    /// <param name="request">What to generate.</param>
    /// <returns>Its events. Dispose it, so that a request whose reader failed does not run on.</returns>
    /// <exception cref="EngineException">The request was turned away; see <see cref="EngineException.Reason"/>.</exception>
    public GenerationStream Submit(GenerationRequest request) => _host.Submit(_loaded, request);

    /// <summary>Gives the model back.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _released, 1) == 0)
            _host.Release(_loaded);
    }
}
