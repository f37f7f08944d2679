using System.Text;
using System.Text.RegularExpressions;
using Ryot.Metrics;
using Ryot.Testing.Monitoring;
using Xunit;

namespace Ryot.Monitoring.Tests.Prometheus;

/// <summary>What the tests hold for right is what Ryot really exposes.</summary>
public sealed partial class VocabularyTests
{
    [Fact]
    public async Task Everything_that_is_exposed_is_known_with_its_labels_and_values()
    {
        var metrics = new RyotMetrics(TimeProvider.System);
        metrics.AddModel("m", new ModelDescription());
        using var stream = new MemoryStream();
        await metrics.Registry.WriteAsync(stream, ExpositionFormat.PrometheusText, cancellation: TestContext.Current.CancellationToken);
        var series = Encoding.UTF8.GetString(stream.ToArray()).Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Where(line => line[0] != '#').Select(line => ValuePattern().Replace(line, "")).ToList();
        Assert.Contains("ryot_inference_latency_seconds_bucket{model=\"m\",batch_size=\"1\",generation_mode=\"standard\",le=\"1.0\"}", series);
        var vocabulary = new SeriesVocabulary([]);
        Assert.Equal("", string.Join('\n', series.SelectMany(vocabulary.Problems).Distinct()));
    }

    [GeneratedRegex(" [^ ]+$")]
    private static partial Regex ValuePattern();
}
