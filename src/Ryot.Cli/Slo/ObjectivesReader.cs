using System.Globalization;
using System.Text.RegularExpressions;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Ryot.Cli.Slo;

/// <summary>Reads a file of objectives and collects all that is wrong with it.</summary>
public sealed partial class ObjectivesReader
{
    private const int LeastDays = 28;
    private const int MostDays = 90;

    private static readonly string[] _rootKeys = ["window", "objectives", "models"];
    private static readonly string[] _kinds = ["requests", "histogram", "gauge"];
    private static readonly string[] _objectiveKeys = ["description", "target", .. _kinds, "threshold", "above", "below"];

    private readonly List<(long Line, string Text)> _problems = [];

    private ObjectivesReader()
    {
    }

    /// <summary>Reads the text of a file of objectives.</summary>
    /// <exception cref="ObjectivesException">It is wrong; all problems are told at once, each with its line and key.</exception>
    public static ObjectiveSet Read(string text)
    {
        var reader = new ObjectivesReader();
        ObjectiveSet? set = null;
        var parser = new Parser(new StringReader(text));
        try
        {
            var stream = new YamlStream();
            stream.Load(parser);
            if (stream.Documents is [{ RootNode: YamlMappingNode root }])
                set = reader.ReadRoot(root);
            else
                reader._problems.Add((1, $"the file must be one mapping with the keys {string.Join(", ", _rootKeys)}"));
        }
        catch (YamlException exception)
        {
            reader._problems.Add((exception.Start.Line, exception.Message));
        }
        catch (InvalidOperationException)
        {
            // Some broken flow mappings bring the scanner itself into a wrong state; where it stopped is all that it tells.
            reader._problems.Add((parser.Current?.End.Line ?? 1, "this is no YAML; a bracket or quote may not be closed"));
        }

        if (reader._problems.Count == 0)
            return set!;
        var problems = reader._problems.Distinct().OrderBy(problem => problem.Line);
        throw new ObjectivesException([.. problems.Select(problem => $"line {problem.Line}: {problem.Text}")]);
    }

    private ObjectiveSet ReadRoot(YamlMappingNode root)
    {
        var keys = ReadKeys(root, "", _rootKeys);
        var window = keys.TryGetValue("window", out var given) ? ReadWindow(given) : Missing(root, "window");
        var defaults = new Dictionary<string, Dictionary<string, Entry>>(StringComparer.Ordinal);
        foreach (var (name, entry) in ReadMapping(keys.GetValueOrDefault("objectives"), root, "objectives"))
        {
            if (!NamePattern().IsMatch(name))
                Add(entry, "a name has small letters, digits and underscores, e.g. latency_p99");
            else if (ReadObjectiveKeys(entry) is { } objective)
                defaults.Add(name, objective);
        }

        var models = keys.TryGetValue("models", out var all) ? ReadModels(all, defaults) : [];
        var objectives = new List<Objective>();
        foreach (var (name, entries) in defaults)
        {
            var others = models.Where(model => model.Value.ContainsKey(name)).ToList();
            AddObjective(name, new ModelScope(null, [.. others.Select(model => model.Key)]), entries);
            foreach (var (model, overrides) in others)
            {
                if (overrides[name] is { } changed)
                    AddObjective(name, new ModelScope(model), Overlay(entries, changed));
            }
        }

        return new ObjectiveSet(window, objectives);

        void AddObjective(string name, ModelScope scope, Dictionary<string, Entry> entries)
        {
            if (ReadObjective(name, scope, entries) is { } objective)
                objectives.Add(objective);
        }
    }

    /// <summary>By model and objective what differs; null for an objective that is off.</summary>
    private Dictionary<string, Dictionary<string, Dictionary<string, Entry>?>> ReadModels(
        Entry all, Dictionary<string, Dictionary<string, Entry>> defaults)
    {
        var models = new Dictionary<string, Dictionary<string, Dictionary<string, Entry>?>>(StringComparer.Ordinal);
        foreach (var (model, entry) in ReadMapping(all, all.Node, "models"))
        {
            var overrides = models[model] = new(StringComparer.Ordinal);
            foreach (var (name, changed) in ReadMapping(entry, entry.Node, entry.Key))
            {
                if (!defaults.ContainsKey(name))
                    Add(changed, $"there is no objective {name}; there are: {string.Join(", ", defaults.Keys)}");
                else if (changed.Node is YamlScalarNode { Value: "off" })
                    overrides.Add(name, null);
                else if (ReadObjectiveKeys(changed) is { } keys)
                    overrides.Add(name, keys);
            }
        }

        return models;
    }

    private static Dictionary<string, Entry> Overlay(Dictionary<string, Entry> entries, Dictionary<string, Entry> changed)
    {
        var result = new Dictionary<string, Entry>(entries, StringComparer.Ordinal);
        // Another kind of indicator takes the place of the old one with all that belongs to it; so does another limit.
        if (_kinds.Any(changed.ContainsKey))
        {
            foreach (var key in _kinds.Concat(["threshold", "above", "below"]))
                result.Remove(key);
        }
        else if (changed.ContainsKey("above") || changed.ContainsKey("below"))
        {
            result.Remove("above");
            result.Remove("below");
        }

        foreach (var (key, entry) in changed)
            result[key] = entry;
        return result;
    }

