using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Ryot.EndToEnd.Tests.Support;
using Ryot.Server.Tests.Support;
using Ryot.Testing.Faults;
using Ryot.Testing.Models;
using Xunit;

namespace Ryot.EndToEnd.Tests.Truth;

/// <summary>
/// Three models, of which two fit into memory, under the traffic of many clients, while an administrator loads and unloads them and
/// loads fail: each model's metrics say exactly what its clients saw.
/// </summary>
public sealed class SeveralModelsTests : IDisposable
{
    private const string Key = "admin";
    private const int Clients = 12;

    private static readonly string[] _models = ["ant", "bee", "cat"];
    private static readonly string _shared = string.Join(' ', Enumerable.Repeat("people tell a story", 20));

    private readonly ConfigFile _file = new(Configuration(_models, budget: null));

    public void Dispose() => _file.Dispose();

    /// <summary>LMCache#4216: the same series was exposed twice; vllm#9346: there was no failure to count.</summary>
    [Fact]
    public async Task Every_model_s_metrics_say_what_its_clients_saw_while_models_come_and_go()
    {
        await using var server = await RyotProcess.StartFaultyAsync(
            "--config", _file.Path, "--urls", "http://127.0.0.1:0", "--threads", "1", "--admin-key", Key);
        var administrator = new Administrator(server, Key);
        var budget = await FindBudgetOfTwoAsync(administrator);
        _file.Write(Configuration(_models, budget));
        await administrator.ReloadAsync();
        await server.ScrapeUntilAsync(metrics => metrics.Count("ryot_kv_cache_capacity_tokens") <= 2, "the budget is kept to");

        var count = new ClientCount();
        var random = new Random(4711);
        var states = new List<ProcessState>();
        for (var round = 0; round < 4; round++)
        {
            var faults = round >= 2;
            await RunRoundAsync(server, administrator, count, random, faults);
            var metrics = await SettleAsync(server, administrator, count, _models[round % _models.Length]);
            if (faults)
                count.AssertOutcomesEqual(metrics);
            else
                count.AssertEqual(metrics);
            await administrator.AssertLoadsEqualAsync(metrics);
            AssertFoundResident(metrics, count);
            states.Add(await ProcessState.ReadAsync(server));
        }
        AssertHappened(await server.ScrapeAsync(), count);
        ProcessState.AssertNoGrowth(states[1..]);

        await AssertRequestsOfResidentModelsAsync(server, administrator);
        await AssertNothingIsLeftOfARemovedModelAsync(server, administrator, budget);
    }

    /// <summary>All loaded at once show what they take; two of the three are to fit.</summary>
    private static async Task<long> FindBudgetOfTwoAsync(Administrator administrator)
    {
        foreach (var model in _models)
            Assert.Equal(200, await administrator.LoadAsync(model));
        var list = await administrator.ListAsync();
        var bytes = _models.Select(model => list[model].GetProperty("memory_bytes").GetProperty("cpu").GetInt64()).ToList();
        return (bytes.Sum() - bytes.Min()) * 6 / 5;
    }

    private static string Configuration(IEnumerable<string> models, long? budget)
    {
        var ryot = new JsonObject
        {
            ["EvictionPatience"] = 0.1,
            ["Models"] = new JsonObject(models.Select(model => KeyValuePair.Create<string, JsonNode?>(model, new JsonObject
            {
                ["Path"] = TestModels.Llama(new TestModelOptions { Seed = model[0] }),
                ["Aliases"] = new JsonArray($"{model}-alias"),
                ["Residency"] = "OnDemand",
                ["ContextLength"] = 2048,
                ["Parallel"] = 4,
                // One of them also leaves when it has nothing to do for a while, but not before it was seen how large all are.
                ["IdleTimeout"] = model == "cat" && budget is not null ? 0.5 : 0,
            }))),
        };
        if (budget is { } bytes)
            ryot["MemoryBudget"] = bytes.ToString(CultureInfo.InvariantCulture);
        return ryot.ToJsonString();
    }

