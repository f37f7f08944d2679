using System.Net;
using Microsoft.Extensions.Logging;
using Ryot.Engine.Models;
using Ryot.Server.Tests.Support;
using Ryot.Testing;
using Xunit;

namespace Ryot.Server.Tests;

/// <summary>Several models, and the routes that administrators see and change them by.</summary>
public sealed class AdminTests : IDisposable
{
    private const string Key = "admin";
    private const string Route = "/v1/completions";

    private const string Models = """
        {"Models": {"a": {"Path": "a.gguf", "Aliases": ["other"]}, "b": {"Path": "b.gguf", "Residency": "OnDemand"}}}
        """;

    private readonly ConfigFile _file = new(Models);

    public void Dispose() => _file.Dispose();

    [Fact]
    public async Task Models_are_loaded_on_demand_and_the_server_is_ready_without_them()
    {
        await using var server = await StartAsync();
        await OverloadTests.AssertHealthAsync(
            server, "/health/ready", 200, """{"status":"ready","models":[{"id":"a","status":"ready"},{"id":"b","status":"not_loaded","detail":"*"}]}""");
        var models = (await server.SendAsync(HttpMethod.Get, "/v1/models", null)).GetProperty("data");
        Assert.Equal(["a ready", "other ready", "b not_loaded"], models.EnumerateArray().Select(model => $"{model.GetProperty("id")} {model.GetProperty("status")}"));
        Assert.Equal(0, models[2].GetProperty("load_progress").GetDouble());
        Assert.False(models[2].TryGetProperty("details", out _));
        var page = await server.Client.GetStringAsync("/", TestContext.Current.CancellationToken);
        Assert.Contains("state not_loaded", page, StringComparison.Ordinal);

        await server.PostForJsonAsync(Route, Body("b"));
        await OverloadTests.AssertHealthAsync(
            server, "/health/ready", 200, """{"status":"ready","models":[{"id":"a","status":"ready"},{"id":"b","status":"ready"}]}""");
        var metrics = await server.ScrapeCountedAsync(1);
        Assert.Equal(1, metrics.Sum("ryot_inference_requests_total", ("model", "b"), ("status", "success")));
    }

    [Theory]
    [InlineData(Key, null, 401, "missing_admin_key")]
    [InlineData(Key, "client", 401, "invalid_admin_key")]
    [InlineData(null, "admin", 403, "admin_disabled")]
    [InlineData(null, null, 403, "admin_disabled")]
    public async Task Only_administrators_get_in(string? configured, string? given, int status, string code)
    {
        await using var server = await TestServer.StartConfiguredAsync(
            new FakeModelBackend(), _file, configured is null ? ["--api-key", "client"] : ["--api-key", "client", "--admin-key", configured]);
        foreach (var (method, path) in ((HttpMethod, string)[])[(HttpMethod.Get, "/admin/models"), (HttpMethod.Get, "/admin/devices"), (HttpMethod.Post, "/admin/models/a/load"), (HttpMethod.Post, "/admin/reload")])
        {
            var error = (await server.SendAsync(method, path, given, null, status)).GetProperty("error");
            Assert.Equal(code, error.GetProperty("code").GetString());
        }
        await server.SendAsync(HttpMethod.Get, "/v1/models", "admin", null, 401);
    }

