using Ryot.Engine.Devices;
using Ryot.Engine.Models;
using Ryot.LlamaCpp;
using Ryot.Metrics;

namespace Ryot.Server.Configuration;

/// <summary>Makes options from what was configured, and finds everything that is wrong with it.</summary>
internal sealed class OptionsReader
{
    private const string DefaultModel = "models/ryot-tiny.gguf";
    private const string CostKey = Settings.Section + ":Cost";
    private const string ObjectivesKey = Settings.Section + ":Objectives";
    private const int MaxTokens = 1 << 28;

    private readonly SettingValues _values;
    private readonly IConfiguration _configuration;
    private readonly string _baseDirectory;
    private readonly string _modelFolder;
    private readonly bool _isRunning;

    private OptionsReader(SettingValues values, IConfiguration configuration, string baseDirectory, bool isRunning)
    {
        _values = values;
        _isRunning = isRunning;
        _configuration = configuration;
        _baseDirectory = baseDirectory;
        var file = values.Text(Settings.Config);
        _modelFolder = file is null ? Environment.CurrentDirectory : Path.GetDirectoryName(Path.GetFullPath(file))!;
    }

    /// <summary>Reads and checks.</summary>
    /// <param name="values">What was configured, setting by setting.</param>
    /// <param name="configuration">What was configured, as sections.</param>
    /// <param name="baseDirectory">Where the program is.</param>
    /// <param name="isRunning">Whether the server runs already, and so has its ports.</param>
    /// <exception cref="ConfigurationException">The server cannot start like this; all problems are told at once.</exception>
    public static RyotOptions Read(SettingValues values, IConfiguration configuration, string baseDirectory, bool isRunning)
    {
        var options = new OptionsReader(values, configuration, baseDirectory, isRunning).Read();
        return values.Problems.Count == 0 ? options : throw new ConfigurationException(values.Problems);
    }

    private RyotOptions Read()
    {
        FindUnknownKeys();
        var urls = ReadAddresses(Settings.Urls, "http://127.0.0.1:8080");
        var metricsUrls = ReadAddresses(Settings.MetricsUrls, null);
        FindConflicts([.. urls, .. metricsUrls]);
        var timeout = _values.Seconds(Settings.Timeout, 300, 0);
        var maxTimeout = _values.Seconds(Settings.MaxTimeout, 3600, 0);
        if (maxTimeout > TimeSpan.Zero && timeout > maxTimeout)
            timeout = maxTimeout;
        var keys = new KeysReader(_values, _configuration);
        var apiKeys = keys.ReadApiKeys(urls);
        var models = ReadModels();
        var options = new RyotOptions
        {
            Models = models,
            Residency = ReadResidency(),
            Urls = urls,
            MetricsUrls = metricsUrls,
            MaxSequencesPerRequest = (int)_values.Integer(Settings.MaxSequencesPerRequest, 256, 1, 65536),
            Timeout = timeout == TimeSpan.Zero ? null : timeout,
            MaxTimeout = maxTimeout == TimeSpan.Zero ? null : maxTimeout,
            StopTimeout = _values.Seconds(Settings.StopTimeout, 30, 0),
            SlowClientTimeout = _values.Seconds(Settings.SlowClientTimeout, 30, 0.1),
            StallTimeout = _values.Seconds(Settings.StallTimeout, 30, 0.1),
            MaxBodyBytes = _values.Integer(Settings.MaxBodyBytes, 16 << 20, 1024, int.MaxValue / 2),
            ApiKeys = apiKeys,
            AdminKeys = keys.ReadAdminKeys(apiKeys),
            CostLedger = ReadCostLedger(models),
            CostInResponse = _values.Flag(Settings.CostInResponse),
            LlamaCppDirectory = ReadDirectory(Settings.LlamaCpp),
            Devices = ReadDevices(),
        };
        return new MetricsReader(_values, _configuration).Read(options);
    }

    /// <summary>The ledger's file, which tiered rates need: without it every restart would begin the month anew.</summary>
    private string? ReadCostLedger(IReadOnlyList<ModelOptions> models)
    {
        var path = _values.Text(Settings.CostLedger);
        if (path is null && models.FirstOrDefault(model => model.Cost.Model == CostModelKind.Tiered) is { } tiered)
            _values.Problem(Settings.CostLedger, $"model '{tiered.Id}' has tiered rates, which need a file to keep their volumes in");
        else if (path is not null && Path.GetDirectoryName(Path.GetFullPath(path)) is { } folder && !Directory.Exists(folder))
            _values.Problem(Settings.CostLedger, $"there is no folder '{folder}' to make the ledger in");
        return path;
    }

