using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Ryot.EndToEnd.Tests.Support;
using Ryot.Server.Tests.Support;
using Xunit;

namespace Ryot.EndToEnd.Tests.Truth;

/// <summary>Sees and changes which models a server has in memory, and compares what it sees with what metrics say.</summary>
/// <param name="server">A server that was started by <see cref="RyotProcess.StartFaultyAsync"/>.</param>
/// <param name="key">The administrator's key.</param>
internal sealed class Administrator(RyotProcess server, string key)
{
    private static readonly string[] _gaugesOfLoaded =
    [
        "ryot_kv_cache_usage_ratio", "ryot_kv_cache_capacity_tokens", "ryot_kv_cache_size_bytes", "ryot_gpu_memory_usage_bytes",
        "ryot_gpu_memory_percentage", "ryot_token_efficiency_ratio", "ryot_model_info",
    ];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>The models by their ids, as administrators see them.</summary>
    public async Task<IReadOnlyDictionary<string, JsonElement>> ListAsync()
    {
        var (status, body) = await SendAsync(HttpMethod.Get, "/admin/models");
        Assert.Equal(200, status);
        return body.GetProperty("models").EnumerateArray().ToDictionary(model => model.GetProperty("id").GetString()!);
    }

    /// <summary>Loads a model and waits for that.</summary>
    /// <returns>The status.</returns>
    public async Task<int> LoadAsync(string model) => (await SendAsync(HttpMethod.Post, $"/admin/models/{model}/load")).Status;

    /// <summary>Unloads a model.</summary>
    /// <returns>The status.</returns>
    public async Task<int> UnloadAsync(string model, bool drain) =>
        (await SendAsync(HttpMethod.Post, $"/admin/models/{model}/unload", $"{{\"drain\":{(drain ? "true" : "false")}}}")).Status;

    /// <summary>Lets the server read its configuration again.</summary>
    public async Task ReloadAsync()
    {
        var (status, body) = await SendAsync(HttpMethod.Post, "/admin/reload");
        Assert.True(status == 200, body.ToString());
    }

    /// <summary>What the backend itself counted: attempts to load a model, and those that gave one.</summary>
    public async Task<(int Attempts, int Loaded)> ReadLoadsAsync(string model)
    {
        var state = JsonElement.Parse(await server.Http.GetStringAsync($"/test/faults/{model}", Cancellation));
        return (state.GetProperty("loads").GetInt32(), state.GetProperty("loaded").GetInt32());
    }

    /// <summary>
    /// While nothing is loaded or unloaded: the counters of loads agree with the backend, with each other, and, together with those of
    /// evictions, with what is in memory; and only models that are have gauges that tell of it.
    /// </summary>
    public async Task AssertLoadsEqualAsync(MetricsText metrics)
    {
        foreach (var (id, model) in await ListAsync())
        {
            var of = metrics.OfModel(id);
            var (attempts, loaded) = await ReadLoadsAsync(id);
            var (good, bad) = (Attempts("success"), Attempts("failed"));
            Assert.True((loaded, attempts - loaded) == (good, bad), $"{id}: the backend loaded {loaded} of {attempts}, metrics {good} and {bad}");
            Assert.Equal(0, of.Sum("ryot_model_load_attempts_total", ("result", "partial")));
            Assert.Equal(0, of.Sum("ryot_model_load_attempts_total", ("result", "failed"), ("load_type", "from_cache")));
            // Every load is cold until one has succeeded.
            Assert.Equal(Math.Min(loaded, 1), Attempts("success", "cold"));
            foreach (var (type, time) in ((string, string)[])[("cold", "cold_start"), ("warm", "warm_start"), ("from_cache", "cache_hit")])
                Assert.Equal(of.Sum("ryot_model_load_attempts_total", ("result", "success"), ("load_type", type)), of.Sum("ryot_model_loading_time_seconds_count", ("load_type", time)));

            var isLoaded = model.GetProperty("status").GetString() == "ready";
            var evictions = of.Sum("ryot_model_cache_evictions_total");
            Assert.True(good - evictions == (isLoaded ? 1 : 0), $"{id}: {good} loads, {evictions} evictions, and it is {model.GetProperty("status")}");
            foreach (var name in _gaugesOfLoaded)
                Assert.True(of.Count(name) > 0 == isLoaded, $"{name} of {id}, which is {model.GetProperty("status")}");

            double Attempts(string result, string? type = null) =>
                ((string[])["cold", "warm"]).Where(each => type is null || each == type)
                    .Sum(each => of.Sum("ryot_model_load_attempts_total", ("result", result), ("load_type", each)));
        }
    }

    private async Task<(int Status, JsonElement Body)> SendAsync(HttpMethod method, string path, string? json = null)
    {
        using var request = new HttpRequestMessage(method, path);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
        if (json is not null)
            request.Content = new StringContent(json, Encoding.UTF8, "application/json");
        using var response = await server.Http.SendAsync(request, Cancellation);
        return ((int)response.StatusCode, JsonElement.Parse(await response.Content.ReadAsStringAsync(Cancellation)));
    }
}