    /// <summary>Clients go on for as long as it takes to disturb every model in every way.</summary>
    private static async Task RunRoundAsync(RyotProcess server, Administrator administrator, ClientCount count, Random random, bool faults)
    {
        await using var watch = new ScrapeWatch(server, metrics => Assert.InRange(metrics.Count("ryot_kv_cache_capacity_tokens"), 0, 2));
        using var disturbed = new CancellationTokenSource();
        var clients = Task.WhenAll(Enumerable.Range(0, Clients).Select(_ => new Random(random.Next())).Select(own => Task.Run(async () =>
        {
            while (!disturbed.IsCancellationRequested)
            {
                var ending = await Next(own).SendAsync(server);
                count.Add(ending);
                // As clients should, which are told when to try again.
                if (IsUnavailable(ending))
                    await Task.Delay(100, TestContext.Current.CancellationToken);
            }
        })));
        try
        {
            for (var action = 0; action < (faults ? 5 : 4); action++)
            {
                foreach (var model in _models)
                {
                    await DisturbAsync(server, administrator, model, action);
                    await Task.Delay(60, TestContext.Current.CancellationToken);
                }
            }
        }
        finally
        {
            await disturbed.CancelAsync();
            await clients;
        }
        Assert.InRange(watch.Scrapes, 2, int.MaxValue);
    }

    private static async Task DisturbAsync(RyotProcess server, Administrator administrator, string model, int action)
    {
        switch (action)
        {
            case 0:
                await FailNextLoadAsync(server, model);
                break;
            case 1:
                AssertStatus(await administrator.UnloadAsync(model, drain: true), 200, 503);
                break;
            case 2:
                AssertStatus(await administrator.LoadAsync(model), 200, 503);
                break;
            case 3:
                AssertStatus(await administrator.UnloadAsync(model, drain: false), 200, 409);
                break;
            default:
                await server.InjectAsync(model, Fault.OutOfMemory, Fault.DecodeError, Fault.Exception, Fault.SamplingError);
                break;
        }

        static void AssertStatus(int status, params int[] possible) => Assert.Contains(status, possible);
    }

    private static async Task FailNextLoadAsync(RyotProcess server, string model) =>
        (await server.PostAsync($"/test/fail-loads/{model}?count=1", "")).EnsureSuccessStatusCode().Dispose();

    /// <summary>
    /// All that was to go wrong is forgotten. One model fails to load once, whether or not the round came to that. The last request is one
    /// for the model that leaves when it is idle, which it then does.
    /// </summary>
    private static async Task<MetricsText> SettleAsync(RyotProcess server, Administrator administrator, ClientCount count, string failing)
    {
        foreach (var model in _models)
            (await server.PostAsync($"/test/clear/{model}", "")).EnsureSuccessStatusCode().Dispose();
        // Also where it failed just now, so that it does not load for a request.
        foreach (var model in _models)
            Assert.Equal(200, await administrator.LoadAsync(model));
        Assert.Equal(200, await administrator.LoadAsync(failing));
        Assert.Equal(200, await administrator.UnloadAsync(failing, drain: true));
        await FailNextLoadAsync(server, failing);
        Assert.Equal(503, await administrator.LoadAsync(failing));
        var refused = await Build("/v1/completions", failing, new { prompt = "Go", max_tokens = 2 }).SendAsync(server);
        Assert.True(IsUnavailable(refused));
        count.Add(refused);
        Assert.Equal(200, await administrator.LoadAsync(failing));
        count.Add(await Build("/v1/completions", "cat", new { prompt = "Go", max_tokens = 2 }).SendAsync(server));
        await server.WaitForAsync(
            async () => (await administrator.ListAsync())["cat"].GetProperty("status").GetString() == "not_loaded", "the idle model has left");
        return await server.ScrapeIdleAsync(count.Endings.Count);
    }

