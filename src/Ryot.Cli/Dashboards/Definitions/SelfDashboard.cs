using static Ryot.Cli.Dashboards.Panels;

namespace Ryot.Cli.Dashboards.Definitions;

/// <summary>Whether the metrics themselves can be trusted.</summary>
internal static class SelfDashboard
{
    public static Dashboard Create() => new(
        "self",
        "Ryot / Metrics about metrics",
        "Whether the numbers on the other dashboards can be trusted, and what it costs to have them.",
        [
            new Section("Scrapes",
                new Line(8,
                    TimeSeries("Up",
                        "1 while Prometheus can scrape the instance.", Unit.Count, Query("""up{job="ryot",@instance}""", "{{instance}}")) with { Max = 1 },
                    TimeSeries("Age of the newest sample", "Should never be more than a scrape interval.", Unit.Seconds,
                        Query("time() - timestamp(ryot_metrics_series{@instance})", "{{instance}}")) with { Thresholds = Thresholds.Below(90) },
                    TimeSeries("Time of a scrape", "As the server and as Prometheus measure it. What lies between them is the network.", Unit.Seconds,
                        Query("ryot_metrics_scrape_duration_seconds{@instance}", "{{instance}} server"),
                        Query("""scrape_duration_seconds{job="ryot",@instance}""", "{{instance}} Prometheus")))),
            new Section("What is scraped",
                new Line(8,
                    TimeSeries("Series", "Series in one scrape. It grows with the models and tenants, not with traffic.", Unit.Count,
                        Query("ryot_metrics_series{@instance}", "{{instance}}")),
                    TimeSeries("New series", "Series that Prometheus had not seen in the scrape before.", Unit.Count,
                        Query("""scrape_series_added{job="ryot",@instance}""", "{{instance}}")),
                    Stacked("Observations not recorded", "By reason. Anything but `tenant_limit` is a fault in Ryot.", Unit.PerSecond,
                        Query("sum by (reason) (rate(ryot_metrics_dropped_observations_total{@instance}[$__rate_interval]))", "{{reason}}")) with { HidesIdle = true })),
            new Section("Builds",
                new Line(5, Table("Builds", "What runs where.", "ryot_build_info{@instance}", "instance", "version", "commit", "engine_version"))),
        ]);
}
