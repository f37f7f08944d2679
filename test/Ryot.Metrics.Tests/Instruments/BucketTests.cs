using CsCheck;

namespace Ryot.Metrics.Tests;

public sealed class BucketTests
{
    private static readonly double[] _bounds = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

    [Fact]
    public async Task A_bound_belongs_to_its_bucket_and_what_is_a_little_more_to_the_next()
    {
        foreach (var bound in _bounds)
        {
            var below = await CumulativeAsync(Math.BitDecrement(bound));
            var at = await CumulativeAsync(bound);
            var above = await CumulativeAsync(Math.BitIncrement(bound));
            Assert.Equal(1, below[bound]);
            Assert.Equal(1, at[bound]);
            Assert.Equal(0, above[bound]);
            Assert.Equal(1, above[double.PositiveInfinity]);
        }
    }

    [Fact]
    public void Any_value_counts_in_exactly_the_buckets_whose_bound_it_does_not_exceed()
        => Values().Sample(value =>
        {
            var cumulative = CumulativeAsync(value).GetAwaiter().GetResult();
            foreach (var (bound, count) in cumulative)
                Assert.Equal(value <= bound ? 1 : 0, count);
        });

    [Fact]
    public void Any_value_is_in_the_native_bucket_that_logarithms_say()
        => Values().Sample(value =>
        {
            var (histogram, buckets) = NativeAsync(value).GetAwaiter().GetResult();
            Assert.Equal(3, histogram.Schema);
            if (value <= histogram.ZeroThreshold)
            {
                Assert.Equal(1ul, histogram.ZeroCount);
                Assert.Empty(buckets);
                return;
            }

            // Bucket i holds what is above 2^((i-1)/8) and up to 2^(i/8); rounding decides within a few units in the last place.
            var exact = Math.Log2(value) * 8;
            var (index, count) = Assert.Single(buckets);
            Assert.Equal(1, count);
            Assert.InRange(index, Bucket(exact - 1e-9), Bucket(exact + 1e-9));
        });

    /// <summary>Ten doublings above the greatest bound, which is below 2^5, one bucket takes the rest.</summary>
    private static int Bucket(double exact) => Math.Min((int)Math.Ceiling(exact), (15 * 8) + 1);

    [Fact]
    public async Task Powers_of_two_are_the_upper_ends_of_native_buckets()
    {
        for (var power = -6; power <= 6; power++)
        {
            Assert.Equal(power * 8, Assert.Single((await NativeAsync(Math.ScaleB(1, power))).Buckets).Key);
            Assert.Equal((power * 8) + 1, Assert.Single((await NativeAsync(Math.BitIncrement(Math.ScaleB(1, power)))).Buckets).Key);
        }
    }

    [Fact]
    public async Task What_is_beyond_the_native_range_stays_in_one_bucket_above_it()
    {
        var (_, huge) = await NativeAsync(double.MaxValue);
        var (_, large) = await NativeAsync(1e6);
        Assert.Equal(Assert.Single(huge).Key, Assert.Single(large).Key);
    }

    [Fact]
    public void Native_and_classic_buckets_count_the_same_observations()
        => Values().Array[1, 200].Sample(values =>
        {
            var (histogram, buckets) = NativeAsync(values).GetAwaiter().GetResult();
            var count = (ulong)values.Length;
            Assert.Equal(count, histogram.SampleCount);
            Assert.Equal(count, histogram.Bucket[^1].CumulativeCount);
            Assert.Equal(count, (ulong)buckets.Values.Sum() + histogram.ZeroCount);
            foreach (var bucket in histogram.Bucket)
                Assert.Equal((ulong)values.Count(value => value <= bucket.UpperBound), bucket.CumulativeCount);
        }, iter: 200);

    /// <summary>Values around everything that matters: bounds, native bounds, tiny, huge, zero.</summary>
    private static Gen<double> Values() => Gen.OneOf(
        Gen.Double[0, 40],
        Gen.Int[0, _bounds.Length - 1].Select(index => _bounds[index]),
        Gen.Int[-200, 120].Select(index => Math.Pow(2, index / 8d)),
        Gen.Int[-60, 40].Select(Gen.Double[0.5, 1], (power, mantissa) => Math.ScaleB(mantissa, power)),
        Gen.Const(0d));

    private static MetricRegistry Observe(params double[] values)
    {
        var registry = new MetricRegistry();
        var histogram = registry.AddHistogram(new("h", MetricType.Histogram, "h") { Bounds = _bounds }).WithLabels();
        foreach (var value in values)
            histogram.Observe(value);
        return registry;
    }

    private static async Task<Dictionary<double, double>> CumulativeAsync(double value)
    {
        var snapshot = await Observe(value).ScrapeAsync();
        return snapshot.Matching("h_bucket").ToDictionary(
            sample => sample.Labels["le"] == "+Inf" ? double.PositiveInfinity : double.Parse(sample.Labels["le"]),
            sample => sample.Value);
    }

    private static async Task<(Wire.Histogram Histogram, Dictionary<int, long> Buckets)> NativeAsync(params double[] values)
    {
        var histogram = Assert.Single(Assert.Single(await Observe(values).ProtobufAsync()).Metric).Histogram;
        return (histogram, Native.Buckets(histogram));
    }
}
