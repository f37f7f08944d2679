namespace Ryot.Server.Configuration;

/// <summary>What models may be called.</summary>
internal static class ModelNames
{
    /// <summary>What is wrong with a name, or null.</summary>
    public static string? Check(string name) => name switch
    {
        { Length: 0 or > 128 } => $"'{name}' must have 1 to 128 characters and no spaces",
        _ when name.Any(character => char.IsControl(character) || char.IsWhiteSpace(character)) => $"'{name}' must have 1 to 128 characters and no spaces",
        Ryot.Metrics.RyotMetrics.UnknownModel => "'unknown' is what metrics call models that do not exist; choose another name",
        _ => null,
    };
}
