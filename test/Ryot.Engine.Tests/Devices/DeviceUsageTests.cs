using Microsoft.Extensions.Time.Testing;
using Ryot.Engine.Devices;
using Ryot.Engine.Llama;
using Ryot.LlamaCpp;
using Xunit;

namespace Ryot.Engine.Tests.Devices;

/// <summary>How full and how busy a model's devices are comes from samples, so that no scrape waits for a driver.</summary>
public sealed class DeviceUsageTests
{
    private readonly FakeTimeProvider _clock = new();
    private readonly DeviceReadings _readings = new();

    [Fact]
    public void A_sampled_device_is_as_it_was_sampled()
    {
        Set(new DeviceReading { MemoryUsedBytes = 30, MemoryTotalBytes = 80, UtilizationPercent = 55 });
        Assert.Equal(new DeviceUsage(30, 80, 55), DeviceUsage.Read("7", _readings));
        Set(new DeviceReading { MemoryUsedBytes = 30, MemoryTotalBytes = 80 });
        Assert.Equal(new DeviceUsage(30, 80, double.NaN), DeviceUsage.Read("7", _readings));
        Set(new DeviceReading { UtilizationPercent = 55 });
        Assert.Equal(new DeviceUsage(0, 0, 55), DeviceUsage.Read("7", _readings));
    }

    [Fact]
    public void Of_a_device_that_does_not_answer_nothing_is_known_and_no_driver_is_asked()
    {
        Set(null);
        Assert.Equal(new DeviceUsage(0, 0, double.NaN), DeviceUsage.Read("7", _readings));
    }

    [Fact]
    public void A_model_s_memory_tells_how_full_and_how_busy_its_devices_are()
    {
        Set(new DeviceReading { MemoryUsedBytes = 30, MemoryTotalBytes = 80, UtilizationPercent = 55 });
        var figures = new MemoryFigures(8, "float16", id => DeviceUsage.Read(id, _readings), _clock);
        figures.Update([new LlamaDeviceMemory("7") { WeightsBytes = 10 }, new LlamaDeviceMemory("cpu")]);
        var devices = figures.Read().Devices;
        Assert.Equal((30, 80, 55), (devices[0].DeviceUsedBytes, devices[0].DeviceTotalBytes, devices[0].UtilizationPercent));
        // The processor's is the busy share of the engine, not that of the machine.
        Assert.Equal(double.NaN, devices[1].UtilizationPercent);
    }

    private void Set(DeviceReading? reading) =>
        _readings.Set(new DeviceState("7", new DeviceIdentity("GPU")) { Reading = reading, Failure = reading is null ? "gone" : null });
}
