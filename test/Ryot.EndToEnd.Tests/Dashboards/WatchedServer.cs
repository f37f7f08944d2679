using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Ryot.DashboardRenderer;
using Ryot.EndToEnd.Tests.Support;
using Ryot.Testing;
using Ryot.Testing.Monitoring;
using Xunit;

namespace Ryot.EndToEnd.Tests.Dashboards;

/// <summary>
/// A server under load with the shipped model, and a Prometheus with the repository's rules that watched it. The rules' times are
/// divided by 20, or those over days would have nothing to tell; <c>RYOT_DASHBOARD_SECONDS</c> in the environment makes the load last
/// longer and leaves the times as they are, for pictures of the dashboards as an operator sees them.
/// </summary>
public sealed class WatchedServer : IAsyncLifetime
{
    private const string Model = "ryot-tiny";
    private const string System = "You are a storyteller. You tell short stories for children, in plain English. A story has a hero, a place and an end.";
    private const double Haste = 20;
    private const int Kinds = 10;

    private static readonly string[] _wishes =
    [
        "Tell me a story about a fox.", "Tell me a story about a boat.", "What is the color of the sky?", "How are you?",
        "Tell me a story about a girl and her dog.", "What do you know?",
    ];

    private readonly DirectoryInfo _rules = Directory.CreateTempSubdirectory("ryot-rules-");
    private readonly Random _random = new(7);

    internal RyotProcess Server { get; private set; } = null!;

    internal PrometheusServer Prometheus { get; private set; } = null!;

    internal TimeRange Range { get; private set; } = null!;

    private static TimeSpan ScrapeInterval => TimeSpan.FromSeconds(1);

    private static TimeSpan? PictureTime => Environment.GetEnvironmentVariable("RYOT_DASHBOARD_SECONDS") is { } seconds
        ? TimeSpan.FromSeconds(double.Parse(seconds, CultureInfo.InvariantCulture))
        : null;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        Server = await RyotProcess.StartAsync(RyotProcess.ShippedModel, "--model-id", Model);
        Prometheus = await PrometheusServer.StartAsync(
            [new ScrapeTarget("ryot", new Uri(Server.Address, "/metrics"))], ScrapeInterval, ["exemplar-storage"], RuleFiles(), cancellation: Cancellation);
        await Prometheus.WaitForScrapesAsync("ryot", 2, Cancellation);
        var length = PictureTime ?? TimeSpan.FromSeconds(20);
        await DriveAsync(length);
        await Server.ScrapeIdleAsync();
        await Prometheus.WaitForScrapesAsync("ryot", 3, Cancellation);
        Range = TimeRange.EndingNow(length + TimeSpan.FromSeconds(5), ScrapeInterval);
    }

    public async ValueTask DisposeAsync()
    {
        if (Prometheus is not null)
            await Prometheus.DisposeAsync();
        if (Server is not null)
            await Server.DisposeAsync();
        _rules.Delete(recursive: true);
    }

    private List<string> RuleFiles()
    {
        if (PictureTime is not null)
            return [.. RuleFile.Paths()];
        return [.. RuleFile.Paths().Select(path =>
        {
            var hastened = Path.Combine(_rules.FullName, Path.GetFileName(path));
            File.WriteAllText(hastened, RuleFile.Hasten(path, Haste));
            return hastened;
        })];
    }

    /// <summary>Clients that come and go in waves: conversations, streams, batches, and some who ask for what cannot be.</summary>
    private async Task DriveAsync(TimeSpan length)
    {
        var elapsed = Stopwatch.StartNew();
        // Each kind once, however slow the machine is.
        for (var kind = 0; kind < Kinds; kind++)
            await AskAsync(kind, _wishes[0]);
        var clients = new List<Task>();
        while (elapsed.Elapsed < length)
        {
            // From few to many and back, twice.
            var wanted = 1 + (int)Math.Round(3 * (1 - Math.Cos(elapsed.Elapsed / length * 4 * Math.PI)));
            clients.RemoveAll(client => client.IsCompletedSuccessfully);
            while (clients.Count < wanted)
                clients.Add(AskAsync(_random.Next(Kinds), _wishes[_random.Next(_wishes.Length)]));
            await Task.WhenAny([.. clients, Task.Delay(200, Cancellation)]);
        }

        await Task.WhenAll(clients);
    }

    private async Task AskAsync(int kind, string wish)
    {
        switch (kind)
        {
            case < 3:
                await ChatAsync(wish);
                break;
            case < 7:
                await Server.PostForEventsAsync(
                    "/v1/chat/completions", Body(new { model = Model, messages = Opening(wish), stream = true, max_tokens = 80 }));
                break;
            case 7:
                await Server.PostForJsonAsync("/v1/inference/batch", Body(new { model = Model, prompts = _wishes, max_tokens = 30 }));
                break;
            case 8:
                await Server.PostForJsonAsync("/v1/completions", Body(new { model = Model, prompt = wish, temperature = "hot" }), 400);
                await Server.PostForJsonAsync("/v1/completions", Body(new { model = "another", prompt = wish }), 404);
                break;
            default:
                // A reader who goes away in the middle.
                var endless = Body(new { model = Model, prompt = wish, max_tokens = 200, ignore_eos = true });
                using (var stream = await OpenStream.OpenAsync(Server, "/v1/inference/stream", endless))
                    await stream.ReadJsonAsync();
                break;
        }
    }

    private async Task ChatAsync(string wish)
    {
        var answer = await Server.PostForJsonAsync("/v1/chat/completions", Body(new { model = Model, messages = Opening(wish), max_tokens = 60 }));
        var said = answer.GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString()!;
        await Server.PostForJsonAsync("/v1/chat/completions", Body(new
        {
            model = Model,
            messages = (object[])[.. Opening(wish), Says("assistant", said), Says("user", "And then?")],
            max_tokens = 40,
        }));
    }

    /// <summary>All conversations begin with the same words, which the prefix cache keeps.</summary>
    private static object[] Opening(string wish) => [Says("system", System), Says("user", wish)];

    private static object Says(string role, string content) => new { role, content };

    private static string Body(object body) => JsonSerializer.Serialize(body);
}
