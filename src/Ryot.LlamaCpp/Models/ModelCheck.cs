namespace Ryot.LlamaCpp;

/// <summary>What must hold before llama.cpp may see a model, and what its refusals mean.</summary>
internal static class ModelCheck
{
    internal static void Verify(GgufHeader header)
    {
        if (string.IsNullOrEmpty(header.Architecture))
        {
            throw Failure(header, ModelLoadFailure.Corrupt, "does not say its architecture (it has no 'general.architecture')");
        }
    }

    internal static ModelLoadException Refused(GgufHeader header, IReadOnlyList<string> log)
    {
        if (log.Any(static line => line.Contains("unknown model architecture", StringComparison.Ordinal)))
        {
            return Failure(
                header,
                ModelLoadFailure.UnknownArchitecture,
                $"has the architecture '{header.Architecture}', which llama.cpp v{LlamaLibrary.RequiredVersion} does not know");
        }

        string reason = log.Count == 0 ? "it gave no reason" : string.Join(" ", log);
        return Failure(header, ModelLoadFailure.Refused, $"was refused by llama.cpp: {reason}");
    }

    private static ModelLoadException Failure(GgufHeader header, ModelLoadFailure reason, string what) =>
        new(header.Path, reason, $"The model file '{header.Path}' {what}.");
}