    [Fact]
    public async Task Administrators_see_load_and_unload_models()
    {
        await using var server = await StartAsync("--memory-budget", "1GiB");
        var list = await server.SendAsync(HttpMethod.Get, "/admin/models", Key);
        Json.AssertMatches("""{"used_bytes":5,"budget_bytes":1073741824}""", list.GetProperty("memory").GetProperty("cpu"));
        Json.AssertMatches(
            """
            {"id":"b","aliases":[],"path":"*","status":"not_loaded","detail":"*","load_progress":0,"failure":null,"retry_after_seconds":0,"residency":"OnDemand",
             "residency_priority":0,"idle_timeout_seconds":null,"idle_seconds":null,"requests":0,"requests_waiting_for_load":0,"memory_bytes":{},"memory_remark":null}
            """,
            list.GetProperty("models")[1]);

        var loaded = await server.SendAsync(HttpMethod.Post, "/admin/models/b/load", Key);
        Assert.Equal(("ready", 5), (loaded.GetProperty("status").GetString(), loaded.GetProperty("memory_bytes").GetProperty("cpu").GetInt32()));
        Assert.Equal("fake", loaded.GetProperty("details").GetProperty("architecture").GetString());
        var unloaded = await server.SendAsync(HttpMethod.Post, "/admin/models/other/unload", Key);
        Assert.Equal(("a", "not_loaded"), (unloaded.GetProperty("id").GetString(), unloaded.GetProperty("status").GetString()));
        await server.SendAsync(HttpMethod.Post, "/admin/models/a/unload", Key, "{}");
        Assert.Equal(1, (await server.ScrapeAsync()).Sum("ryot_model_cache_evictions_total", ("model", "a"), ("eviction_reason", "manual")));

        await server.SendAsync(HttpMethod.Post, "/admin/models/a/load", Key, """{"wait":false}""", 202);
        await TestServer.UntilAsync(() => server.Engine.Find("a")!.Status == ModelStatus.Ready, "a is loaded");
    }

    [Theory]
    [InlineData("/admin/models/nope/load", null, 404, "model_not_found")]
    [InlineData("/admin/models/a/explode", null, 404, "unknown_url")]
    [InlineData("/admin/models/load", null, 404, "unknown_url")]
    [InlineData("/admin/models/a/unload", """{"drian":true}""", 400, "unknown_parameter")]
    [InlineData("/admin/models/a/unload", """{"drain":1}""", 400, "invalid_type")]
    [InlineData("/admin/models/a/load", "nonsense", 400, "invalid_json")]
    public async Task Mistakes_are_told_in_the_APIs_format(string path, string? body, int status, string code)
    {
        await using var server = await StartAsync();
        var error = (await server.SendAsync(HttpMethod.Post, path, Key, body, status)).GetProperty("error");
        Assert.Equal(code, error.GetProperty("code").GetString());
    }

    [Fact]
    public async Task A_model_in_use_is_unloaded_only_by_draining()
    {
        await using var server = await StartAsync();
        server.Gate.Close();
        var request = server.PostForJsonAsync(Route, Body("a"));
        await TestServer.UntilAsync(() => server.Gate.IsWaiting, "it runs");
        var error = (await server.SendAsync(HttpMethod.Post, "/admin/models/a/unload", Key, null, 409)).GetProperty("error");
        Assert.Equal("model_in_use", error.GetProperty("code").GetString());
        var draining = server.SendAsync(HttpMethod.Post, "/admin/models/a/unload", Key, """{"drain":true}""");
        await TestServer.UntilAsync(() => server.Engine.Find("a")!.Status == ModelStatus.Unloading, "it drains");
        var late = server.PostForJsonAsync(Route, Body("a"));
        server.Gate.Open();
        await request;
        await draining;
        await late;
        Assert.Equal(2, (await server.ScrapeCountedAsync(2)).Sum("ryot_inference_requests_total", ("model", "a"), ("status", "success")));
    }

    [Fact]
    public async Task A_load_that_fails_is_told_to_administrators_and_then_to_clients_with_Retry_After()
    {
        var backend = new FakeModelBackend
        {
            OnLoad = options =>
            {
                if (options.Id == "b")
                    throw new ModelUnavailableException("the file is truncated");
            },
        };
        await using var server = await TestServer.StartConfiguredAsync(backend, _file, "--admin-key", Key);
        var error = (await server.SendAsync(HttpMethod.Post, "/admin/models/b/load", Key, null, 503)).GetProperty("error");
        Assert.Contains("the file is truncated", error.GetProperty("message").GetString(), StringComparison.Ordinal);
        using var response = await server.PostAsync(Route, Body("b"));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.Equal(TimeSpan.FromSeconds(1), response.Headers.RetryAfter?.Delta);
        await OverloadTests.AssertHealthAsync(
            server, "/health/ready", 503, """{"status":"not_ready","models":[{"id":"a","status":"ready"},{"id":"b","status":"failed","detail":"the file is truncated"}]}""");
    }

