using Ryot.Cli.Slo;
using Ryot.Monitoring.Tests.Support;
using Xunit;

namespace Ryot.Monitoring.Tests.Slo;

public sealed class ObjectivesReaderTests
{
    [Fact]
    public void The_shipped_file_has_the_objectives_of_the_service()
    {
        var set = ObjectivesReader.Read(File.ReadAllText(MonitoringFiles.Path("slo", "objectives.yaml")));
        Assert.Equal(30, set.WindowDays);
        Assert.Equal(
            [("latency", 95m), ("latency_p99", 99m), ("ttft", 95m), ("availability", 99.9m), ("token_throughput", 99m), ("memory_headroom", 99m), ("queue_depth", 99m)],
            set.Objectives.Select(objective => (objective.Name, objective.Target)));
        Assert.Equal(new HistogramIndicator("ryot_inference_latency_seconds", 2.5), set.Objectives[1].Indicator);
        Assert.Equal(new RequestsIndicator("availability"), set.Objectives[3].Indicator);
        Assert.Equal(new GaugeIndicator("model:ryot_busy_tokens:rate1m", 100, GoodAbove: true), set.Objectives[4].Indicator);
    }

    [Fact]
    public void A_model_may_differ_or_have_none()
    {
        var set = ObjectivesReader.Read("""
            window: 28d
            objectives:
              latency: { target: 99, histogram: ryot_inference_latency_seconds, threshold: 2.5 }
              ttft: { target: 95, requests: ttft }
              queue: { target: 99, gauge: "model:ryot_requests_waiting:max_5m", below: 50 }
            models:
              large:
                latency: { threshold: 10 }
                ttft: off
              slow:
                ttft: { target: 90 }
                latency: { requests: latency }
                queue: { above: 3 }
            """);
        Assert.Equal(
            [
                "latency ,model!=\"large\",model!=\"slow\" 99 HistogramIndicator { Metric = ryot_inference_latency_seconds, Threshold = 2.5 }",
                "latency ,model=\"large\" 99 HistogramIndicator { Metric = ryot_inference_latency_seconds, Threshold = 10 }",
                "latency ,model=\"slow\" 99 RequestsIndicator { Objective = latency }",
                "ttft ,model!=\"large\",model!=\"slow\" 95 RequestsIndicator { Objective = ttft }",
                "ttft ,model=\"slow\" 90 RequestsIndicator { Objective = ttft }",
                "queue ,model!=\"slow\" 99 GaugeIndicator { Rule = model:ryot_requests_waiting:max_5m, Limit = 50, GoodAbove = False }",
                "queue ,model=\"slow\" 99 GaugeIndicator { Rule = model:ryot_requests_waiting:max_5m, Limit = 3, GoodAbove = True }",
            ],
            set.Objectives.Select(objective => $"{objective.Name} {objective.Models.Matchers} {objective.Target} {objective.Indicator}"));
    }

    [Fact]
    public void All_that_is_wrong_is_told_at_once_with_line_and_key()
    {
        var exception = Assert.Throws<ObjectivesException>(() => ObjectivesReader.Read("""
            window: 3h
            objectives:
              Latency: { target: 99, requests: latency }
              a: { target: 100, requests: latency }
              b: { target: many, requests: speed }
              c: { target: 99, histogram: ryot_inference_latency_seconds, threshold: 3 }
              d: { target: 99, histogram: ryot_queue_depth, threshold: 3 }
              e: { target: 99, gauge: ryot_queue_depth }
              f: { target: 99, gauge: "model:ryot_x:y", above: 1, below: 2 }
              g: { target: 99 }
              h: { target: 99, requests: ttft, threshold: 1 }
              i: { target: 99, requests: ttft, histogram: ryot_ttft_latency_seconds }
              j: { requests: ttft, goal: 3 }
              k:
            models:
              large:
                z: { target: 90 }
                a: { target: 10 }
            colour: red
            """));
        Assert.Equal(
            [
                "line 1: window: '3h' is no window; a window is 28d to 90d, e.g. 30d",
                "line 3: objectives.Latency: a name has small letters, digits and underscores, e.g. latency_p99",
                "line 4: objectives.a.target: 100 is no target: percent from 50 to less than 100, since at 100 there would be no error budget",
                "line 5: objectives.b.target: must be a number",
                "line 5: objectives.b.requests: the server judges no 'speed'; it judges: latency, ttft, tpot, availability",
                "line 6: objectives.c.threshold: 3 is no bound of ryot_inference_latency_seconds, so that it cannot be told what is within it; the nearest bounds: 2.5, 5",
                "line 7: objectives.d.histogram: Ryot has no histogram 'ryot_queue_depth' with a label model; docs/metrics.md lists the metrics",
                "line 8: objectives.e.gauge: 'ryot_queue_depth' is no recording rule by model; their names begin with model: (monitoring/prometheus/rules/recording.yml)",
                "line 8: objectives.e.gauge: either above or below must be given",
                "line 9: objectives.f.gauge: either above or below must be given",
                "line 10: objectives.g: one of requests, histogram, gauge must be given, and no more; given: none",
                "line 11: objectives.h.threshold: threshold does not go with requests",
                "line 12: objectives.i: one of requests, histogram, gauge must be given, and no more; given: requests, histogram",
                "line 13: objectives.j.goal: there is no such key; there are: description, target, requests, histogram, gauge, threshold, above, below",
                "line 13: objectives.j: target is missing",
                "line 14: objectives.k: must be a mapping with keys of: description, target, requests, histogram, gauge, threshold, above, below",
                "line 17: models.large.z: there is no objective z; there are: a, b, c, d, e, f, g, h, i, j",
                "line 18: models.large.a.target: 10 is no target: percent from 50 to less than 100, since at 100 there would be no error budget",
                "line 19: colour: there is no such key; there are: window, objectives, models",
            ],
            exception.Problems);
    }

    [Theory]
    [InlineData("", "line 1: the file must be one mapping with the keys window, objectives, models")]
    [InlineData("- a", "line 1: the file must be one mapping with the keys window, objectives, models")]
    [InlineData("objectives: {}", "line 1: window: is missing", "line 1: objectives: must be a mapping with at least one key")]
    [InlineData("window: 30d", "line 1: objectives: is missing")]
    public void A_file_without_objectives_is_refused(string text, params string[] problems)
        => Assert.Equal(problems, Assert.Throws<ObjectivesException>(() => ObjectivesReader.Read(text)).Problems);

    [Theory]
    [InlineData("window: 30d\nobjectives:\n  a: { target: 99, requests: ttft\nb: 1", "line 3: this is no YAML")]
    [InlineData("window: 30d\nwindow: 31d", "line 2: ")]
    public void What_is_no_yaml_is_told_with_its_line(string text, string start)
        => Assert.StartsWith(start, Assert.Single(Assert.Throws<ObjectivesException>(() => ObjectivesReader.Read(text)).Problems));
}
