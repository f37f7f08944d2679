using Microsoft.Extensions.Configuration;
using Ryot.Engine.Models;
using Ryot.LlamaCpp;
using Ryot.Metrics;
using Ryot.Server.Configuration;
using Ryot.Server.Tests.Support;
using Xunit;

namespace Ryot.Server.Tests;

/// <summary>Section <c>Ryot:Models</c>, and the other objects of a configuration file.</summary>
public sealed class ModelsSectionTests : IDisposable
{
    private readonly ConfigFile _file = new("{}");

    public void Dispose() => _file.Dispose();

    [Fact]
    public void Models_are_read_with_all_their_settings()
    {
        var options = Read(
            """
            {
              "Parallel": 4, "MemoryBudget": "cpu=1.5GiB,gpu=24GB", "EvictionPatience": 2.5, "IdleTimeout": 60,
              "Objectives": {"LatencySeconds": 2},
              "Models": {
                "first": {
                  "Path": "a.gguf", "Aliases": ["one", "eins"], "ChatTemplate": "chatml", "ContextLength": 1000, "Parallel": 3, "BatchTokens": 64,
                  "MicroBatchTokens": 32, "Threads": 2, "GpuLayers": 7, "KvTypeK": "q8_0", "KvTypeV": "F16", "FlashAttention": "off", "PrefixCache": false, "PrefixCacheTokens": 9,
                  "ProfileEvery": 11, "QueueLimit": 5, "Residency": "on_demand", "ResidencyPriority": -3, "IdleTimeout": 0,
                  "Cost": {"Model": "Dynamic", "MachinePricePerHour": 1.25},
                  "Objectives": {"FirstTokenSeconds": 0.5, "TimePerOutputTokenSeconds": null}
                },
                "second": {"Path": "b.gguf", "Residency": "Pinned"}
              }
            }
            """);
        var (first, second) = (options.Models[0], options.Models[1]);
        Assert.Equal(["one", "eins"], first.Aliases);
        Assert.Equal(
            new ModelOptions
            {
                Id = "first",
                Path = _file.PathOf("a.gguf"),
                Aliases = first.Aliases,
                ChatTemplate = "chatml",
                ContextLength = 1000,
                MaxSequences = 3,
                BatchTokens = 64,
                MicroBatchTokens = 32,
                Threads = 2,
                GpuLayers = 7,
                KvTypeK = GgmlType.Q8_0,
                FlashAttention = FlashAttention.Disabled,
                PrefixCache = false,
                PrefixCacheTokens = 9,
                ProfileEvery = 11,
                QueueLimit = 5,
                Residency = ResidencyMode.OnDemand,
                ResidencyPriority = -3,
                Cost = new CostOptions { Model = CostModelKind.Dynamic, MachinePricePerHour = 1.25 },
                Objectives = new ServiceObjectives { Latency = TimeSpan.FromSeconds(2), FirstToken = TimeSpan.FromSeconds(0.5), TimePerOutputToken = null },
            },
            first);
        Assert.Equal(
            ("second", ResidencyMode.Pinned, 4, TimeSpan.FromSeconds(60), TimeSpan.FromSeconds(2)),
            (second.Id, second.Residency, second.MaxSequences, second.IdleTimeout!.Value, second.Objectives.Latency!.Value));
        Assert.Equal((3L << 29, 24_000_000_000), (options.Residency.MemoryBudget["cpu"], options.Residency.MemoryBudget["gpu"]));
        Assert.Equal(TimeSpan.FromSeconds(2.5), options.Residency.EvictionPatience);
    }

    [Fact]
    public void An_array_takes_names_with_colons_and_names_models_for_their_files()
    {
        var options = Read("""{"Models": [{"Path": "a.gguf", "Id": "llama:8b"}, {"Path": "b.gguf"}]}""");
        Assert.Equal(["llama:8b", "b"], options.Models.Select(model => model.Id));
        Assert.All(options.Models, model => Assert.Equal(ResidencyMode.OnStart, model.Residency));
    }