    /// <summary>Who found a model resident is among those that it was not refused to; the others waited for it.</summary>
    private static void AssertFoundResident(MetricsText metrics, ClientCount count)
    {
        foreach (var model in _models)
        {
            // Those that were not understood never asked for it.
            var took = count.Endings.Count(ending => ending.Model == model && ending.Cause != "invalid_prompt" && !IsUnavailable(ending));
            var found = metrics.Sum("ryot_model_load_attempts_total", ("model", model), ("load_type", "from_cache"));
            Assert.InRange(found, 1, took);
        }
    }

    private static bool IsUnavailable(Ending ending) => ending is { Cause: "inference_error", Reason: "rejected" };

    /// <summary>None of that proves anything if it did not happen.</summary>
    private static void AssertHappened(MetricsText metrics, ClientCount count)
    {
        foreach (var cause in (string[])["oom", "inference_error", "tokenization_error", "invalid_prompt", "model_not_found", ""])
            Assert.Contains(count.Endings, ending => ending.Cause == cause);
        Assert.Contains(count.Endings, IsUnavailable);
        foreach (var status in (string[])["success", "error", "partial"])
            Assert.Contains(count.Endings, ending => ending.Status == status);
        foreach (var model in _models)
        {
            Assert.True(metrics.Sum("ryot_model_cache_evictions_total", ("model", model), ("eviction_reason", "manual")) > 0);
            Assert.True(metrics.Sum("ryot_model_load_attempts_total", ("model", model), ("result", "failed")) > 0);
            Assert.True(metrics.Sum("ryot_prompt_cache_tokens_total", ("model", model), ("source", "reused")) > 0);
        }
        Assert.True(metrics.Sum("ryot_model_cache_evictions_total", ("eviction_reason", "memory_pressure")) > 0);
        Assert.True(metrics.Sum("ryot_model_cache_evictions_total", ("model", "cat"), ("eviction_reason", "timeout")) >= 4);
        Assert.Equal(0, metrics.Sum("ryot_model_cache_evictions_total", ("model", "bee"), ("eviction_reason", "timeout")));
    }

    /// <summary>Without anything else going on, each request that finds its model resident counts once, and nothing else does.</summary>
    private static async Task AssertRequestsOfResidentModelsAsync(RyotProcess server, Administrator administrator)
    {
        Assert.Equal(200, await administrator.LoadAsync("bee"));
        var before = await server.ScrapeAsync();
        for (var i = 0; i < 6; i++)
            await Build("/v1/completions", "bee", new { prompt = "Go", max_tokens = 2 }, alias: i % 2 == 0).SendAsync(server);
        await Build("/v1/completions", "bee", new { prompt = FaultInjection.UntokenizableMark, max_tokens = 2 }).SendAsync(server);
        await Build("/v1/completions", "bee", new { prompt = "Go", max_tokens = "many" }).SendAsync(server);
        Assert.Equal(200, await administrator.LoadAsync("bee"));
        var after = await server.ScrapeIdleAsync((int)before.Sum("ryot_inference_requests_total") + 8);
        Assert.Equal(7, Difference("ryot_model_load_attempts_total"));
        Assert.Equal(7, Difference("ryot_model_load_attempts_total", ("model", "bee"), ("load_type", "from_cache"), ("result", "success")));
        Assert.Equal(7, Difference("ryot_model_loading_time_seconds_count", ("model", "bee"), ("load_type", "cache_hit")));

        double Difference(string name, params (string, string)[] labels) => after.Sum(name, labels) - before.Sum(name, labels);
    }