    private IReadOnlyList<ModelOptions> ReadModels()
    {
        if (!ModelsReader.IsGiven(_configuration))
            return [ReadModel()];
        foreach (var setting in (Setting[])[Settings.Model, Settings.ModelId, Settings.Alias, Settings.ChatTemplate])
        {
            if (_values.Text(setting) is not null || _values.List(setting).Count > 0)
                _values.Problem(setting, $"{ModelsReader.Key} names the models already; give only one of both");
        }
        return new ModelsReader(_configuration, ReadModelDefaults(), _modelFolder, _values.Problems).Read();
    }

    private ModelOptions ReadModel()
    {
        var configured = _values.Text(Settings.Model);
        var path = configured ?? Path.Combine(_baseDirectory, DefaultModel);
        if (!File.Exists(path))
        {
            _values.Problem(Settings.Model, configured is null
                ? $"no model is configured, and the one that comes with the program is not there ({path})"
                : Directory.Exists(path) ? $"'{path}' is a folder; name the GGUF file in it" : $"there is no file '{path}'");
        }
        var id = _values.Text(Settings.ModelId) ?? Path.GetFileNameWithoutExtension(path);
        var aliases = _values.List(Settings.Alias);
        CheckName(Settings.ModelId, id);
        foreach (var alias in aliases)
            CheckName(Settings.Alias, alias);
        foreach (var twice in aliases.Prepend(id).CountBy(name => name).Where(pair => pair.Value > 1))
            _values.Problem(Settings.Alias, $"'{twice.Key}' names the model twice");
        var model = ReadModelDefaults() with { Id = id, Path = path, Aliases = aliases, ChatTemplate = _values.Text(Settings.ChatTemplate) };
        if (FlashAttentionNames.Check(model) is { } problem)
            _values.Problem(Settings.FlashAttention, problem);
        return model;
    }

    /// <summary>What is configured for the one model, or for every model that says nothing else.</summary>
    private ModelOptions ReadModelDefaults()
    {
        var idleTimeout = _values.Seconds(Settings.IdleTimeout, 0, 0);
        return new ModelOptions
        {
            Id = "",
            Path = "",
            ContextLength = (int)_values.Integer(Settings.ContextLength, 0, 0, MaxTokens),
            MaxSequences = (int)_values.Integer(Settings.Parallel, 16, 1, 256),
            BatchTokens = ReadBatchTokens(),
            MicroBatchTokens = (int)_values.Integer(Settings.MicroBatchTokens, 0, 0, MaxTokens),
            Threads = (int)_values.Integer(Settings.Threads, 0, 0, 1024),
            PrefixCache = !_values.Flag(Settings.NoPrefixCache),
            PrefixCacheTokens = (int)_values.Integer(Settings.PrefixCacheTokens, 0, 0, MaxTokens),
            GpuLayers = (int)_values.Integer(Settings.GpuLayers, -1, -1, 100_000),
            AllowFewerGpuLayers = _values.Flag(Settings.AllowFewerGpuLayers),
            KvTypeK = ReadKvType(Settings.KvTypeK),
            KvTypeV = ReadKvType(Settings.KvTypeV),
            FlashAttention = ReadFlashAttention(),
            ProfileEvery = (int)_values.Integer(Settings.ProfileEvery, new ModelOptions { Id = "", Path = "" }.ProfileEvery, 0, 1_000_000_000),
            QueueLimit = (int)_values.Integer(Settings.QueueLimit, 256, 1, 1_000_000),
            Cost = RatesReader.ReadCost(Section(CostKey), new CostOptions()),
            Objectives = RatesReader.ReadObjectives(Section(ObjectivesKey), new ServiceObjectives()),
            IdleTimeout = idleTimeout == TimeSpan.Zero ? null : idleTimeout,
        };
    }

    private SectionReader Section(string key) => new(_configuration.GetSection(key), _values.Problems);

    private GgmlType ReadKvType(Setting setting)
    {
        if (_values.Text(setting) is not { } text)
            return GgmlType.F16;
        if (!KvTypes.TryParse(text, out var type, out var problem))
            _values.Problem(setting, problem);
        return type;
    }

