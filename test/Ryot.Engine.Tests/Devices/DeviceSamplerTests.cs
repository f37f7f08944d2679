using System.Text;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Ryot.Engine.Devices;
using Ryot.Engine.Devices.Nvml;
using Ryot.Metrics;
using Ryot.Server.Tests.Support;
using Ryot.Testing.Nvml;
using Xunit;

namespace Ryot.Engine.Tests.Devices;

public sealed class DeviceSamplerTests : IDisposable
{
    private static readonly TimeSpan _interval = TimeSpan.FromSeconds(5);

    private readonly FakeTimeProvider _clock = new();
    private readonly LogRecorder _log = new();
    private readonly DeviceReadings _readings = new();
    private readonly RyotMetrics _metrics;

    public DeviceSamplerTests() => _metrics = new RyotMetrics(_clock);

    private IReadOnlyList<string> Lines => _log.Lines(LogLevel.Information);

    public void Dispose()
    {
        _metrics.Dispose();
        _log.Dispose();
    }

    [Fact]
    public async Task Devices_are_sampled_at_once_and_then_at_each_interval_and_by_no_scrape()
    {
        var device = new TestDevice("GPU");
        using var sampler = Start(new TestSource(device));
        await UntilAsync(() => device.Reads == 1);
        for (var i = 0; i < 5; i++)
            await ScrapeAsync();
        Assert.Equal(1, device.Reads);

        for (var reads = 2; reads < 5; reads++)
        {
            _clock.Advance(_interval);
            await UntilAsync(() => device.Reads == reads && _readings.Find("0")?.Reading?.TemperatureCelsius == reads);
        }
        var metrics = await ScrapeAsync();
        Assert.Equal((1, 4), (metrics.Sum("ryot_device_up", ("device_id", "0")), metrics.Sum("ryot_device_temperature_celsius", ("device_id", "0"))));
        Assert.Contains("GPU", Assert.Single(Lines), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_driver_that_hangs_holds_up_nothing_else_is_told_once_and_may_come_back()
    {
        var (hanging, other) = (new TestDevice("A"), new TestDevice("B"));
        using var sampler = Start(new TestSource(hanging, other));
        await UntilAsync(() => hanging.Reads == 1 && other.Reads == 1 && _readings.Find("0")?.Reading is not null);
        hanging.Hang();
        for (var interval = 1; interval <= 8; interval++)
        {
            _clock.Advance(_interval);
            await UntilAsync(() => other.Reads == interval + 1 && hanging.IsHanging);
        }
        var metrics = await ScrapeAsync();
        Assert.Equal((0, 1), (metrics.Sum("ryot_device_up", ("device_id", "0")), metrics.Sum("ryot_device_up", ("device_id", "1"))));
        Assert.Equal((0, 1), (metrics.Count("ryot_device_temperature_celsius", ("device_id", "0")), metrics.Count("ryot_device_temperature_celsius", ("device_id", "1"))));
        Assert.Single(Lines, line => line.Contains("does not answer", StringComparison.Ordinal));
        Assert.NotNull(_readings.Find("0")!.Failure);
        Assert.Equal(1, hanging.Threads);

        hanging.EndHang();
        await UntilAsync(() => _readings.Find("0")!.Reading is not null);
        Assert.Equal(1, (await ScrapeAsync()).Sum("ryot_device_up", ("device_id", "0")));
        await UntilAsync(() => Lines.Count(line => line.Contains("answers again", StringComparison.Ordinal)) == 1);
        Assert.Equal(1, hanging.Threads);
    }

    [Fact]
    public async Task A_device_that_is_lost_is_down_and_told_once_until_it_is_back()
    {
        var device = new TestDevice("GPU");
        using var sampler = Start(new TestSource(device));
        await UntilAsync(() => _readings.Find("0")?.Reading is not null);
        device.Failure = "fell off the bus";
        for (var reads = 2; reads < 5; reads++)
        {
            _clock.Advance(_interval);
            await UntilAsync(() => device.Reads == reads && _readings.Find("0")!.Failure == "fell off the bus");
        }
        var metrics = await ScrapeAsync();
        Assert.Equal((0, 0), (metrics.Sum("ryot_device_up"), metrics.Count("ryot_device_temperature_celsius")));
        Assert.Single(Lines, line => line.Contains("fell off the bus", StringComparison.Ordinal));

        device.Failure = null;
        _clock.Advance(_interval);
        await UntilAsync(() => Lines.Any(line => line.Contains("answers again", StringComparison.Ordinal)));
        Assert.Equal(1, (await ScrapeAsync()).Sum("ryot_device_up"));
    }

    [Fact]
    public async Task A_source_that_hangs_while_it_is_opened_holds_up_no_other_and_one_that_fails_is_told()
    {
        using var gate = new ManualResetEventSlim();
        var device = new TestDevice("GPU");
        var hanging = new TestSource(new TestDevice("late")) { OnOpen = gate.Wait };
        var failing = new TestSource { OnOpen = () => throw new DeviceSourceException("The driver is too old.") };
        using (var sampler = Start(hanging, failing, new TestSource(device)))
        {
            await UntilAsync(() => device.Reads == 1 && Lines.Any(line => line.Contains("The driver is too old.", StringComparison.Ordinal)));
            gate.Set();
            await UntilAsync(() => _readings.All.Count == 2);
        }
    }

    [Fact]
    public async Task Where_there_is_nothing_nothing_is_told()
    {
        using var opened = new CountdownEvent(2);
        using var sampler = Start(new TestSource { OnOpen = () => opened.Signal() }, new TestSource { OnOpen = () => opened.Signal() });
        Assert.True(opened.Wait(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken));
        _clock.Advance(_interval);
        Assert.Empty(Lines);
        Assert.DoesNotContain((await ScrapeAsync()).Samples, sample => sample.Labels.ContainsKey("device_id"));
    }

    [Fact]
    public async Task After_the_end_nothing_is_read_and_the_library_is_closed_unless_a_thread_is_in_it()
    {
        var device = new TestDevice("GPU");
        var source = new TestSource(device);
        var sampler = Start(source);
        await UntilAsync(() => device.Reads == 1);
        sampler.Dispose();
        sampler.Dispose();
        _clock.Advance(_interval * 3);
        Assert.Equal((1, true), (device.Reads, source.IsClosed));

        var hanging = new TestDevice("hangs");
        hanging.Hang();
        source = new TestSource(hanging);
        sampler = Start(source);
        await UntilAsync(() => hanging.IsHanging);
        sampler.Dispose();
        Assert.False(source.IsClosed);
        hanging.EndHang();
    }

    [Fact]
    public async Task Devices_have_the_engine_s_numbers_where_it_uses_them()
    {
        using var library = new NvmlStandIn("""
            device
            uuid GPU-A
            pci 00000000:05:00.0
            power 1000
            device
            uuid GPU-B
            pci 00000000:C1:00.0
            power 2000
            """);
        using var sampler = Start(["0000:c1:00.0", "0000:05:00.0"], new NvmlSource(library.Path));
        await UntilAsync(() => _readings.All.Count == 2);
        Assert.Equal([("0", "GPU-B", 2d), ("1", "GPU-A", 1d)], _readings.All.Select(device => (device.DeviceId, device.Identity.Uuid!, device.Reading!.PowerWatts!.Value)));
    }

    [Fact]
    public async Task A_call_that_hangs_in_the_library_leaves_the_other_device_sampled()
    {
        const string Script = "device\nuuid GPU-A\npower 1000\ndevice\nuuid GPU-B\npower 2000\n";
        using var library = new NvmlStandIn(Script);
        var hung = Script.Replace("power 1000", "power hang", StringComparison.Ordinal);
        using var sampler = Start(new NvmlSource(library.Path));
        await UntilAsync(() => _readings.All.Count(device => device.Reading is not null) == 2);
        library.Answer(hung.Replace("power 2000", "power 3000", StringComparison.Ordinal));
        _clock.Advance(_interval);
        await UntilAsync(() => _readings.Find("1")!.Reading!.PowerWatts == 3);
        library.Answer(hung.Replace("power 2000", "power 4000", StringComparison.Ordinal));
        _clock.Advance(_interval * 4);
        await UntilAsync(() => _readings.Find("1")!.Reading!.PowerWatts == 4 && _readings.Find("0")!.Failure is not null);
        var metrics = await ScrapeAsync();
        Assert.Equal((0, 1), (metrics.Sum("ryot_device_up", ("device_id", "0")), metrics.Sum("ryot_device_up", ("device_id", "1"))));

        library.Answer(Script);
        await UntilAsync(() => _readings.Find("0")!.Reading?.PowerWatts == 1);
    }

    private DeviceSampler Start(params IDeviceSource[] sources) => Start([], sources);

    private DeviceSampler Start(string[] engineGpus, params IDeviceSource[] sources)
    {
        var sampler = new DeviceSampler(sources, () => engineGpus, _interval, _metrics, _readings, _clock, new Loggers(_log));
        sampler.Start();
        return sampler;
    }

    private async Task<MetricsText> ScrapeAsync()
    {
        using var stream = new MemoryStream();
        await _metrics.Registry.WriteAsync(stream, ExpositionFormat.PrometheusText, gzip: false, TestContext.Current.CancellationToken);
        return MetricsText.Parse(Encoding.UTF8.GetString(stream.ToArray()));
    }

    private static async Task UntilAsync(Func<bool> condition)
    {
        for (var i = 0; !condition(); i++)
        {
            Assert.True(i < 6000, "Waited in vain.");
            await Task.Delay(10, TestContext.Current.CancellationToken);
        }
    }

    private sealed class TestSource(params TestDevice[] devices) : IDeviceSource
    {
        private volatile bool _closed;

        public string Name => "Test";

        public Action? OnOpen { get; init; }

        public bool IsClosed => _closed;

        public IReadOnlyList<IDevice> Open()
        {
            OnOpen?.Invoke();
            return devices;
        }

        public void Close() => _closed = true;
    }

    private sealed class TestDevice(string name) : IDevice
    {
        private readonly SemaphoreSlim _hangEnds = new(0);
        private readonly HashSet<int> _threads = [];
        private volatile int _reads;
        private volatile bool _hang;
        private volatile bool _hanging;
        private volatile string? _failure;

        public DeviceIdentity Identity { get; } = new(name);

        public int Reads => _reads;

        public bool IsHanging => _hanging;

        public int Threads => _threads.Count;

        public string? Failure
        {
            set => _failure = value;
        }

        public void Hang() => _hang = true;

        public void EndHang()
        {
            _hang = false;
            _hangEnds.Release();
        }

        public DeviceReading Read()
        {
            _threads.Add(Environment.CurrentManagedThreadId);
            if (_hang)
            {
                _hanging = true;
                _hangEnds.Wait();
                _hanging = false;
            }
            _reads++;
            return _failure is { } failure ? throw new DeviceLostException(failure) : new DeviceReading { TemperatureCelsius = _reads };
        }
    }
}
