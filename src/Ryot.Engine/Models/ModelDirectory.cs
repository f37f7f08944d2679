namespace Ryot.Engine.Models;

/// <summary>The models of one configuration, by name. Never changes: a new configuration has a new one.</summary>
internal sealed class ModelDirectory
{
    private readonly Dictionary<string, ModelHost> _byName = new(StringComparer.Ordinal);

    public ModelDirectory(IReadOnlyList<ModelHost> models)
    {
        Models = models;
        foreach (var model in models)
        {
            foreach (var name in Names(model.Options))
                _byName.Add(name, model);
        }
    }

    public IReadOnlyList<ModelHost> Models { get; }

    public ModelHost? Find(string name) => _byName.GetValueOrDefault(name);

    /// <exception cref="ArgumentException">Two models share a name.</exception>
    public static void CheckNames(IEnumerable<ModelOptions> models)
    {
        if (models.SelectMany(Names).CountBy(name => name).FirstOrDefault(pair => pair.Value > 1).Key is { } name)
            throw new ArgumentException($"Two models are called '{name}'.", nameof(models));
    }

    private static IEnumerable<string> Names(ModelOptions options) => options.Aliases.Prepend(options.Id);
}
