using System.Net.Http.Json;
using Ryot.Monitoring.Tests.Support;
using Ryot.Testing;
using Xunit;

namespace Ryot.Monitoring.Tests.Alertmanager;

/// <summary>The shipped configuration, as a real Alertmanager takes it.</summary>
public sealed class AlertmanagerConfigurationTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private static string Configuration => MonitoringFiles.Path("alertmanager", "alertmanager.yml");

    [Fact]
    public async Task It_is_valid() => await Tool.RunAsync("amtool", "check-config", Configuration);

    [Theory]
    [InlineData("critical", "on-call")]
    [InlineData("warning", "working-hours")]
    [InlineData("none", "default")]
    public async Task Severities_go_to_their_receivers(string severity, string receiver)
    {
        // A warning follows where the machine has a configuration of its own.
        var output = await Tool.RunAsync("amtool", "config", "routes", "test", $"--config.file={Configuration}", $"severity={severity}");
        Assert.Equal(receiver, output.Split('\n')[0]);
    }

    [Fact]
    public async Task What_follows_from_something_graver_is_silenced_and_nothing_else()
    {
        await using var server = await AlertmanagerServer.StartAsync(await File.ReadAllTextAsync(Configuration, Cancellation), Cancellation);
        (string Name, string Severity, (string, string)[] Labels, bool IsSilenced)[] alerts =
        [
            ("RyotTargetDown", "critical", [("instance", "a")], false),
            ("RyotQueueBacklog", "critical", [("instance", "a"), ("model", "one")], true),
            ("RyotGPUTooHot", "warning", [("instance", "a"), ("device_id", "0")], true),
            ("RyotTargetDown", "critical", [("instance", "b"), ("other", "x")], false),

            ("RyotEngineStalled", "critical", [("instance", "c"), ("model", "two")], false),
            ("RyotHighLatency", "warning", [("model", "two")], true),
            ("RyotHighLatency", "warning", [("model", "three")], false),

            ("RyotGPUOffBus", "critical", [("instance", "c"), ("device_id", "0")], false),
            ("RyotGPUThrottling", "warning", [("instance", "c"), ("device_id", "0")], true),
            ("RyotGPUThrottling", "warning", [("instance", "c"), ("device_id", "1")], false),
            ("RyotTenantLimitReached", "warning", [("instance", "c")], false),

            ("RyotModelLoadFailing", "critical", [("instance", "c"), ("model", "four")], false),
            ("RyotModelNotReady", "critical", [("instance", "c"), ("model", "four")], true),
            ("RyotModelNotReady", "critical", [("instance", "d"), ("model", "four")], false),
        ];
        using var http = new HttpClient { BaseAddress = server.Address };
        using var response = await http.PostAsJsonAsync(
            "api/v2/alerts",
            alerts.Select(alert => new
            {
                labels = new Dictionary<string, string>(alert.Labels.Select(label => KeyValuePair.Create(label.Item1, label.Item2)))
                {
                    ["alertname"] = alert.Name,
                    ["severity"] = alert.Severity,
                    ["component"] = "ryot",
                    ["job"] = "ryot",
                },
            }),
            Cancellation);
        response.EnsureSuccessStatusCode();

        // Inhibition is worked out when an alert goes through its route, which is after the group's wait.
        var expected = alerts.Where(alert => alert.IsSilenced).Select(alert => Identity(alert.Name, alert.Labels.ToDictionary())).Order(StringComparer.Ordinal).ToList();
        var silenced = await Poll.UntilAsync(
            async () =>
            {
                var all = await server.AlertsAsync(Cancellation);
                return all.EnumerateArray()
                    .Where(alert => alert.GetProperty("status").GetProperty("inhibitedBy").GetArrayLength() > 0)
                    .Select(alert => alert.GetProperty("labels").EnumerateObject().ToDictionary(label => label.Name, label => label.Value.GetString()!))
                    .Select(labels => Identity(labels["alertname"], labels)).Order(StringComparer.Ordinal).ToList();
            },
            silenced => silenced.SequenceEqual(expected),
            Cancellation);
        Assert.Equal(expected, silenced);
    }

    private static string Identity(string name, Dictionary<string, string> labels)
        => $"{name} instance={labels.GetValueOrDefault("instance")} model={labels.GetValueOrDefault("model")} device={labels.GetValueOrDefault("device_id")}";
}
