using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Ryot.Engine;
using Ryot.Engine.Models;
using Ryot.Testing;
using Xunit;

namespace Ryot.Server.Tests.Support;

/// <summary>The real server on a free port of this machine, with a simulated model.</summary>
internal sealed class TestServer : IAsyncDisposable
{
    public const string Model = "fake";

    private readonly WebApplication _app;

    private TestServer(WebApplication app, FakeModelBackend backend, LogRecorder log)
    {
        _app = app;
        Backend = backend;
        backend.OnStep ??= _ => Gate.Pass();
        Log = log;
        Engine = app.Services.GetRequiredService<InferenceEngine>();
        Client = new HttpClient { BaseAddress = new Uri(app.Urls.First()), Timeout = TimeSpan.FromSeconds(60) };
    }

    public FakeModelBackend Backend { get; }

    /// <summary>Holds the model's steps back.</summary>
    public StepGate Gate { get; } = new();

    public InferenceEngine Engine { get; }

    public LogRecorder Log { get; }

    public HttpClient Client { get; }

    public IReadOnlyList<Uri> Urls => [.. _app.Urls.Select(url => new Uri(url))];

    public Uri Url => Urls[0];

    public ModelHost Host => Engine.Models[0];

    public static Task<TestServer> StartAsync(params string[] arguments) => StartAsync(new FakeModelBackend(), arguments);

    public static async Task<TestServer> StartAsync(FakeModelBackend backend, params string[] arguments)
    {
        var server = await StartLoadingAsync(backend, arguments);
        await server.Engine.LoadedAsync();
        return server;
    }

    /// <summary>Starts the server with the models of a configuration file.</summary>
    public static async Task<TestServer> StartConfiguredAsync(FakeModelBackend backend, ConfigFile file, params string[] arguments)
    {
        var server = await StartWithAsync(backend, ["--config", file.Path, .. WithUrl(arguments)]);
        await server.Engine.LoadedAsync();
        return server;
    }

    /// <summary>Starts the server without waiting for the model.</summary>
    public static Task<TestServer> StartLoadingAsync(FakeModelBackend backend, params string[] arguments) =>
        StartWithAsync(backend, ["--model", ModelFile.Path, "--model-id", Model, .. WithUrl(arguments)]);

    private static async Task<TestServer> StartWithAsync(FakeModelBackend backend, string[] arguments)
    {
        var log = new LogRecorder();
        var app = RyotServer.Build(arguments, builder =>
        {
            builder.Logging.ClearProviders();
            builder.Logging.AddProvider(log);
            builder.Services.AddSingleton<IModelBackend>(backend);
        });
        await app.StartAsync(TestContext.Current.CancellationToken);
        return new TestServer(app, backend, log);
    }

    /// <summary>Begins to stop the server, as a signal would.</summary>
    public Task StopAsync() => _app.StopAsync(TestContext.Current.CancellationToken);

    public async Task<HttpResponseMessage> PostAsync(string path, string json)
    {
        using var content = new StringContent(json, Encoding.UTF8, MediaTypeHeaderValue.Parse("application/json"));
        return await Client.PostAsync(path, content, TestContext.Current.CancellationToken);
    }

    /// <summary>Posts and expects a status; the answer's JSON.</summary>
    public async Task<JsonElement> PostForJsonAsync(string path, string json, int status = 200)
    {
        using var response = await PostAsync(path, json);
        var text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.True(status == (int)response.StatusCode, $"{(int)response.StatusCode}: {text}");
        Assert.Equal("application/json", response.Content.Headers.ContentType?.ToString());
        return JsonElement.Parse(text);
    }

    /// <summary>Sends a request with a key, and expects a status; the answer's JSON.</summary>
    public async Task<JsonElement> SendAsync(HttpMethod method, string path, string? key, string? json = null, int status = 200)
    {
        using var request = new HttpRequestMessage(method, path);
        if (key is not null)
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
        if (json is not null)
            request.Content = new StringContent(json, Encoding.UTF8, "application/json");
        using var response = await Client.SendAsync(request, TestContext.Current.CancellationToken);
        var text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.True(status == (int)response.StatusCode, $"{(int)response.StatusCode}: {text}");
        var answer = JsonElement.Parse(text);
        if (status >= 400)
            Json.AssertIsError(answer.GetProperty("error"));
        return answer;
    }

    /// <summary>Posts, expects an error, and returns its object.</summary>
    public async Task<JsonElement> PostForErrorAsync(string path, string json, int status)
    {
        var error = (await PostForJsonAsync(path, json, status)).GetProperty("error");
        Json.AssertIsError(error);
        return error;
    }

    /// <summary>Posts and reads the whole stream of events.</summary>
    public async Task<IReadOnlyList<string>> PostForEventsAsync(string path, string json)
    {
        using var response = await PostAsync(path, json);
        var text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.True((int)response.StatusCode == 200, text);
        Assert.Equal("text/event-stream", response.Content.Headers.ContentType?.ToString());
        return EventStream.Parse(text);
    }

    public async Task<MetricsText> ScrapeAsync() => MetricsText.Parse(await Client.GetStringAsync("/metrics", TestContext.Current.CancellationToken));

    /// <summary>Waits until a condition holds that another thread brings about.</summary>
    public static async Task UntilAsync(Func<bool> condition, string what)
    {
        for (var i = 0; i < 3000; i++)
        {
            if (condition())
                return;
            await Task.Delay(10, TestContext.Current.CancellationToken);
        }
        Assert.Fail("Waited in vain until " + what);
    }

    /// <summary>Waits until nothing of any request is left in the engine, and proves that nothing was leaked.</summary>
    public async Task AssertIdleAsync()
    {
        // Freeing the last sequence's cells is a step too.
        Gate.Open();
        await UntilAsync(() => Host.UnfinishedRequests == 0, "no request is unfinished");
        await UntilAsync(() => Backend.LiveSamplers == 0, "no sampler is left");
        for (var i = 0; (await ScrapeAsync()).Sum("ryot_kv_cache_usage_ratio") > 0; i++)
        {
            Assert.True(i < 1000, "The KV cache is not empty.");
            await Task.Delay(5, TestContext.Current.CancellationToken);
        }
    }

    /// <summary>Waits until so many requests are counted, and returns the metrics.</summary>
    public async Task<MetricsText> ScrapeCountedAsync(int requests)
    {
        for (var i = 0; ; i++)
        {
            var metrics = await ScrapeAsync();
            if (metrics.Sum("ryot_inference_requests_total") >= requests || i == 500)
            {
                Assert.Equal(requests, metrics.Sum("ryot_inference_requests_total"));
                return metrics;
            }
            await Task.Delay(10, TestContext.Current.CancellationToken);
        }
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        Gate.Open();
        await _app.StopAsync(TestContext.Current.CancellationToken);
        await _app.DisposeAsync();
    }

    private static string[] WithUrl(string[] arguments) =>
        arguments.Contains("--urls") ? arguments : ["--urls", "http://127.0.0.1:0", .. arguments];
}
