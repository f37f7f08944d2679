using System.Globalization;

namespace Ryot.Server.Configuration;

/// <summary>Reads how metrics are recorded.</summary>
/// <param name="values">The configured values.</param>
/// <param name="configuration">Where the tenants are.</param>
internal sealed class MetricsReader(SettingValues values, IConfiguration configuration)
{
    /// <summary>Whose requests are.</summary>
    public const string TenantsKey = Settings.Section + ":Tenants";

    /// <summary>Adds what was configured to the server's options, and finds what is wrong with it.</summary>
    public RyotOptions Read(RyotOptions options)
    {
        var read = options with
        {
            MetricBounds = ReadPairs(Settings.MetricBounds, "ryot_ttft_latency_seconds=0.01,0.1,1", "must be numbers with commas between them", ParseBounds),
            AggregatedLabels = ReadAggregatedLabels(),
            DetailSampling = (int)values.Integer(Settings.DetailSampling, 1, 1, 1_000_000),
            BatchedUpdates = !values.Flag(Settings.NoBatchedUpdates),
            Tenants = ReadTenants(),
        };
        foreach (var problem in read.CreateMetricsOptions().Validate())
            Add(problem.TrimEnd('.'));
        return read;
    }

    private void Add(string problem)
    {
        var colon = problem.IndexOf(": ", StringComparison.Ordinal);
        var what = problem[(colon + 2)..];
        switch (problem[..Math.Max(0, colon)])
        {
            case "Bounds":
                values.Problem(Settings.MetricBounds, what);
                break;
            case "AggregatedLabels":
                values.Problem(Settings.AggregateLabel, what);
                break;
            case "Tenants":
                values.Problems.Add($"{TenantsKey}: {what}.");
                break;
            default:
                values.Problems.Add(problem + ".");
                break;
        }
    }

    private Dictionary<string, string[]> ReadAggregatedLabels()
    {
        var labels = new Dictionary<string, string[]>(StringComparer.Ordinal);
        foreach (var entry in values.List(Settings.AggregateLabel))
        {
            var equals = entry.IndexOf('=', StringComparison.Ordinal);
            if (equals < 1)
                values.Problem(Settings.AggregateLabel, $"'{entry}' must look like ryot_inference_latency_seconds=batch_size");
            else
                labels[entry[..equals].Trim()] = [.. labels.GetValueOrDefault(entry[..equals].Trim(), []), entry[(equals + 1)..].Trim()];
        }
        return labels;
    }

    private Dictionary<string, T> ReadPairs<T>(Setting setting, string example, string what, Func<string, T?> parse)
        where T : class
    {
        var pairs = new Dictionary<string, T>(StringComparer.Ordinal);
        foreach (var entry in values.List(setting))
        {
            var equals = entry.IndexOf('=', StringComparison.Ordinal);
            var name = equals < 0 ? entry : entry[..equals].Trim();
            if (equals < 0)
                values.Problem(setting, $"'{entry}' must look like {example}");
            else if (parse(entry[(equals + 1)..]) is not { } value)
                values.Problem(setting, $"'{entry[(equals + 1)..]}' {what}");
            else if (!pairs.TryAdd(name, value))
                values.Problem(setting, $"{name} is given twice");
        }
        return pairs;
    }

    private TenantSettings? ReadTenants()
    {
        var reader = new SectionReader(configuration.GetSection(TenantsKey), values.Problems);
        if (!reader.Exists)
            return null;
        var tenants = new TenantSettings
        {
            Source = reader.Name("Source", TenantSource.Header),
            Header = reader.Text("Header") ?? new TenantSettings().Header,
            Allowed = reader.List("Allowed"),
            Max = (int)reader.Integer("Max", 50, 1, 100_000),
        };
        if (tenants.Header.Any(character => !char.IsAsciiLetterOrDigit(character) && character is not ('-' or '_')))
            reader.Problem("Header", $"'{tenants.Header}' is no name of a header");
        reader.FindUnknownKeys();
        return tenants;
    }

    private static double[]? ParseBounds(string text)
    {
        var numbers = new List<double>();
        foreach (var part in text.Split(',', StringSplitOptions.TrimEntries))
        {
            if (!double.TryParse(part, NumberStyles.Float, CultureInfo.InvariantCulture, out var number))
                return null;
            numbers.Add(number);
        }
        return [.. numbers];
    }
}
