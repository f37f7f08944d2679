using Ryot.Engine.Models;

namespace Ryot.Server.Configuration;

/// <summary>Reads section <c>Ryot:Models</c>: an object whose keys are the models' names, or an array.</summary>
/// <param name="configuration">The configuration.</param>
/// <param name="defaults">What models have that say nothing themselves.</param>
/// <param name="folder">The folder that relative paths start from.</param>
/// <param name="problems">Where problems are added.</param>
internal sealed class ModelsReader(IConfiguration configuration, ModelOptions defaults, string folder, List<string> problems)
{
    public const string Key = Settings.Section + ":Models";

    private const int MaxTokens = 1 << 28;

    /// <summary>Whether the section is there.</summary>
    public static bool IsGiven(IConfiguration configuration) =>
        configuration.GetSection(Settings.Section).GetChildren().Any(child => child.Path.Equals(Key, StringComparison.OrdinalIgnoreCase));

    public IReadOnlyList<ModelOptions> Read()
    {
        var entries = configuration.GetSection(Key).GetChildren().ToList();
        if (entries.Count == 0)
            problems.Add($"{Key}: names no model. It is an object such as {{\"llama\": {{\"Path\": \"llama.gguf\"}}}}.");
        var isArray = entries.TrueForAll(entry => entry.Key.All(char.IsAsciiDigit));
        var models = entries.ConvertAll(entry => Read(entry, isArray));
        FindNamesTwice(models);
        return models;
    }

    private ModelOptions Read(IConfigurationSection section, bool isArray)
    {
        var reader = new SectionReader(section, problems);
        var path = reader.Text("Path");
        if (path is null)
            reader.Problem("Path", "is missing: it names the model's GGUF file");
        else
            path = Path.Combine(folder, path);
        if (path is not null && !File.Exists(path))
            reader.Problem("Path", Directory.Exists(path) ? $"'{path}' is a folder; name the GGUF file in it" : $"there is no file '{path}'");
        var id = isArray ? reader.Text("Id") ?? Path.GetFileNameWithoutExtension(path) ?? "" : section.Key;
        var model = defaults with
        {
            Id = id,
            Path = path ?? "",
            Aliases = reader.List("Aliases"),
            ChatTemplate = reader.Text("ChatTemplate"),
            ContextLength = (int)reader.Integer("ContextLength", defaults.ContextLength, 0, MaxTokens),
            MaxSequences = (int)reader.Integer("Parallel", defaults.MaxSequences, 1, 256),
            BatchTokens = (int)reader.Integer("BatchTokens", defaults.BatchTokens, 1, MaxTokens),
            MicroBatchTokens = (int)reader.Integer("MicroBatchTokens", defaults.MicroBatchTokens, 0, MaxTokens),
            Threads = (int)reader.Integer("Threads", defaults.Threads, 0, 1024),
            GpuLayers = (int)reader.Integer("GpuLayers", defaults.GpuLayers, -1, 100_000),
            AllowFewerGpuLayers = reader.Flag("AllowFewerGpuLayers", defaults.AllowFewerGpuLayers),
            KvTypeK = reader.KvType("KvTypeK", defaults.KvTypeK),
            KvTypeV = reader.KvType("KvTypeV", defaults.KvTypeV),
            FlashAttention = reader.FlashAttention("FlashAttention", defaults.FlashAttention),
            PrefixCache = reader.Flag("PrefixCache", defaults.PrefixCache),
            PrefixCacheTokens = (int)reader.Integer("PrefixCacheTokens", defaults.PrefixCacheTokens, 0, MaxTokens),
            ProfileEvery = (int)reader.Integer("ProfileEvery", defaults.ProfileEvery, 0, 1_000_000_000),
            QueueLimit = (int)reader.Integer("QueueLimit", defaults.QueueLimit, 1, 1_000_000),
            Residency = reader.Name("Residency", defaults.Residency),
            ResidencyPriority = (int)reader.Integer("ResidencyPriority", defaults.ResidencyPriority, -1000, 1000),
            IdleTimeout = ReadIdleTimeout(reader),
            Cost = RatesReader.ReadCost(reader.Object("Cost"), defaults.Cost),
            Objectives = RatesReader.ReadObjectives(reader.Object("Objectives"), defaults.Objectives),
        };
        Check(reader, model, isArray);
        reader.FindUnknownKeys();
        FindColons(section);
        return model;
    }

    private TimeSpan? ReadIdleTimeout(SectionReader reader)
    {
        var timeout = reader.Seconds("IdleTimeout", defaults.IdleTimeout ?? TimeSpan.Zero, 0);
        return timeout == TimeSpan.Zero ? null : timeout;
    }

    private static void Check(SectionReader reader, ModelOptions model, bool isArray)
    {
        foreach (var name in model.Aliases)
        {
            if (ModelNames.Check(name) is { } problem)
                reader.Problem("Aliases", problem);
        }
        if (model.Id.Length > 0 && ModelNames.Check(model.Id) is { } wrong)
            reader.Problem(isArray ? "Id" : "", wrong);
        if (model.BatchTokens < model.MaxSequences)
        {
            reader.Problem(
                "BatchTokens", $"a pass of {model.BatchTokens} tokens cannot hold one of each of the {model.MaxSequences} sequences of Parallel");
        }
        if (FlashAttentionNames.Check(model) is { } conflict)
            reader.Problem("FlashAttention", conflict);
        if (model.Residency == ResidencyMode.Pinned && reader.Text("IdleTimeout") is not (null or "0"))
            reader.Problem("IdleTimeout", "a pinned model never leaves memory; give it another Residency, or no IdleTimeout");
    }

    /// <summary>Configuration takes a colon in a key for the end of a level, so a model named with one looks like an object in another.</summary>
    private void FindColons(IConfigurationSection section)
    {
        foreach (var child in section.GetChildren().Where(child => child["Path"] is not null))
        {
            problems.Add(
                $"{child.Path}: a name with a colon cannot be a key. Make {Key} an array and give the model \"Id\": \"{section.Key}:{child.Key}\".");
        }
    }

    private void FindNamesTwice(IReadOnlyList<ModelOptions> models)
    {
        var names = models.SelectMany(model => model.Aliases.Prepend(model.Id)).Where(name => name.Length > 0);
        foreach (var twice in names.CountBy(name => name).Where(pair => pair.Value > 1))
            problems.Add($"{Key}: '{twice.Key}' names {twice.Value} models; every name and alias must be another.");
    }
}
