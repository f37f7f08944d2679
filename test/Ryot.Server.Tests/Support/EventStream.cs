using System.Text.Json;
using Xunit;

namespace Ryot.Server.Tests.Support;

/// <summary>Reads server-sent events strictly: one <c>data:</c> line each, an empty line after it, and nothing else.</summary>
internal static class EventStream
{
    public static IReadOnlyList<string> Parse(string text)
    {
        if (text.Length == 0)
            return [];
        Assert.EndsWith("\n\n", text, StringComparison.Ordinal);
        Assert.DoesNotContain('\r', text);
        return [.. text[..^2].Split("\n\n").Select(Data)];
    }

    /// <summary>The events' JSON; the last event must be <c>[DONE]</c>.</summary>
    public static IReadOnlyList<JsonElement> Chunks(IReadOnlyList<string> events)
    {
        Assert.Equal("[DONE]", events[^1]);
        return [.. events.Take(events.Count - 1).Select(data => JsonElement.Parse(data))];
    }

    private static string Data(string block)
    {
        Assert.StartsWith("data: ", block, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', block);
        return block["data: ".Length..];
    }
}
