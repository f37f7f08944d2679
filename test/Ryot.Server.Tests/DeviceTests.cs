using System.Text.Json;
using Microsoft.Extensions.Logging;
using Ryot.Engine.Models;
using Ryot.Metrics;
using Ryot.Server.Configuration;
using Ryot.Server.Tests.Support;
using Ryot.Testing;
using Ryot.Testing.Nvml;
using Xunit;

namespace Ryot.Server.Tests;

/// <summary>Devices in the server's metrics.</summary>
public sealed class DeviceTests
{
    private const string Gpu = """
        device
        uuid GPU-A
        name NVIDIA T4
        pci 00000000:65:00.0
        total 16000
        used 4000
        utilization 50
        power 60000
        energy 1000000
        """;

    [Fact]
    public async Task Devices_are_sampled_without_being_asked_for_and_only_what_is_there_is_shown()
    {
        await using var server = await TestServer.StartAsync();
        var metrics = await ScrapeUntilAsync(server, metrics => metrics.Sum("ryot_device_up") > 0);
        Assert.Equal((1, 1), (metrics.Count("ryot_device_up"), metrics.Sum("ryot_device_up", ("device_id", "cpu"))));
        Assert.InRange(metrics.Sum("ryot_device_memory_used_bytes"), 1, metrics.Sum("ryot_device_memory_total_bytes", ("device_id", "cpu")));
        Assert.Equal(0, metrics.Count("ryot_device_temperature_celsius"));
        Assert.DoesNotContain(server.Log.Lines(LogLevel.Information), line => line.Contains("evice", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Nothing_is_sampled_where_that_is_switched_off()
    {
        using var library = new NvmlStandIn(Gpu);
        await using var server = await TestServer.StartAsync("--device-interval", "0", "--nvml", library.Path);
        Assert.Equal(0, (await server.ScrapeAsync()).Count("ryot_device_up"));
    }

    [Fact]
    public async Task A_GPU_has_the_engine_s_number_and_its_energy_is_charged_to_the_model_on_it()
    {
        using var library = new NvmlStandIn(Gpu);
        var backend = new FakeModelBackend
        {
            GpuBusIds = ["0000:01:00.0", "0000:65:00.0"],
            Memory = new ModelMemory([new DeviceMemory("1") { WeightsBytes = 100 }], 1, "float16"),
        };
        await using var server = await TestServer.StartAsync(backend, "--device-interval", "0.1", "--nvml", library.Path);
        var metrics = await ScrapeUntilAsync(server, metrics => metrics.Sum("ryot_device_up", ("device_id", "1")) == 1);
        Assert.Equal(
            (16000, 4000, 50, 60, 0),
            (Value("ryot_device_memory_total_bytes"), Value("ryot_device_memory_used_bytes"), Value("ryot_device_utilization_percent"),
                Value("ryot_device_power_watts"), Value("ryot_energy_joules_total")));

        // The energy of a time in which the engine was busy.
        server.Gate.Close();
        var answer = server.PostForJsonAsync("/v1/completions", """{"model": "fake", "prompt": "a", "max_tokens": 4}""");
        await ScrapeUntilAsync(server, metrics => metrics.Sum("ryot_requests_running") == 1);
        library.Answer(Gpu.Replace("energy 1000000", "energy 1500000", StringComparison.Ordinal));
        metrics = await ScrapeUntilAsync(server, metrics => metrics.Sum("ryot_energy_joules_total", ("device_id", "1")) == 500);
        Assert.InRange(metrics.Sum("ryot_request_energy_joules_total", ("model", "fake")), double.Epsilon, 500);
        server.Gate.Open();
        await answer;

        double Value(string name) => metrics.Sum(name, ("device_id", "1"));
    }

    [Fact]
    public async Task Administrators_see_also_what_has_no_metric_and_why_a_device_does_not_answer()
    {
        using var library = new NvmlStandIn(
            Gpu + $"\nmemory_temperature 70\nthrottle 36\necc_corrected 3\npcie_replays 9\npcie_rx 5\npcie_tx 6\nnvlinks 1\nnvlink_rx 7\nnvlink_tx 8\nnvlink_errors 0:0:2\nxids -\nprocesses {Environment.ProcessId}:1500 1:2");
        await using var server = await TestServer.StartAsync("--device-interval", "0.1", "--nvml", library.Path, "--admin-key", "admin");
        await ScrapeUntilAsync(server, metrics => metrics.Sum("ryot_device_up") == 2);
        var device = (await DevicesAsync())[0];
        Assert.Equal(
            ("0", "NVIDIA T4", "GPU-A", "0000:65:00.0", true),
            (Text("id"), Text("name"), Text("uuid"), Text("pci_bus_id"), device.GetProperty("up").GetBoolean()));
        Assert.Equal(
            [50, 16000, 4000, 1500, 70, 60, 3, 9, 5000, 6000, 7168, 8192, 2],
            ((string[])["utilization_percent", "memory_total_bytes", "memory_used_bytes", "memory_used_by_ryot_bytes", "memory_temperature_celsius",
                "power_watts", "corrected_ecc_errors", "pcie_replays", "pcie_rx_bytes_per_second", "pcie_tx_bytes_per_second", "nvlink_rx_bytes",
                "nvlink_tx_bytes", "nvlink_errors"]).Select(name => device.GetProperty(name).GetDouble()));
        Assert.Equal(["power_cap", "thermal"], device.GetProperty("throttled_by").EnumerateArray().Select(reason => reason.GetString()));
        Assert.InRange(device.GetProperty("age_seconds").GetDouble(), 0, 60);
        Assert.False(device.TryGetProperty("uncorrected_ecc_errors", out _));
        Assert.False(device.TryGetProperty("last_xid", out _));
        Assert.Equal("cpu", (await DevicesAsync())[1].GetProperty("id").GetString());

        await ScrapeUntilAsync(server, metrics => metrics.Count("ryot_device_xid_errors_total") == 1);
        library.Answer(Gpu + "\nxids - 79@2\nall !15");
        await ScrapeUntilAsync(server, metrics => metrics.Sum("ryot_device_xid_errors_total", ("device_id", "0")) == 1);
        await ScrapeUntilAsync(server, metrics => metrics.Sum("ryot_device_up") == 1);
        device = (await DevicesAsync())[0];
        Assert.Equal((false, "GPU is lost (NVML error 15)"), (device.GetProperty("up").GetBoolean(), Text("failure")));
        Assert.False(device.TryGetProperty("memory_used_bytes", out _));
        var error = device.GetProperty("last_xid");
        Assert.Equal((79, 2), (error.GetProperty("code").GetInt32(), error.GetProperty("gpu_instance_id").GetInt32()));
        Assert.InRange(error.GetProperty("time").GetDateTimeOffset(), DateTimeOffset.UtcNow.AddMinutes(-5), DateTimeOffset.UtcNow);

        string? Text(string name) => device.GetProperty(name).GetString();
        async Task<JsonElement> DevicesAsync() => (await server.SendAsync(HttpMethod.Get, "/admin/devices", "admin")).GetProperty("devices");
    }

    [Fact]
    public async Task Administrators_see_which_part_of_a_GPU_an_instance_is_and_no_memory_is_told_twice()
    {
        using var library = new NvmlStandIn(Gpu + "\nmig 1\ninstance\nslot 1\nuuid MIG-A\ngpu_instance 3\ncompute_instance 0\ntotal 5000\nused 1000");
        await using var server = await TestServer.StartAsync("--device-interval", "0.1", "--nvml", library.Path, "--admin-key", "admin");
        var metrics = await ScrapeUntilAsync(server, metrics => metrics.Sum("ryot_device_up") == 3);
        Assert.Equal((0, 5000), (metrics.Count("ryot_device_memory_total_bytes", ("device_id", "0")), metrics.Sum("ryot_device_memory_total_bytes", ("device_id", "1"))));
        Assert.Equal((1, 0), (metrics.Count("ryot_energy_joules_total", ("device_id", "0")), metrics.Count("ryot_energy_joules_total", ("device_id", "1"))));
        var devices = (await server.SendAsync(HttpMethod.Get, "/admin/devices", "admin")).GetProperty("devices");
        Assert.False(devices[0].TryGetProperty("mig", out _));
        var mig = devices[1].GetProperty("mig");
        Assert.Equal(
            ("GPU-A", 3, 0),
            (mig.GetProperty("gpu_uuid").GetString(), mig.GetProperty("gpu_instance_id").GetInt32(), mig.GetProperty("compute_instance_id").GetInt32()));
    }

    [Fact]
    public async Task A_GPU_that_fails_is_counted_as_such_and_the_model_serves_again_when_it_was_loaded_anew()
    {
        var backend = new FakeModelBackend();
        backend.Failures.Enqueue(StepStatus.DeviceError);
        await using var server = await TestServer.StartAsync(backend, "--device-interval", "0");
        const string Body = """{"model": "fake", "prompt": "a", "max_tokens": 1}""";
        await server.PostForErrorAsync("/v1/completions", Body, 500);
        var metrics = await server.ScrapeCountedAsync(1);
        Assert.Equal(1, metrics.Sum("ryot_inference_errors_total", ("error_type", "cuda_error"), ("severity", "critical")));
        Assert.Equal(1, metrics.Sum("ryot_inference_requests_total", ("status", "error"), ("error_type", "model_error")));
        // By itself, as a model that should be in memory.
        metrics = await ScrapeUntilAsync(server, metrics => metrics.Sum("ryot_model_load_attempts_total", ("result", "success"), ("load_type", "warm")) == 1);
        await server.PostForJsonAsync("/v1/completions", Body);
    }

    [Fact]
    public void Settings_that_cannot_be_are_told_at_once()
    {
        var exception = Assert.Throws<ConfigurationException>(() => RyotServer.Build(
            ["--model", ModelFile.Path, "--nvml", "none.so", "--sysfs", "none", "--device-interval", "0.01"]));
        Assert.Contains("--nvml (RYOT_NVML, Ryot:Nvml): there is no file 'none.so'.", exception.Message, StringComparison.Ordinal);
        Assert.Contains("--sysfs (RYOT_SYSFS, Ryot:Sysfs): there is no folder 'none'.", exception.Message, StringComparison.Ordinal);
        Assert.Contains("--device-interval", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_library_that_is_none_is_told_once_and_the_server_serves()
    {
        await using var server = await TestServer.StartAsync("--device-interval", "0.1", "--nvml", typeof(DeviceTests).Assembly.Location);
        await ScrapeUntilAsync(server, metrics => metrics.Sum("ryot_device_utilization_percent") >= 0 && server.Log.Lines(LogLevel.Warning).Count > 0);
        Assert.Single(server.Log.Lines(LogLevel.Warning));
        await server.PostForJsonAsync("/v1/completions", """{"model": "fake", "prompt": "a", "max_tokens": 1}""");
    }

    private static async Task<MetricsText> ScrapeUntilAsync(TestServer server, Func<MetricsText, bool> wanted)
    {
        for (var i = 0; ; i++)
        {
            var metrics = await server.ScrapeAsync();
            if (wanted(metrics))
                return metrics;
            Assert.True(i < 3000, "Waited in vain.");
            await Task.Delay(10, TestContext.Current.CancellationToken);
        }
    }
}
