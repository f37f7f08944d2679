namespace Ryot.Metrics.Tests;

/// <summary>Reads the sparse buckets of a native histogram.</summary>
internal static class Native
{
    /// <summary>The filled buckets by index.</summary>
    internal static Dictionary<int, long> Buckets(Wire.Histogram histogram)
    {
        var buckets = new Dictionary<int, long>();
        var delta = 0;
        var index = 0;
        long count = 0;
        foreach (var span in histogram.PositiveSpan)
        {
            index += span.Offset;
            for (var position = 0; position < span.Length; position++, index++)
            {
                count += histogram.PositiveDelta[delta++];
                Assert.True(count >= 0);
                if (count > 0)
                    buckets.Add(index, count);
            }
        }

        Assert.Equal(histogram.PositiveDelta.Count, delta);
        return buckets;
    }
}
