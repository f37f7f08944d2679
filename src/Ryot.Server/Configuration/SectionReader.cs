using Ryot.LlamaCpp;

namespace Ryot.Server.Configuration;

/// <summary>
/// Reads one object of the configuration file. Every problem names the key's full path; keys that nobody asked for are problems too.
/// </summary>
/// <param name="section">The object.</param>
/// <param name="problems">Where problems are added.</param>
internal sealed class SectionReader(IConfigurationSection section, List<string> problems)
{
    private readonly HashSet<string> _known = new(StringComparer.OrdinalIgnoreCase);

    private delegate bool Parse<T>(string text, out T value, out string problem);

    /// <summary>Its full path, for example <c>Ryot:Models:llama</c>.</summary>
    public string Path => section.Path;

    /// <summary>Whether it is there at all.</summary>
    public bool Exists => section.Exists();

    /// <summary>Whether a key is there without a value.</summary>
    public bool IsNull(string key)
    {
        var child = Child(key);
        return string.IsNullOrEmpty(child.Value) && section.GetChildren().Any(other => other.Key.Equals(key, StringComparison.OrdinalIgnoreCase)) && !child.GetChildren().Any();
    }

    public string? Text(string key)
    {
        var child = Child(key);
        if (child.Value is null && child.GetChildren().Any())
            Problem(key, "must be one value, not an object or an array");
        return string.IsNullOrWhiteSpace(child.Value) ? null : child.Value;
    }

    /// <summary>An array of texts, or one text with commas.</summary>
    public IReadOnlyList<string> List(string key)
    {
        var child = Child(key);
        if (!string.IsNullOrWhiteSpace(child.Value))
            return child.Value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        return [.. child.GetChildren().Select(entry => entry.Value).OfType<string>()];
    }

    public long Integer(string key, long otherwise, long min, long max) =>
        Value(key, otherwise, (string text, out long value, out string problem) => ValueText.TryInteger(text, min, max, out value, out problem));

    public double Number(string key, double otherwise, double min, double max) =>
        Value(key, otherwise, (string text, out double value, out string problem) => ValueText.TryNumber(text, min, max, out value, out problem));

    public TimeSpan Seconds(string key, TimeSpan otherwise, double min) =>
        Value(key, otherwise, (string text, out TimeSpan value, out string problem) => ValueText.TrySeconds(text, min, out value, out problem));

    public bool Flag(string key, bool otherwise) => Value<bool>(key, otherwise, ValueText.TryFlag);

    /// <summary>One of an enum's names; <c>api_key</c> and <c>ApiKey</c> are the same.</summary>
    public T Name<T>(string key, T otherwise)
        where T : struct, Enum => Value<T>(key, otherwise, ValueText.TryName);

    public GgmlType KvType(string key, GgmlType otherwise) => Value<GgmlType>(key, otherwise, KvTypes.TryParse);

    public FlashAttention FlashAttention(string key, FlashAttention otherwise) => Value<FlashAttention>(key, otherwise, FlashAttentionNames.TryParse);

    /// <summary>An object inside this one.</summary>
    public SectionReader Object(string key) => new(Child(key), problems);

    /// <summary>The entries of an object or an array inside this one.</summary>
    public IReadOnlyList<SectionReader> Entries(string key) => [.. Child(key).GetChildren().Select(entry => new SectionReader(entry, problems))];

    /// <summary>Adds a problem with a key of this object.</summary>
    public void Problem(string key, string what) => problems.Add($"{Path}:{key}: {what}.");

    /// <summary>Adds a problem for every key that nobody asked for. Call it last.</summary>
    public void FindUnknownKeys()
    {
        if (!string.IsNullOrEmpty(section.Value))
            problems.Add($"{Path}: must be an object, not '{section.Value}'.");
        foreach (var child in section.GetChildren().Where(child => !_known.Contains(child.Key)))
        {
            var nearest = Similarity.Nearest(child.Key, _known);
            problems.Add($"There is no setting {child.Path}." + (nearest is null ? "" : $" Did you mean {Path}:{nearest}?"));
        }
    }

    private IConfigurationSection Child(string key)
    {
        _known.Add(key);
        return section.GetSection(key);
    }

    private T Value<T>(string key, T otherwise, Parse<T> parse)
    {
        if (Text(key) is not { } text)
            return otherwise;
        if (parse(text, out var value, out var problem))
            return value;
        Problem(key, problem);
        return otherwise;
    }
}