    private FlashAttention ReadFlashAttention()
    {
        if (_values.Text(Settings.FlashAttention) is not { } text)
            return FlashAttention.Auto;
        if (!FlashAttentionNames.TryParse(text, out var when, out var problem))
            _values.Problem(Settings.FlashAttention, problem);
        return when;
    }

    private ResidencyOptions ReadResidency()
    {
        var budget = new Dictionary<string, long>();
        foreach (var entry in _values.List(Settings.MemoryBudget))
        {
            var equals = entry.IndexOf('=', StringComparison.Ordinal);
            var device = equals < 0 ? MemoryEstimate.Cpu : entry[..equals].Trim().ToLowerInvariant();
            if (device is not (MemoryEstimate.Cpu or MemoryEstimate.Gpu))
                _values.Problem(Settings.MemoryBudget, $"'{device}' is neither {MemoryEstimate.Cpu} nor {MemoryEstimate.Gpu}");
            else if (!ValueText.TryBytes(entry[(equals + 1)..], out var bytes, out var problem))
                _values.Problem(Settings.MemoryBudget, problem);
            else if (!budget.TryAdd(device, bytes))
                _values.Problem(Settings.MemoryBudget, $"{device} is given twice");
        }
        return new ResidencyOptions { MemoryBudget = budget, EvictionPatience = _values.Seconds(Settings.EvictionPatience, 5, 0) };
    }

    private int ReadBatchTokens()
    {
        var batchTokens = _values.Integer(Settings.BatchTokens, 512, 1, MaxTokens);
        var parallel = _values.Integer(Settings.Parallel, 16, 1, 256);
        if (batchTokens < parallel)
        {
            _values.Problem(
                Settings.BatchTokens,
                $"a pass of {batchTokens} tokens cannot hold one of each of the {parallel} sequences of {Settings.Parallel.Switch}");
        }
        return (int)batchTokens;
    }

    private void CheckName(Setting setting, string name)
    {
        if (ModelNames.Check(name) is { } problem)
            _values.Problem(setting, problem);
    }

    private List<ListenAddress> ReadAddresses(Setting setting, string? otherwise)
    {
        var urls = _values.List(setting);
        if (urls.Count == 0 && otherwise is not null)
            urls = [otherwise];
        var addresses = new List<ListenAddress>();
        foreach (var url in urls)
        {
            if (ListenAddress.TryParse(url, out var address) is { } problem)
                _values.Problem(setting, problem.TrimEnd('.'));
            else
                addresses.Add(address!);
        }
        return addresses;
    }

    private void FindConflicts(List<ListenAddress> addresses)
    {
        var taken = new HashSet<(string?, int)>();
        foreach (var address in addresses)
        {
            if (address.Port != 0 && !taken.Add((address.Address?.ToString(), address.Port)))
                _values.Problems.Add($"{address.Url} is named twice; each url needs its own port.");
            else if (!_isRunning && address.FindConflict() is { } problem)
                _values.Problems.Add(problem);
        }
    }

    private string? ReadDirectory(Setting setting)
    {
        var path = _values.Text(setting);
        if (path is not null && !Directory.Exists(path))
            _values.Problem(setting, $"there is no folder '{path}'");
        return path;
    }

    private DeviceSamplerOptions? ReadDevices()
    {
        var interval = _values.Seconds(Settings.DeviceInterval, 5, 0);
        var nvml = _values.Text(Settings.Nvml);
        if (nvml is not null && !File.Exists(nvml))
            _values.Problem(Settings.Nvml, $"there is no file '{nvml}'");
        if (interval > TimeSpan.Zero && interval < TimeSpan.FromSeconds(0.1))
            _values.Problem(Settings.DeviceInterval, "drivers cannot be asked more often than every 0.1 seconds; 0 does not ask at all");
        var options = new DeviceSamplerOptions { Interval = interval, NvmlPath = nvml };
        if (ReadDirectory(Settings.Sysfs) is { } sysfs)
            options = options with { SysfsFolder = sysfs };
        return interval > TimeSpan.Zero ? options : null;
    }

    private void FindUnknownKeys()
    {
        var known = Settings.All.Select(setting => setting.Key).Concat(Settings.Sections).ToList();
        foreach (var child in _configuration.GetSection(Settings.Section).GetChildren())
        {
            if (known.Contains(child.Path, StringComparer.OrdinalIgnoreCase))
                continue;
            var nearest = Similarity.Nearest(child.Path, known);
            _values.Problems.Add($"There is no setting {child.Path}." + (nearest is null ? "" : $" Did you mean {nearest}?"));
        }
    }
}
