using System.Collections.Concurrent;
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

/// <summary>Critical errors that the driver reports by itself.</summary>
public sealed class DeviceErrorTests : IDisposable
{
    private const string Xids = "ryot_device_xid_errors_total";
    private const string Two = """
        device
        uuid GPU-A
        power 1000
        xids - {0}
        device
        uuid GPU-B
        power 2000
        xids - {1}
        """;

    private readonly FakeTimeProvider _clock = new();
    private readonly LogRecorder _log = new();
    private readonly DeviceReadings _readings = new();
    private readonly RyotMetrics _metrics;

    public DeviceErrorTests() => _metrics = new RyotMetrics(_clock);

    public void Dispose()
    {
        _metrics.Dispose();
        _log.Dispose();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_error_counts_for_its_device_and_its_code_and_time_are_shown(bool old)
    {
        using var library = new NvmlStandIn(Script("31", ""), old);
        using var sampler = Start(new NvmlSource(library.Path));
        await UntilCountedAsync(0, 0);
        Assert.Null(_readings.Find("0")?.LastXid);

        library.Answer(Script("31", "48@3"));
        await UntilCountedAsync(0, 1);
        await UntilAsync(() => _readings.Find("1")!.LastXid is not null);
        Assert.Equal(new XidError(48, _clock.GetUtcNow(), old ? null : 3), _readings.Find("1")!.LastXid);
        Assert.Null(_readings.Find("0")!.LastXid);
        // A sample does not forget it.
        _clock.Advance(TimeSpan.FromSeconds(5));
        await UntilAsync(() => _readings.Find("1")!.Timestamp == _clock.GetTimestamp());
        Assert.Equal(48, _readings.Find("1")!.LastXid!.Code);
        Assert.Single(Errors, line => line.Contains("Device 1 ", StringComparison.Ordinal) && line.Contains("Xid 48", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_error_with_which_a_device_falls_off_the_bus_is_counted_and_it_is_heard_again_when_it_is_back()
    {
        using var library = new NvmlStandIn(Script("", ""));
        using var sampler = Start(new NvmlSource(library.Path) { RetryEventsAfter = TimeSpan.FromMilliseconds(20) });
        await UntilCountedAsync(0, 0);
        library.Answer(Script("79\nall !15", ""));
        await UntilCountedAsync(1, 0);
        _clock.Advance(TimeSpan.FromSeconds(5));
        await UntilAsync(() => _readings.Find("0")?.Failure is not null);
        Assert.Equal(79, _readings.Find("0")!.LastXid!.Code);
        // The other one is heard meanwhile.
        var others = 0;
        await UntilAsync(async () =>
        {
            library.Answer(Script("79\nall !15", string.Join(' ', Enumerable.Repeat(13, ++others))));
            return await CountAsync("1") > 0;
        });

        var mine = "79";
        await UntilAsync(async () =>
        {
            library.Answer(Script(mine += " 43", ""));
            return await CountAsync("0") > 1;
        });
        Assert.Equal(43, _readings.Find("0")!.LastXid!.Code);
    }

    /// <summary>An old driver knows devices by their numbers only, and refuses that of one that is gone.</summary>
    [Fact]
    public async Task A_device_that_an_old_driver_does_not_know_for_a_while_is_heard_again_when_it_is_back()
    {
        using var library = new NvmlStandIn(Script("", ""), old: true);
        var source = new NvmlSource(library.Path) { RetryEventsAfter = TimeSpan.FromMilliseconds(5) };
        var devices = source.Open();
        var begun = new Begun();
        using var stop = new CancellationTokenSource();
        var watch = Task.Run(() => source.Watch(begun, stop.Token), TestContext.Current.CancellationToken);
        await UntilAsync(() => begun.Count(devices[1]) == 1);
        library.Answer("device\nuuid GPU-A\nxids -\nevent_wait !15");
        var before = begun.Count(devices[0]);
        // After the first time the other one was looked for in vain.
        await UntilAsync(() => begun.Count(devices[0]) >= before + 2);
        library.Answer(Script("", ""));
        await UntilAsync(() => begun.Count(devices[1]) == 2);
        await stop.CancelAsync();
        await watch;
        source.Close();
    }

    [Fact]
    public async Task Where_the_driver_reports_no_errors_there_is_no_count()
    {
        using var library = new NvmlStandIn("device\nuuid GPU-A\npower 1000\ndevice\nuuid GPU-B\npower 1\nxids -");
        using var sampler = Start(new NvmlSource(library.Path));
        await UntilAsync(async () => await CountAsync("1") == 0);
        Assert.Null(await CountAsync("0"));
        Assert.Empty(Errors);
    }

    [Fact]
    public async Task A_driver_that_hangs_while_errors_are_waited_for_holds_up_no_sample()
    {
        using var library = new NvmlStandIn(Script("", "\nevent_wait hang"));
        using var sampler = Start(new NvmlSource(library.Path));
        await UntilCountedAsync(0, 0);
        library.Answer(Script("", "\nevent_wait hang").Replace("power 1000", "power 3000", StringComparison.Ordinal));
        _clock.Advance(TimeSpan.FromSeconds(5));
        await UntilAsync(() => _readings.Find("0")?.Reading?.PowerWatts == 3);
        library.Answer(Script("", ""));
    }

    [Fact]
    public async Task The_library_is_closed_after_the_end_unless_a_thread_waits_in_it()
    {
        var ending = new WaitingSource(hangs: false);
        var sampler = Start(ending);
        await UntilAsync(() => ending.IsWatched);
        sampler.Dispose();
        Assert.True(ending.IsClosed);

        var hanging = new WaitingSource(hangs: true);
        sampler = Start(hanging);
        await UntilAsync(() => hanging.IsWatched);
        sampler.Dispose();
        Assert.False(hanging.IsClosed);
        hanging.EndHang();
    }

    [Fact]
    public async Task Where_errors_cannot_be_heard_that_is_told_and_devices_are_sampled()
    {
        using var sampler = Start(new WaitingSource(hangs: false) { Failure = "broken" });
        await UntilAsync(() => _log.Lines(LogLevel.Warning).Any(line => line.Contains("broken", StringComparison.Ordinal)));
        await UntilAsync(() => _readings.Find("cpu")?.Reading is not null);
    }

    [Fact]
    public void A_code_that_repeats_is_logged_once_a_minute_with_its_number()
    {
        var log = new XidLog("0", "GPU", _clock, _log.CreateLogger(""));
        for (var i = 0; i < 100; i++)
            log.Add(new XidError(31, default));
        log.Add(new XidError(48, default, 3));
        Assert.Equal(2, Errors.Count);
        Assert.Contains("Xid 31.", Errors[0], StringComparison.Ordinal);
        Assert.Contains("Xid 48 in GPU instance 3.", Errors[1], StringComparison.Ordinal);
        _clock.Advance(TimeSpan.FromMinutes(1));
        log.Add(new XidError(31, default));
        log.Add(new XidError(31, default));
        Assert.Contains("Xid 31, and did 99 times", Assert.Single(Errors.Skip(2)), StringComparison.Ordinal);
    }

    private List<string> Errors => _log.Lines(LogLevel.Error).Where(line => line.Contains("Xid", StringComparison.Ordinal)).ToList();

    private static string Script(string first, string second) =>
        Two.Replace("{0}", first, StringComparison.Ordinal).Replace("{1}", second, StringComparison.Ordinal);

    private DeviceSampler Start(IDeviceSource source)
    {
        var sampler = new DeviceSampler([source], () => [], TimeSpan.FromSeconds(5), _metrics, _readings, _clock, new Loggers(_log));
        sampler.Start();
        return sampler;
    }

    private Task UntilCountedAsync(double first, double second) =>
        UntilAsync(async () => await CountAsync("0") == first && await CountAsync("1") == second);

    private async Task<double?> CountAsync(string deviceId)
    {
        using var stream = new MemoryStream();
        await _metrics.Registry.WriteAsync(stream, ExpositionFormat.PrometheusText, gzip: false, TestContext.Current.CancellationToken);
        var metrics = MetricsText.Parse(Encoding.UTF8.GetString(stream.ToArray()));
        return metrics.Count(Xids, ("device_id", deviceId)) == 0 ? null : metrics.Sum(Xids, ("device_id", deviceId));
    }

    private static Task UntilAsync(Func<bool> condition) => UntilAsync(() => Task.FromResult(condition()));

    private static async Task UntilAsync(Func<Task<bool>> condition)
    {
        for (var i = 0; !await condition(); i++)
        {
            Assert.True(i < 6000, "Waited in vain.");
            await Task.Delay(10, TestContext.Current.CancellationToken);
        }
    }

    /// <summary>How often each device's errors were begun to be told.</summary>
    private sealed class Begun : IDeviceErrors
    {
        private readonly ConcurrentDictionary<IDevice, int> _counts = [];

        public int Count(IDevice device) => _counts.GetValueOrDefault(device);

        public void Begin(IDevice device) => _counts.AddOrUpdate(device, 1, (_, count) => count + 1);

        public void Add(IDevice device, long code, uint? gpuInstanceId)
        {
        }
    }

    private sealed class WaitingSource(bool hangs) : IDeviceSource, IDevice
    {
        private readonly ManualResetEventSlim _hangEnds = new();
        private volatile bool _watched;
        private volatile bool _closed;

        public string Name => "Test";

        public DeviceIdentity Identity { get; } = new("test") { FixedId = "cpu" };

        public string? Failure { get; init; }

        public bool IsWatched => _watched;

        public bool IsClosed => _closed;

        public void EndHang() => _hangEnds.Set();

        public IReadOnlyList<IDevice> Open() => [this];

        public DeviceReading Read() => new() { TemperatureCelsius = 1 };

        public void Watch(IDeviceErrors errors, CancellationToken stop)
        {
            _watched = true;
            if (Failure is not null)
                throw new InvalidOperationException(Failure);
            if (hangs)
                _hangEnds.Wait(CancellationToken.None);
            else
                stop.WaitHandle.WaitOne();
        }

        public void Close() => _closed = true;
    }
}
