using System.IO.Pipelines;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;

namespace Ryot.Server.Generation;

/// <summary>Sends to a client, which may be slow or gone.</summary>
internal sealed class ClientOutput
{
    private readonly TimeSpan _limit;
    private readonly TimeProvider _clock;

    /// <param name="context">The request.</param>
    /// <param name="limit">A client that reads nothing for so long is cut off.</param>
    /// <param name="clock">Measures it.</param>
    public ClientOutput(HttpContext context, TimeSpan limit, TimeProvider clock)
    {
        Context = context;
        _limit = limit;
        _clock = clock;
        // Kestrel's own limit cannot be configured in such simple terms, and would cut off readers after seconds.
        context.Features.Get<IHttpMinResponseDataRateFeature>()?.MinDataRate = null;
    }

    /// <summary>The request.</summary>
    public HttpContext Context { get; }

    /// <summary>Hands what was written to the transport. While the client keeps up this does not wait.</summary>
    /// <returns>False when the client is gone, or was too slow and cut off.</returns>
    public ValueTask<bool> FlushAsync()
    {
        var flush = Context.Response.BodyWriter.FlushAsync();
        return flush.IsCompletedSuccessfully
            ? new ValueTask<bool>(!flush.GetAwaiter().GetResult().IsCompleted && IsConnected)
            : WaitAsync(flush.AsTask());
    }

    private bool IsConnected => !Context.RequestAborted.IsCancellationRequested;

    private async ValueTask<bool> WaitAsync(Task<FlushResult> flush)
    {
        try
        {
            var result = await flush.WaitAsync(_limit, _clock);
            return !result.IsCompleted && IsConnected;
        }
        catch (TimeoutException)
        {
            Context.Abort();
            return false;
        }
        catch (Exception exception) when (exception is IOException or OperationCanceledException)
        {
            return false;
        }
    }
}
