using System.Text;

namespace Ryot.Metrics.Tests;

/// <summary>Scrapes a registry in the ways that tests look at it.</summary>
internal static class Scrapes
{
    internal static async Task<byte[]> BytesAsync(this MetricRegistry registry, ExpositionFormat format, bool gzip = false)
    {
        using var stream = new MemoryStream();
        await registry.WriteAsync(stream, format, gzip, TestContext.Current.CancellationToken);
        return stream.ToArray();
    }

    internal static async Task<string> TextAsync(this MetricRegistry registry, ExpositionFormat format = ExpositionFormat.PrometheusText)
        => Encoding.UTF8.GetString(await registry.BytesAsync(format));

    internal static async Task<Snapshot> ScrapeAsync(this MetricRegistry registry)
        => new(TextParser.Parse(await registry.TextAsync()));

    internal static async Task<IReadOnlyList<Wire.MetricFamily>> ProtobufAsync(this MetricRegistry registry)
    {
        var families = new List<Wire.MetricFamily>();
        using var stream = new MemoryStream(await registry.BytesAsync(ExpositionFormat.Protobuf));
        while (stream.Position < stream.Length)
            families.Add(Wire.MetricFamily.Parser.ParseDelimitedFrom(stream));
        return families;
    }
}

/// <summary>The samples of one scrape.</summary>
internal sealed class Snapshot(IReadOnlyList<Sample> samples)
{
    internal IReadOnlyList<Sample> Samples => samples;

    /// <summary>The sum of all samples of a name whose labels have the values given.</summary>
    internal double Sum(string name, params (string Label, string Value)[] where)
        => Matching(name, where).Sum(sample => sample.Value);

    /// <summary>The one sample of a name whose labels have the values given.</summary>
    internal double One(string name, params (string Label, string Value)[] where)
        => Assert.Single(Matching(name, where)).Value;

    internal IEnumerable<Sample> Matching(string name, params (string Label, string Value)[] where)
        => samples.Where(sample => sample.Name == name
            && where.All(pair => sample.Labels.GetValueOrDefault(pair.Label, "") == pair.Value));

    internal IReadOnlyDictionary<string, double> ByIdentity() => samples.ToDictionary(sample => sample.Identity, sample => sample.Value);
}
