using System.Reflection;
using Ryot.Engine.Models;
using Ryot.Server.Configuration;
using Ryot.Server.Tests.Support;
using Ryot.Testing;
using Xunit;

namespace Ryot.Server.Tests;

/// <summary>docs/configuration.md tells of every setting, and its example works.</summary>
public sealed class ConfigurationDocumentTests
{
    private static string Text => File.ReadAllText(RepositoryFiles.Path("docs", "configuration.md"));

    [Fact]
    public void Every_setting_is_in_it()
    {
        var text = Text;
        var missing = Settings.All.SelectMany(setting => (string[])[setting.Switch, $"`{setting.Key[(setting.Key.IndexOf(':', StringComparison.Ordinal) + 1)..]}`"])
            .Concat(Settings.Sections.Select(section => $"`{section[(section.IndexOf(':', StringComparison.Ordinal) + 1)..]}`"))
            .Where(part => !text.Contains(part, StringComparison.Ordinal));
        Assert.Empty(missing);
    }

    [Fact]
    public void Every_setting_of_a_model_is_in_it()
    {
        var text = Text;
        var names = typeof(ModelOptions).GetProperties(BindingFlags.Public | BindingFlags.Instance).Select(property => property.Name)
            .Except(["Id", "PriorityAging"]).Select(name => name == nameof(ModelOptions.MaxSequences) ? "Parallel" : name);
        Assert.DoesNotContain(names, name => !text.Contains($"`{name}`", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Its_example_is_valid_but_for_the_files()
    {
        var text = Text;
        var start = text.IndexOf("```json", StringComparison.Ordinal) + "```json".Length;
        using var file = new ConfigFile("{}");
        file.WriteText(text[start..text.IndexOf("```", start, StringComparison.Ordinal)].Replace("models/llama-8b-q4.gguf", "a.gguf", StringComparison.Ordinal).Replace("models/coder-7b-q8.gguf", "b.gguf", StringComparison.Ordinal));
        await using var server = await TestServer.StartConfiguredAsync(new FakeModelBackend(), file);
        Assert.Equal((ModelStatus.Ready, ModelStatus.NotLoaded), (server.Engine.Find("default")!.Status, server.Engine.Find("coder")!.Status));
        Assert.Null(server.Engine.Find("coder")!.Options.Objectives.TimePerOutputToken);
    }
}
