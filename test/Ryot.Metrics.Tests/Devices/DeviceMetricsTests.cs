namespace Ryot.Metrics.Tests.Devices;

public sealed class DeviceMetricsTests : IDisposable
{
    private static readonly TimeSpan _staleAfter = TimeSpan.FromSeconds(15);

    private static readonly string[] _gauges =
    [
        "ryot_device_utilization_percent", "ryot_device_memory_used_bytes", "ryot_device_memory_total_bytes", "ryot_device_temperature_celsius",
        "ryot_device_power_watts", "ryot_device_sm_clock_hertz",
    ];

    private static readonly string[] _counters =
    [
        "ryot_device_ecc_errors_total", "ryot_device_throttle_seconds_total", "ryot_energy_joules_total", "ryot_device_pcie_replays_total",
        "ryot_device_nvlink_errors_total",
    ];

    private static readonly string[] _byDirection = ["ryot_device_pcie_bytes_per_second", "ryot_device_nvlink_bytes_total"];

    private readonly Recording _recording = new();
    private readonly DeviceMetrics _device;

    public DeviceMetricsTests() => _device = _recording.Metrics.AddDevice("0", _staleAfter);

    public void Dispose() => _recording.Dispose();

    [Fact]
    public async Task A_sample_is_shown_as_it_was_told_and_its_increments_add_up()
    {
        _device.Record(Recording.Told);
        _device.Record(Recording.Told);
        var scrape = await _recording.ScrapeAsync();
        Assert.Equal(
            [1d, 75, 30_000, 40_000, 61, 250, 1_410_000_000, 4, 3, 2000, 10, 14],
            ((string[])["ryot_device_up", .. _gauges, .. _counters]).Select(name => scrape.One(name, ("device_id", "0"))));
        Assert.Equal([3_000_000d, 4096], _byDirection.Select(name => scrape.One(name, ("device_id", "0"), ("direction", "rx"))));
        Assert.Equal([1_000_000d, 2048], _byDirection.Select(name => scrape.One(name, ("device_id", "0"), ("direction", "tx"))));
    }

    [Fact]
    public async Task Errors_that_the_driver_reports_count_also_of_a_device_that_does_not_answer_and_are_0_while_it_reports_none()
    {
        Assert.Empty((await _recording.ScrapeAsync()).Matching("ryot_device_xid_errors_total"));
        _device.RecordXidErrors(0);
        Assert.Equal(0, (await _recording.ScrapeAsync()).One("ryot_device_xid_errors_total", ("device_id", "0")));
        _device.RecordDown();
        _device.RecordXidErrors(1);
        _device.RecordXidErrors(1);
        Assert.Equal(2, (await _recording.ScrapeAsync()).One("ryot_device_xid_errors_total", ("device_id", "0")));
    }

    [Fact]
    public async Task Nothing_is_told_of_a_device_before_its_first_sample()
    {
        var scrape = await _recording.ScrapeAsync();
        Assert.All((string[])["ryot_device_up", .. _gauges, .. _counters, .. _byDirection], name => Assert.Empty(scrape.Matching(name)));
        _device.RecordDown();
        Assert.Equal(0, (await _recording.ScrapeAsync()).One("ryot_device_up"));
    }

    [Fact]
    public async Task What_a_device_does_not_support_is_absent_and_not_zero()
    {
        _device.Record(new DeviceSample { MemoryTotalBytes = 10 });
        var scrape = await _recording.ScrapeAsync();
        Assert.Equal((1, 10), (scrape.One("ryot_device_up"), scrape.One("ryot_device_memory_total_bytes")));
        Assert.All(
            (string[])[.. _gauges, .. _counters, .. _byDirection, "ryot_request_energy_joules_total"],
            name => Assert.True(name == "ryot_device_memory_total_bytes" || !scrape.Matching(name).Any(), name));
    }

    [Fact]
    public async Task A_device_that_is_down_keeps_its_counters_and_loses_its_gauges_until_it_is_back()
    {
        _device.Record(Recording.Told);
        _device.RecordDown();
        var down = await _recording.ScrapeAsync();
        Assert.Equal(0, down.One("ryot_device_up"));
        Assert.All((string[])[.. _gauges, "ryot_device_pcie_bytes_per_second"], name => Assert.Empty(down.Matching(name)));
        Assert.Equal([2d, 1.5, 1000, 5, 7], _counters.Select(name => down.One(name)));

        _device.Record(Recording.Told);
        var back = await _recording.ScrapeAsync();
        Assert.Equal((1, 61, 2000), (back.One("ryot_device_up"), back.One("ryot_device_temperature_celsius"), back.One("ryot_energy_joules_total")));
    }

    [Fact]
    public async Task A_sample_that_is_too_old_is_not_shown_as_if_it_were_new()
    {
        _device.Record(Recording.Told);
        _recording.Clock.Advance(_staleAfter);
        Assert.Equal((1, 61), ((await _recording.ScrapeAsync()).One("ryot_device_up"), (await _recording.ScrapeAsync()).One("ryot_device_temperature_celsius")));
        _recording.After(1);
        var stale = await _recording.ScrapeAsync();
        Assert.Equal(0, stale.One("ryot_device_up"));
        Assert.All(_gauges, name => Assert.Empty(stale.Matching(name)));
    }

    [Fact]
    public void A_device_that_is_added_twice_is_one()
        => Assert.Same(_device, _recording.Metrics.AddDevice("0", _staleAfter));

    [Fact]
    public async Task Nothing_is_recorded_when_recording_is_off()
    {
        using var off = new Recording(new MetricsOptions { Recording = false });
        var device = off.Metrics.AddDevice("0", _staleAfter);
        device.Record(Recording.Told);
        device.RecordDown();
        device.RecordXidErrors(1);
        Assert.DoesNotContain((await off.ScrapeAsync()).Samples, sample => sample.Labels.ContainsKey("device_id"));
    }
}