    private Objective? ReadObjective(string name, ModelScope scope, Dictionary<string, Entry> entries)
    {
        var before = _problems.Count;
        var place = entries.Values.First() with { Key = $"objectives.{name}" };
        var target = entries.TryGetValue("target", out var given) ? ReadTarget(given) : AddMissing(place, "target");
        var description = entries.TryGetValue("description", out var text) ? ReadText(text) : "of what happens is good";
        var kinds = _kinds.Where(entries.ContainsKey).ToList();
        if (kinds.Count != 1)
        {
            var listed = kinds.Count == 0 ? "none" : string.Join(", ", kinds);
            Add(place, $"one of {string.Join(", ", _kinds)} must be given, and no more; given: {listed}");
        }

        Indicator? indicator = kinds is [var kind] ? kind switch
        {
            "requests" => ReadRequests(entries),
            "histogram" => ReadHistogram(entries),
            _ => ReadGauge(entries),
        } : null;
        return _problems.Count == before && indicator is not null ? new Objective(name, scope, description, target, indicator) : null;
    }

    private int ReadWindow(Entry entry)
    {
        var text = ReadText(entry);
        if (WindowPattern().Match(text) is { Success: true } match
            && int.Parse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture) is var days and >= LeastDays and <= MostDays)
            return days;
        Add(entry, $"'{text}' is no window; a window is {LeastDays}d to {MostDays}d, e.g. 30d");
        return 0;
    }

    private decimal ReadTarget(Entry entry)
    {
        if (ReadNumber(entry) is not { } target)
            return 0;
        if (target is < 50 or >= 100)
            Add(entry, $"{PromQl.Number(target)} is no target: percent from 50 to less than 100, since at 100 there would be no error budget");
        return target;
    }

    private decimal? ReadNumber(Entry entry)
    {
        if (entry.Node is YamlScalarNode { Value: { } text }
            && decimal.TryParse(text, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number))
            return number;
        Add(entry, "must be a number");
        return null;
    }

    private string ReadText(Entry entry)
    {
        if (entry.Node is YamlScalarNode { Value: { Length: > 0 } text })
            return text;
        Add(entry, "must be a text");
        return "";
    }

    private Dictionary<string, Entry>? ReadObjectiveKeys(Entry entry)
    {
        if (entry.Node is YamlMappingNode { Children.Count: > 0 } mapping)
            return ReadKeys(mapping, entry.Key + ".", _objectiveKeys);
        Add(entry, $"must be a mapping with keys of: {string.Join(", ", _objectiveKeys)}");
        return null;
    }

    private Dictionary<string, Entry> ReadKeys(YamlMappingNode mapping, string prefix, string[] known)
    {
        var result = new Dictionary<string, Entry>(StringComparer.Ordinal);
        foreach (var (key, node) in mapping.Children)
        {
            var name = (key as YamlScalarNode)?.Value ?? "";
            var entry = new Entry(prefix + name, key.Start.Line, node);
            if (known.Contains(name))
                result.Add(name, entry);
            else
                Add(entry, $"there is no such key; there are: {string.Join(", ", known)}");
        }

        return result;
    }

    private IEnumerable<(string Name, Entry Entry)> ReadMapping(Entry? entry, YamlNode parent, string path)
    {
        if (entry?.Node is YamlMappingNode { Children.Count: > 0 } mapping)
            return mapping.Children.Select(child => ((child.Key as YamlScalarNode)?.Value ?? "", child.Key, child.Value))
                .Select(child => (child.Item1, new Entry($"{path}.{child.Item1}", child.Key.Start.Line, child.Value)));
        Add(entry ?? new Entry(path, parent.Start.Line, parent), entry is null ? "is missing" : "must be a mapping with at least one key");
        return [];
    }

    private int Missing(YamlNode parent, string key)
    {
        Add(new Entry(key, parent.Start.Line, parent), "is missing");
        return 0;
    }

    private decimal AddMissing(Entry place, string key)
    {
        Add(place, $"{key} is missing");
        return 0;
    }

    private void Add(Entry entry, string problem) => _problems.Add((entry.Line, $"{entry.Key}: {problem}"));

    [GeneratedRegex("^[a-z][a-z0-9_]*$")]
    private static partial Regex NamePattern();

    [GeneratedRegex("^([0-9]{1,4})d$")]
    private static partial Regex WindowPattern();

    /// <summary>A value of the file.</summary>
    /// <param name="Key">Its key, with those that lead to it.</param>
    /// <param name="Line">Where that is.</param>
    /// <param name="Node">The value.</param>
    private sealed record Entry(string Key, long Line, YamlNode Node);
}