    [Fact]
    public async Task A_client_that_goes_away_while_it_waits_for_a_model_is_counted_as_such()
    {
        using var load = new ManualResetEventSlim();
        var backend = new FakeModelBackend
        {
            OnLoad = options =>
            {
                if (options.Id == "b")
                    load.Wait(TestContext.Current.CancellationToken);
            },
        };
        await using var server = await TestServer.StartConfiguredAsync(backend, _file);
        var gone = new CancellationTokenSource();
        var leaving = Task.Run(
            async () =>
            {
                await TestServer.UntilAsync(() => server.Engine.Find("b")!.RequestsWaitingForLoad == 1, "it waits");
                await gone.CancelAsync();
            },
            TestContext.Current.CancellationToken);
        using var content = new StringContent(Body("b"), System.Text.Encoding.UTF8, "application/json");
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => server.Client.PostAsync(Route, content, gone.Token));
        await leaving;
        var metrics = await server.ScrapeCountedAsync(1);
        Assert.Equal(1, metrics.Sum("ryot_inference_requests_total", ("model", "b"), ("status", "partial")));
        Assert.Equal(1, metrics.Sum("ryot_requests_finished_total", ("model", "b"), ("finish_reason", "cancelled")));
        load.Set();
    }

    [Fact]
    public async Task A_reload_adds_removes_and_changes_models_and_tells_what_needs_a_restart()
    {
        await using var server = await StartAsync();
        _file.Write("""{"Models": {"b": {"Path": "b.gguf", "Residency": "OnDemand", "QueueLimit": 7}, "c": {"Path": "c.gguf"}}, "Timeout": 7, "ApiKeys": {"x": "secret"}}""");
        Json.AssertMatches(
            """{"added":["c"],"removed":["a"],"changed":["b"],"need_restart":["Ryot:Timeout","Ryot:ApiKeys"]}""",
            await server.SendAsync(HttpMethod.Post, "/admin/reload", Key));
        Assert.Equal(7, server.Engine.Find("b")!.Options.QueueLimit);
        await server.PostForErrorAsync(Route, Body("a"), 404);
        await server.PostForJsonAsync(Route, Body("c"));
        Assert.Equal(0, (await server.ScrapeAsync()).Count("ryot_model_load_attempts_total", ("model", "a")));
        Assert.Contains(server.Log.Lines(LogLevel.Warning), line => line.Contains("Ryot:Timeout has changed", StringComparison.Ordinal));
        Assert.DoesNotContain(server.Log.Lines(LogLevel.Trace), line => line.Contains("secret", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_broken_file_changes_nothing_and_all_its_problems_are_told()
    {
        await using var server = await StartAsync();
        _file.Write("""{"Models": {"a": {"Path": "a.gguf", "Paralel": 3}, "c": {"Path": "nowhere.gguf"}}}""");
        var error = (await server.SendAsync(HttpMethod.Post, "/admin/reload", Key, null, 400)).GetProperty("error");
        Assert.Equal("invalid_configuration", error.GetProperty("code").GetString());
        foreach (var part in (string[])["Did you mean Ryot:Models:a:Parallel?", "Ryot:Models:c:Path: there is no file"])
        {
            Assert.Contains(part, error.GetProperty("message").GetString(), StringComparison.Ordinal);
            Assert.Contains(server.Log.Lines(LogLevel.Error), line => line.Contains(part, StringComparison.Ordinal));
        }
        _file.WriteText("""{"Ryot": {""");
        await server.SendAsync(HttpMethod.Post, "/admin/reload", Key, null, 400);
        await server.PostForJsonAsync(Route, Body("a"));
        Assert.NotNull(server.Engine.Find("b"));
    }

    [Fact]
    public async Task A_changed_file_is_found_without_being_asked_for()
    {
        await using var server = await StartAsync();
        _file.Write("""{"Models": {"a": {"Path": "a.gguf"}, "c": {"Path": "c.gguf", "Residency": "OnDemand"}}}""");
        await TestServer.UntilAsync(() => server.Engine.Find("c") is not null && server.Engine.Find("b") is null, "the change is taken");
        await server.PostForJsonAsync(Route, Body("c"));
    }

    private static string Body(string model) => $$"""{"model":"{{model}}","prompt":"Hi","max_tokens":3}""";

    private Task<TestServer> StartAsync(params string[] arguments) =>
        TestServer.StartConfiguredAsync(new FakeModelBackend { Size = _ => 5 }, _file, ["--admin-key", Key, .. arguments]);
}
