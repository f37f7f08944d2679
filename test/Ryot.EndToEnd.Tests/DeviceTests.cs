using Ryot.EndToEnd.Tests.Support;
using Ryot.Testing.Nvml;
using Xunit;

namespace Ryot.EndToEnd.Tests;

/// <summary>The running server on a machine that seems to have GPUs: NVIDIA's library and the kernel's files are the test's.</summary>
public sealed class DeviceTests : IDisposable
{
    private const string Gpus = """
        device
        uuid GPU-A
        name NVIDIA H100
        pci 00000000:C1:00.0
        total 80000000000
        used 30000000000
        utilization 87
        power 250500
        energy 5000000
        temperature 61
        sm_clock 1410
        throttle 4
        ecc_corrected 5
        ecc_uncorrected 2
        device
        uuid GPU-B
        name NVIDIA T4
        pci 00000000:65:00.0
        total 16000000000
        used 1000000000
        temperature 44
        """;

    private readonly NvmlStandIn _library = new(Gpus);
    private readonly DirectoryInfo _sysfs = Directory.CreateTempSubdirectory("ryot-sys-");

    public DeviceTests()
    {
        _sysfs.CreateSubdirectory("class/powercap/intel-rapl:0");
        SetEnergy(0);
    }

    public void Dispose()
    {
        _library.Dispose();
        _sysfs.Delete(recursive: true);
    }

    [Fact]
    public async Task A_scrape_shows_what_the_devices_tell_and_no_more()
    {
        await using var server = await StartAsync();
        var metrics = await server.ScrapeUntilAsync(metrics => metrics.Sum("ryot_device_throttle_seconds_total") > 0, "both GPUs were sampled twice");
        Assert.Equal(3, metrics.Sum("ryot_device_up"));
        Assert.Equal(
            [87d, 30e9, 80e9, 61, 250.5, 1.41e9, 0, 0],
            ((string[])[
                "ryot_device_utilization_percent", "ryot_device_memory_used_bytes", "ryot_device_memory_total_bytes", "ryot_device_temperature_celsius",
                "ryot_device_power_watts", "ryot_device_sm_clock_hertz", "ryot_device_ecc_errors_total", "ryot_energy_joules_total",
            ]).Select(name => metrics.Sum(name, ("device_id", "0"))));
        Assert.Equal(44, metrics.Sum("ryot_device_temperature_celsius", ("device_id", "1")));
        Assert.All(
            (string[])["ryot_device_power_watts", "ryot_device_ecc_errors_total", "ryot_device_throttle_seconds_total", "ryot_energy_joules_total"],
            name => Assert.Equal(0, metrics.Count(name, ("device_id", "1"))));
        Assert.Contains("Device 0 is NVIDIA H100 (0000:c1:00.0).", server.Log, StringComparison.Ordinal);

        Assert.Equal(
            (Promtool.KnownComplaint, 3), await Promtool.CheckAsync(await server.Http.GetStringAsync("/metrics", TestContext.Current.CancellationToken)));
    }

    [Fact]
    public async Task Requests_are_charged_the_processor_s_energy_while_the_engine_was_busy()
    {
        await using var server = await StartAsync();
        await server.ScrapeUntilAsync(metrics => metrics.Count("ryot_request_energy_joules_total") == 1, "the meter was read");
        var answer = server.PostForJsonAsync("/v1/completions", $$"""{"model":"{{RyotProcess.Model}}","prompt":"Go","max_tokens":2000,"ignore_eos":true}""");
        for (var joules = 10; !answer.IsCompleted; joules += 10)
        {
            SetEnergy(joules);
            await Task.Delay(20, TestContext.Current.CancellationToken);
        }
        await answer;
        var metrics = await server.ScrapeUntilAsync(metrics => metrics.Sum("ryot_request_energy_joules_total", ("model", RyotProcess.Model)) > 0, "energy was charged");
        Assert.InRange(metrics.Sum("ryot_request_energy_joules_total"), 1e-3, metrics.Sum("ryot_energy_joules_total", ("device_id", "cpu")));
    }

    [Fact]
    public async Task GPUs_that_are_lost_or_hang_are_down_and_the_server_serves_and_stops()
    {
        await using var server = await StartAsync();
        await server.ScrapeUntilAsync(metrics => metrics.Sum("ryot_device_up") == 3, "all devices were sampled");
        _library.Answer(Gpus.Replace("power 250500", "all !15", StringComparison.Ordinal).Replace("temperature 44", "temperature hang", StringComparison.Ordinal));
        var metrics = await server.ScrapeUntilAsync(metrics => metrics.Sum("ryot_device_up") == 1, "both GPUs are down");
        // A scrape sees that a sample is too old a moment before that is logged.
        await server.WaitForAsync(() => Task.FromResult(Logged("does not answer") == 2), "that is logged");
        Assert.Equal((1, 0), (metrics.Sum("ryot_device_up", ("device_id", "cpu")), metrics.Count("ryot_device_temperature_celsius")));
        await server.PostForJsonAsync("/v1/completions", $$"""{"model":"{{RyotProcess.Model}}","prompt":"Go","max_tokens":3}""");

        _library.Answer(Gpus);
        await server.ScrapeUntilAsync(metrics => metrics.Sum("ryot_device_up") == 3, "both GPUs are back");
        _library.Answer(Gpus.Replace("temperature 44", "temperature hang", StringComparison.Ordinal));
        await server.ScrapeUntilAsync(metrics => metrics.Sum("ryot_device_up") == 2, "one hangs");
        await server.WaitForAsync(() => Task.FromResult(Logged("does not answer") == 3), "that is logged");
        server.SignalStop();
        Assert.Equal(0, await server.WaitForExitAsync());
        Assert.Equal((3, 2), (Logged("does not answer"), Logged("answers again")));

        int Logged(string text) => server.Log.Split(text).Length - 1;
    }

    private Task<RyotProcess> StartAsync() =>
        RyotProcess.StartAsync(RyotProcess.ShippedModel, "--nvml", _library.Path, "--sysfs", _sysfs.FullName, "--device-interval", "0.1");

    private void SetEnergy(long joules)
    {
        var zone = Path.Combine(_sysfs.FullName, "class/powercap/intel-rapl:0");
        File.WriteAllText(Path.Combine(zone, "name"), "package-0\n");
        File.WriteAllText(Path.Combine(zone, "energy.next"), $"{joules * 1_000_000}\n");
        File.Move(Path.Combine(zone, "energy.next"), Path.Combine(zone, "energy_uj"), overwrite: true);
    }
}