    [Fact]
    public void Tiers_begin_where_the_one_before_ends()
    {
        var options = Read(
            """
            {"Model": null, "Models": {"a": {"Path": "a.gguf"}}, "CostLedger": "ledger.db",
             "Cost": {"Model": "Tiered", "Tiers": [{"UpTo": 1000, "PromptPer1000": 1, "CompletionPer1000": 2}, {"PromptPer1000": 0.5, "CompletionPer1000": 1}]}}
            """);
        Assert.Equal([new CostTier(0, 1, 2), new CostTier(1000, 0.5, 1)], options.Models[0].Cost.Tiers);
    }

    [Fact]
    public void How_metrics_are_recorded_is_read()
    {
        var options = Read(
            """
            {"Models": {"a": {"Path": "a.gguf"}}, "DetailSampling": 10, "NoBatchedUpdates": true, "CostInResponse": true, "ProfileEvery": 0,
             "AggregateLabel": ["ryot_inference_latency_seconds=batch_size", "ryot_inference_latency_seconds=generation_mode"],
             "Tenants": {"Source": "api_key", "Allowed": ["alice"], "Max": 3}, "ApiKeys": {"alice": "k1", "bob": "k2"}}
            """,
            "--api-key", "carol:k3,k4");
        Assert.Equal((10, false, true, 0), (options.DetailSampling, options.BatchedUpdates, options.CostInResponse, options.Models[0].ProfileEvery));
        Assert.Equal(["batch_size", "generation_mode"], options.AggregatedLabels["ryot_inference_latency_seconds"]);
        Assert.Equal((TenantSource.ApiKey, "x-tenant", 3), (options.Tenants!.Source, options.Tenants.Header, options.Tenants.Max));
        Assert.Equal([new ApiKey("k3", "carol"), new ApiKey("k4"), new ApiKey("k1", "alice"), new ApiKey("k2", "bob")], options.ApiKeys);
        var metrics = options.CreateMetricsOptions();
        Assert.Equal((10, false, 3), (metrics.DetailSampling, metrics.BatchedUpdates, metrics.Tenants!.MaxTenants));
        Assert.Equal(["alice"], metrics.Tenants.Allowed);
    }

