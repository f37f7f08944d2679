namespace Ryot.Metrics.Tests;

public sealed class RegistryTests
{
    private readonly MetricRegistry _registry = new();

    [Fact]
    public void The_same_labels_give_the_same_series()
    {
        var family = _registry.AddCounter(new("c_total", MetricType.Counter, "c", new LabelDescriptor("a"), new LabelDescriptor("b")));
        Assert.Same(family.WithLabels("x", "y"), family.WithLabels("x", "y"));
        Assert.NotSame(family.WithLabels("x", "y"), family.WithLabels("y", "x"));
        // Not the same text by accident: quotes are escaped.
        Assert.NotSame(family.WithLabels("x\",b=\"y", ""), family.WithLabels("x", "y"));
    }

    [Fact]
    public void A_wrong_number_of_label_values_is_refused_with_the_names()
    {
        var family = _registry.AddGauge(new("g", MetricType.Gauge, "g", new LabelDescriptor("a"), new LabelDescriptor("b")));
        var refused = Assert.Throws<ArgumentException>(() => family.WithLabels("x"));
        Assert.Contains("g has 2 labels (a, b), but 1 values were given", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("1st", "a")]
    [InlineData("with space", "a")]
    [InlineData("", "a")]
    [InlineData("ok", "le")]
    [InlineData("ok", "quantile")]
    [InlineData("ok", "__name__")]
    [InlineData("ok", "with-dash")]
    public void Invalid_names_are_refused(string name, string label)
        => Assert.Throws<ArgumentException>(() => _registry.AddCounter(new(name, MetricType.Counter, "c", new LabelDescriptor(label))));

    [Fact]
    public void A_name_is_taken_once_and_kinds_must_fit()
    {
        _registry.AddCounter(new("c_total", MetricType.Counter, "c"));
        Assert.Throws<ArgumentException>(() => _registry.AddCounter(new("c_total", MetricType.Counter, "c")));
        Assert.Throws<ArgumentException>(() => _registry.AddGauge(new("d_total", MetricType.Counter, "c")));
        Assert.Throws<ArgumentException>(() => _registry.AddCounter(new("e_total", MetricType.Counter, "c", new LabelDescriptor("a"), new LabelDescriptor("a"))));
        Assert.Throws<ArgumentException>(() => _registry.AddHistogram(new("h", MetricType.Histogram, "h")));
        var gauges = _registry.AddGauge(new("g", MetricType.Gauge, "g"));
        gauges.Level();
        Assert.Throws<InvalidOperationException>(() => gauges.WithLabels());
        Assert.Throws<InvalidOperationException>(() => gauges.Compute(() => 1));
    }

    [Fact]
    public async Task Removed_series_are_gone_and_their_handles_harmless()
    {
        var family = _registry.AddCounter(new("c_total", MetricType.Counter, "c", new LabelDescriptor("a"), new LabelDescriptor("b")));
        var removed = family.WithLabels("x", "1");
        family.WithLabels("x", "2");
        family.WithLabels("y", "1");
        family.WithLabels("z", "1");
        Assert.True(family.Remove("z", "1"));
        Assert.False(family.Remove("z", "1"));
        Assert.Equal(2, _registry.RemoveAll("a", "x"));
        Assert.Equal(0, _registry.RemoveAll("a", "x"));
        Assert.Equal(0, _registry.RemoveAll("no such label", "x"));
        removed.Increment();

        Assert.Equal("y", Assert.Single((await _registry.ScrapeAsync()).Samples).Labels["a"]);
        Assert.Equal(0, family.WithLabels("x", "1").Value);
    }

    [Fact]
    public async Task Series_come_and_go_while_others_scrape()
    {
        var family = _registry.AddCounter(new("c_total", MetricType.Counter, "c", new LabelDescriptor("a")));
        family.WithLabels("always").Increment();
        var churn = Task.Run(
            () =>
            {
                for (var round = 0; round < 2000; round++)
                {
                    family.WithLabels($"{round % 7}").Increment();
                    family.Remove($"{(round + 3) % 7}");
                }
            },
            TestContext.Current.CancellationToken);
        while (!churn.IsCompleted)
            Assert.Equal(1, (await _registry.ScrapeAsync()).One("c_total", ("a", "always")));
        await churn;
    }
}