    /// <summary>A request that is under way ends as it began; one that comes later is for no model; and then there is no series of it.</summary>
    private async Task AssertNothingIsLeftOfARemovedModelAsync(RyotProcess server, Administrator administrator, long budget)
    {
        Assert.Equal(200, await administrator.LoadAsync("cat"));
        (await server.PostAsync("/test/pass-delay/cat?milliseconds=20", "")).EnsureSuccessStatusCode().Dispose();
        using var stream = await OpenStream.OpenAsync(
            server, "/v1/inference/stream", """{"model":"cat","prompt":"Go","max_tokens":60,"ignore_eos":true}""");
        await stream.ReadJsonAsync();
        var before = await server.ScrapeAsync();
        _file.Write(Configuration(["ant", "bee"], budget));
        await administrator.ReloadAsync();
        await server.PostForJsonAsync("/v1/completions", """{"model":"cat","prompt":"Go"}""", 404);
        var events = await stream.ReadToEndAsync();
        Assert.Equal("finished", JsonElement.Parse(events[^1]).GetProperty("type").GetString());

        var after = await server.ScrapeUntilAsync(metrics => metrics.OfModel("cat").Samples.Count == 0, "nothing is left of the removed model");
        Assert.DoesNotContain(after.Samples, sample => sample.Labels.Values.Any(value => value.StartsWith("cat", StringComparison.Ordinal)));
        Assert.Equal(1, after.OfModel("unknown").Sum("ryot_inference_requests_total") - before.OfModel("unknown").Sum("ryot_inference_requests_total"));
        foreach (var model in (string[])["ant", "bee"])
        {
            Assert.Equal(before.OfModel(model).Sum("ryot_inference_requests_total"), after.OfModel(model).Sum("ryot_inference_requests_total"));
            Assert.Equal(before.OfModel(model).Sum("ryot_model_load_attempts_total"), after.OfModel(model).Sum("ryot_model_load_attempts_total"));
        }
    }

    private static Ask Next(Random random)
    {
        var model = random.GetItems(_models, 1)[0];
        var alias = random.Next(4) == 0;
        var tokens = random.Next(1, 40);
        var tail = $"{_shared} {random.Next(20)} people";
        return random.Next(9) switch
        {
            0 => Build("/v1/completions", model, new { prompt = (string[])[tail, "Once"], max_tokens = tokens }, alias) with
            {
                Prompts = 2,
                Endpoint = "batch",
                Mode = "batch",
            },
            1 => Build("/v1/completions", model, new { prompt = tail, n = 3, max_tokens = tokens, priority = "high" }, alias) with { Count = 3, Priority = "high" },
            2 => Build("/v1/inference/stream", model, new { prompt = tail, max_tokens = tokens }, alias) with { Endpoint = "stream", Mode = "streaming" },
            3 => Build("/v1/inference/batch", model, new { prompts = (string[])[tail, FaultInjection.UntokenizableMark, "One"], max_tokens = tokens }, alias) with
            {
                Prompts = 3,
                Endpoint = "batch",
                Mode = "batch",
            },
            4 => Build("/v1/inference/generate", model, new { prompt = FaultInjection.UntokenizableMark, max_tokens = 1 }, alias),
            5 => random.Next(2) == 0
                ? Build("/v1/inference/generate", model, new { prompt = "Go", temperature = "hot" }, alias) with { Refusal = (400, false), NamesModel = true }
                : Build("/v1/inference/generate", "dog", new { prompt = "Go" }) with { Refusal = (404, false) },
            6 => Build("/v1/chat/completions", model, new { messages = (object[])[new { role = "user", content = tail }], max_tokens = tokens }, alias),
            _ => Build("/v1/inference/generate", model, new { prompt = tail, max_tokens = tokens }, alias),
        };
    }

    private static Ask Build(string path, string model, object parameters, bool alias = false)
    {
        var body = JsonSerializer.SerializeToNode(parameters)!.AsObject();
        body["model"] = alias ? $"{model}-alias" : model;
        if (path != "/v1/chat/completions")
            body["ignore_eos"] = true;
        return new Ask(path, body.ToJsonString()) { Model = model, MayFail = true };
    }
}
