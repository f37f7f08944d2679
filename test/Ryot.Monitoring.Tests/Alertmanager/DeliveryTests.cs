using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Ryot.Testing;
using Ryot.Testing.Monitoring;
using Xunit;

namespace Ryot.Monitoring.Tests.Alertmanager;

/// <summary>The way of an alert: the shipped rules in a real Prometheus, a real Alertmanager, a webhook.</summary>
public sealed class DeliveryTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_target_that_is_down_is_told_of_and_then_that_it_is_back()
    {
        var address = FreeAddress();
        var rules = Path.Combine(Directory.CreateTempSubdirectory("ryot-rules-").FullName, "alerts.yml");
        // Two minutes become two seconds.
        await File.WriteAllTextAsync(rules, RuleFile.Hasten(MonitoringFiles("alerts.yml"), 60), Cancellation);
        await using var receiver = await WebhookReceiver.StartAsync(Cancellation);
        await using var alertmanager = await AlertmanagerServer.StartAsync(AlertmanagerServer.PostTo(receiver.Address), Cancellation);
        await using var prometheus = await PrometheusServer.StartAsync(
            [new ScrapeTarget("ryot", new Uri(address, "/metrics"))], ruleFiles: [rules], alertmanager: alertmanager.Address, cancellation: Cancellation);

        var fired = await receiver.WaitForAsync(alert => alert is { Name: "RyotTargetDown", Status: "firing" }, cancellation: Cancellation);
        Assert.Equal(address.Authority, fired.Labels["instance"]);
        Assert.Equal("critical", fired.Labels["severity"]);
        Assert.Equal($"Ryot at {address.Authority} does not answer", fired.Annotations["summary"]);

        await using var target = await ServeAsync(address);
        await receiver.WaitForAsync(alert => alert is { Name: "RyotTargetDown", Status: "resolved" }, cancellation: Cancellation);
        Assert.Equal(["RyotTargetDown"], receiver.Alerts.Select(alert => alert.Name).Distinct());
        Directory.Delete(Path.GetDirectoryName(rules)!, recursive: true);
    }

    private static string MonitoringFiles(string rules) => Support.MonitoringFiles.Path("prometheus", "rules", rules);

    private static Uri FreeAddress()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return new Uri($"http://{listener.LocalEndpoint}/");
    }

    private static async Task<WebApplication> ServeAsync(Uri address)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls(address.GetLeftPart(UriPartial.Authority));
        builder.Logging.ClearProviders();
        var application = builder.Build();
        application.Run(context => context.Response.WriteAsync("ryot_metrics_series 1\n", Cancellation));
        await application.StartAsync(Cancellation);
        return application;
    }
}
