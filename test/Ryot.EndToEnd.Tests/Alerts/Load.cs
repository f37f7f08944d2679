using Ryot.EndToEnd.Tests.Support;
using Xunit;

namespace Ryot.EndToEnd.Tests.Alerts;

/// <summary>Requests that keep a server busy; how they end does not matter here.</summary>
/// <param name="server">The server.</param>
/// <param name="maxTokens">Tokens that each asks for.</param>
internal sealed class Load(RyotProcess server, int maxTokens) : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly List<Task> _waiting = [];

    /// <summary>Sends some requests, one after the other.</summary>
    public async Task SendAsync(int count)
    {
        for (var i = 0; i < count; i++)
            await SendOneAsync();
    }

    /// <summary>Sends requests until a condition holds.</summary>
    public async Task RunUntilAsync(Func<Task<bool>> condition, string what)
    {
        await server.WaitForAsync(async () =>
        {
            await SendAsync(2);
            return await condition();
        }, what);
    }

    /// <summary>Sends requests at once and does not wait for their answers.</summary>
    public async Task FillQueueAsync(int count)
    {
        for (var i = 0; i < count; i++)
            _waiting.Add(SendOneAsync());
        await server.ScrapeUntilAsync(metrics => metrics.Sum("ryot_requests_waiting") > count * 0.8, "the queue is full");
    }

    /// <summary>Waits for the answers of all.</summary>
    public Task EmptyAsync() => Task.WhenAll(_waiting);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_waiting).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
    }

    private async Task SendOneAsync()
    {
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token, TestContext.Current.CancellationToken);
        using var response = await server.PostAsync(
            "/v1/inference/generate", $"{{\"model\":\"tiny\",\"prompt\":\"Go\",\"max_tokens\":{maxTokens},\"ignore_eos\":true}}", cancellation: linked.Token);
    }
}
