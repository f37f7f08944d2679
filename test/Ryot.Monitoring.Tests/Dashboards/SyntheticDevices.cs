using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Ryot.Monitoring.Tests.Dashboards;

/// <summary>Exposes what a Ryot with two GPUs would, made up: the devices' figures rise with every scrape. Disposing ends it.</summary>
internal sealed class SyntheticDevices : IAsyncDisposable
{
    private readonly WebApplication _application;
    private int _scrapes;

    private SyntheticDevices(WebApplication application) => _application = application;

    /// <summary>Where to scrape.</summary>
    public Uri Address => new($"{_application.Urls.Single()}/metrics");

    public static async Task<SyntheticDevices> StartAsync(CancellationToken cancellation)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        var devices = new SyntheticDevices(builder.Build());
        devices._application.Run(devices.AnswerAsync);
        await devices._application.StartAsync(cancellation);
        return devices;
    }

    public ValueTask DisposeAsync() => _application.DisposeAsync();

    private Task AnswerAsync(HttpContext context)
    {
        var count = Interlocked.Increment(ref _scrapes);
        var text = new StringBuilder();
        for (var device = 0; device < 2; device++)
        {
            var busy = 40 + 20 * device + 10 * Math.Sin(count * 0.7);
            Gauge("device_up", 1);
            Gauge("device_utilization_percent", busy);
            Gauge("device_memory_used_bytes", (6 + 3 * device) * 1e9 + count * 1e7);
            Gauge("device_memory_total_bytes", 24e9);
            Gauge("device_temperature_celsius", 55 + 15 * device + count * 0.5);
            Gauge("device_power_watts", 180 + busy);
            Gauge("device_sm_clock_hertz", 1.7e9 - device * 2e8);
            Counter("device_ecc_errors_total", 0);
            Counter("device_throttle_seconds_total", device * count * 0.05);
            Counter("energy_joules_total", count * 220);

            Counter("device_pcie_replays_total", count * device);
            Counter("device_nvlink_errors_total", 0);
            Counter("device_xid_errors_total", 0);
            foreach (var direction in (string[])["rx", "tx"])
            {
                Write("device_pcie_bytes_per_second", "gauge", $"device_id=\"{device}\",direction=\"{direction}\"", busy * 1e7);
                Write("device_nvlink_bytes_total", "counter", $"device_id=\"{device}\",direction=\"{direction}\"", count * 1e9);
            }

            void Gauge(string name, double value) => Write(name, "gauge", $"device_id=\"{device}\"", value);

            void Counter(string name, double value) => Write(name, "counter", $"device_id=\"{device}\"", value);
        }

        Write("request_energy_joules_total", "counter", "model=\"m\"", count * 300);
        Write("tokens_generated_total", "counter", "model=\"m\",token_type=\"completion\",generation_mode=\"standard\"", count * 100);
        context.Response.ContentType = "text/plain; version=0.0.4";
        return context.Response.WriteAsync(text.ToString(), context.RequestAborted);

        void Write(string name, string type, string labels, double value)
            => text.Append(CultureInfo.InvariantCulture, $"# TYPE ryot_{name} {type}\nryot_{name}{{{labels}}} {value}\n");
    }
}