    [Fact]
    public void All_problems_are_told_at_once_with_the_keys_full_path()
    {
        var problems = Problems(
            """
            {
              "MemoryBudget": "much", "DetailSampling": 0, "AggregateLabel": ["ryot_queue_depth=model", "x"], "KvTypeK": "Q9", "Objektives": {},
              "Cost": {"Model": "Cheap", "PromptPer1000": -1}, "Tenants": {"Source": "dns", "Max": 0, "Header": "a b"},
              "ApiKeys": {"a": "same", "b": "same"}, "AdminKey": "same",
              "Models": {
                "one": {"Paht": "a.gguf", "Parallel": 0, "Residency": "Sometimes", "Threads": "many"},
                "two": {"Path": "missing.gguf", "Aliases": ["one", "unknown"], "BatchTokens": 8, "KvTypeV": "Q9", "FlashAttention": "no"},
                "three": {"Path": "a.gguf", "Residency": "Pinned", "IdleTimeout": 5, "Cost": {"Model": "Tiered"}, "Objectives": {"LatencySeconds": -1}},
                "four": {"8b": {"Path": "a.gguf"}},
                "five": {"Path": "a.gguf", "Cost": {"Model": "Tiered", "Tiers": [{"PromptPer1000": 1}, {"UpTo": 5}]}},
                "six": {"Path": {"x": 1}, "Cost": {"Model": "Dynamic"}},
                "seven": "a.gguf",
                "eight": {"Path": "a.gguf", "KvTypeV": "Q4_0", "FlashAttention": "off"}
              }
            }
            """,
            "--model", "x");
        string[] expected =
        [
            "--model (RYOT_MODEL, Ryot:Model): Ryot:Models names the models already", "There is no setting Ryot:Objektives. Did you mean Ryot:Objectives?",
            "Ryot:MemoryBudget): 'much' is no amount of memory", "Ryot:DetailSampling): 0 is not from 1", "ryot_queue_depth is a gauge", "'x' must look like",
            "Ryot:KvTypeK): 'Q9' is none of F16", "Ryot:Cost:Model: 'Cheap' is none of FixedRate, Tiered, Dynamic", "Ryot:Cost:PromptPer1000: -1 is not from 0",
            "Ryot:Tenants:Source: 'dns' is none of Header, ApiKey", "Ryot:Tenants:Max: 0 is not from 1", "'a b' is no name of a header", "2 names have the same key",
            "this key is a client's too", "There is no setting Ryot:Models:one:Paht. Did you mean Ryot:Models:one:Path?", "Ryot:Models:one:Path: is missing",
            "Ryot:Models:one:Parallel: 0 is not from 1", "Ryot:Models:one:Residency: 'Sometimes' is none of Pinned, OnStart, OnDemand",
            "Ryot:Models:one:Threads: 'many' is no whole number", "Ryot:Models:two:Path: there is no file", "Ryot:Models:two:Aliases: 'unknown' is what metrics call",
            "Ryot:Models:two:BatchTokens: a pass of 8 tokens", "Ryot:Models:two:KvTypeV: 'Q9' is none of",
            "Ryot:Models:two:FlashAttention: 'no' is none of auto, on, off", "Ryot:Models:eight:FlashAttention: a KV cache that stores values as Q4_0 needs flash attention", "'one' names 2 models",
            "Ryot:Models:three:IdleTimeout: a pinned model never leaves memory", "Ryot:Models:three:Cost:Tiers: is missing",
            "Ryot:Models:three:Objectives:LatencySeconds: -1 is not from 0", "give the model \"Id\": \"four:8b\"", "only the last tier has no UpTo",
            "Ryot:Models:six:Path: must be one value", "Ryot:Models:six:Cost:MachinePricePerHour: is missing", "Ryot:Models:seven: must be an object",
        ];
        foreach (var part in expected)
            Assert.True(problems.Any(problem => problem.Contains(part, StringComparison.Ordinal)), $"Nobody says '{part}', but:\n{string.Join('\n', problems)}");
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("[]")]
    public void No_models_are_a_problem(string models) =>
        Assert.Contains("Ryot:Models: names no model", Assert.Single(Problems($$"""{"Models": {{models}}}""")), StringComparison.Ordinal);

    [Theory]
    [InlineData("8GiB", 8L << 30)]
    [InlineData("500 MB", 500_000_000L)]
    [InlineData("1.5G", 3L << 29)]
    [InlineData("123", 123L)]
    [InlineData("10kib", 10L << 10)]
    [InlineData("0", null)]
    [InlineData("-1GiB", null)]
    [InlineData("8XB", null)]
    [InlineData("1e3", null)]
    [InlineData("99999999999TiB", null)]
    public void Amounts_of_memory(string text, long? bytes)
    {
        Assert.Equal(bytes is not null, ValueText.TryBytes(text, out var value, out var problem));
        Assert.Equal(bytes ?? 0, bytes is null ? 0 : value);
        Assert.Equal(bytes is null, problem.Length > 0);
    }

    private IReadOnlyList<string> Problems(string ryot, params string[] arguments) =>
        Assert.Throws<ConfigurationException>(() => Read(ryot, arguments)).Problems;

    private RyotOptions Read(string ryot, params string[] arguments)
    {
        _file.Write(ryot);
        var configuration = new ConfigurationBuilder().AddJsonFile(_file.Path).Build();
        var values = new SettingValues(CommandLine.Parse(["--config", _file.Path, .. arguments]), _ => null, configuration);
        return OptionsReader.Read(values, configuration, AppContext.BaseDirectory, isRunning: true);
    }
}
