using System.Collections.Frozen;
using Ryot.Server.Api.Parsing;

namespace Ryot.Server.Api.OpenAi;

/// <summary>What both OpenAI routes read about the number of answers and how they are delivered.</summary>
internal static class StreamParameters
{
    private const int MaxCount = 128;

    private static readonly FrozenSet<string> _knownOptions =
        FrozenSet.Create(StringComparer.Ordinal, "include_usage", "include_obfuscation");

    public static int ReadCount(in RequestObject body) => (int)(body.Integer("n", 1, MaxCount) ?? 1);

    public static bool ReadIncludeUsage(in RequestObject body, bool stream)
    {
        if (!body.TryGet("stream_options", out var value))
            return false;
        var options = RequestObject.Of(value, "stream_options");
        if (!stream)
            throw body.Error("stream_options", "'stream_options' needs 'stream' to be true.", "invalid_value");
        options.RefuseUnknown(_knownOptions);
        options.Boolean("include_obfuscation");
        return options.Boolean("include_usage") ?? false;
    }
}
