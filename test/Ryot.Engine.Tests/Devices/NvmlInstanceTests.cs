using Ryot.Engine.Devices;
using Ryot.Engine.Devices.Nvml;
using Ryot.Engine.Llama;
using Ryot.Testing.Nvml;
using Xunit;

namespace Ryot.Engine.Tests.Devices;

/// <summary>GPUs that are divided into instances (MIG).</summary>
public sealed class NvmlInstanceTests
{
    private const string Divided = """
        device
        uuid GPU-1
        name NVIDIA A100
        pci 00000000:C1:00.0
        total 40000
        used 900
        power 90000
        energy 5000
        mig 1
        instance
        slot 0
        uuid MIG-1
        name NVIDIA A100 MIG 1g.5gb
        gpu_instance 7
        compute_instance 0
        total 5000
        used 700
        power 1
        utilization 1
        instance
        slot 3
        uuid MIG-2
        gpu_instance 3
        total 20000
        used 200
        device
        uuid GPU-2
        name NVIDIA T4
        mig 0
        total 16000
        used 1
        """;

    [Fact]
    public void Instances_are_devices_after_the_GPUs_and_tell_their_memory_and_no_more()
    {
        using var library = new NvmlStandIn(Divided);
        var devices = Open(library);
        Assert.Equal(["NVIDIA A100", "NVIDIA T4", "NVIDIA A100 MIG 1g.5gb", "NVIDIA A100 MIG"], devices.Select(device => device.Identity.Name));
        Assert.Equal([null, null, new("GPU-1", 7, 0), new("GPU-1", 3, null)], devices.Select(device => device.Identity.Mig));
        Assert.Equal(
            new DeviceIdentity("NVIDIA A100 MIG 1g.5gb") { Uuid = "MIG-1", BusId = "0000:c1:00.0", Mig = new("GPU-1", 7, 0) }, devices[2].Identity);
        Assert.Equal(new DeviceReading { MemoryTotalBytes = 5000, MemoryUsedBytes = 700 }, devices[2].Read());
        Assert.Equal(new DeviceReading { MemoryTotalBytes = 20000, MemoryUsedBytes = 200 }, devices[3].Read());
    }

    [Fact]
    public void A_divided_GPU_tells_all_but_the_memory_that_its_instances_tell()
    {
        using var library = new NvmlStandIn(Divided);
        Assert.Equal(new DeviceReading { PowerWatts = 90, EnergyJoules = 5 }, Open(library)[0].Read());
        Assert.Equal(16000, Open(library)[1].Read().MemoryTotalBytes);
    }

    [Fact]
    public void A_divided_GPU_whose_instances_cannot_be_seen_tells_its_memory_itself()
    {
        using var library = new NvmlStandIn(Divided.Replace("slot", "hidden", StringComparison.Ordinal));
        var devices = Open(library);
        Assert.Equal((2, 40000), (devices.Count, devices[0].Read().MemoryTotalBytes));
    }

    [Fact]
    public void Of_a_driver_that_knows_no_instances_there_are_none()
    {
        using var library = new NvmlStandIn(Divided, old: true);
        Assert.Equal(["GPU-1", "GPU-2"], Open(library).Select(device => device.Identity.Uuid));
    }

    [Fact]
    public void Compute_instances_of_one_GPU_instance_tell_the_memory_that_they_share_once()
    {
        var own = $"processes {Environment.ProcessId}:150";
        using var library = new NvmlStandIn(Divided.Replace(
            "used 200\n", $"used 200\ninstance\nslot 4\nuuid MIG-3\ngpu_instance 3\ncompute_instance 1\ntotal 20000\nused 200\n{own}\n", StringComparison.Ordinal));
        var devices = Open(library);
        Assert.Equal([5000, 20000, null], devices.Skip(2).Take(3).Select(device => device.Read().MemoryTotalBytes));
        Assert.Equal(new DeviceReading { OwnMemoryBytes = 150 }, devices[4].Read());

        var readings = new DeviceReadings();
        for (var i = 0; i < devices.Count; i++)
            readings.Set(new DeviceState($"{i}", devices[i].Identity) { Reading = devices[i].Read() });
        Assert.Equal(new DeviceUsage(200, 20000), DeviceUsage.Read("0", readings));
    }

    [Fact]
    public void An_instance_that_is_taken_away_says_so_and_is_found_again()
    {
        using var library = new NvmlStandIn(Divided);
        var instance = Open(library)[3];
        Assert.Equal(200, instance.Read().MemoryUsedBytes);
        library.Answer(Divided.Replace("used 200", "all !15", StringComparison.Ordinal));
        Assert.Throws<DeviceLostException>(instance.Read);
        library.Answer(Divided.Replace("MIG-2", "MIG-3", StringComparison.Ordinal));
        Assert.Throws<DeviceLostException>(instance.Read);
        library.Answer(Divided);
        Assert.Equal(200, instance.Read().MemoryUsedBytes);
    }

    [Fact]
    public void The_GPU_has_the_number_of_the_engine_unless_the_engine_tells_which_instance_it_uses()
    {
        using var library = new NvmlStandIn(Divided);
        var numbers = new DeviceNumbers(["0000:C1:00.0"]);
        Assert.Equal(["0", "1", "2", "3"], Open(library).Select(device => numbers.Take(device.Identity)));
        numbers = new DeviceNumbers(["MIG-2"]);
        Assert.Equal(["1", "2", "3", "0"], Open(library).Select(device => numbers.Take(device.Identity)));
    }

    [Fact]
    public void How_full_a_divided_GPU_is_for_this_process_its_only_instance_tells_or_the_one_where_it_has_memory()
    {
        var readings = new DeviceReadings();
        readings.Set(new DeviceState("0", new DeviceIdentity("GPU") { Uuid = "GPU-1" }) { Reading = new DeviceReading { PowerWatts = 1 } });
        Assert.Equal(new DeviceUsage(0, 0), DeviceUsage.Read("0", readings));
        SetInstance("1", "GPU-2", new DeviceReading { MemoryTotalBytes = 9, MemoryUsedBytes = 9, OwnMemoryBytes = 9 });
        SetInstance("2", "GPU-1", new DeviceReading { MemoryTotalBytes = 50, MemoryUsedBytes = 7 });
        Assert.Equal(new DeviceUsage(7, 50), DeviceUsage.Read("0", readings));
        SetInstance("3", "GPU-1", new DeviceReading { MemoryTotalBytes = 20, MemoryUsedBytes = 2 });
        Assert.Equal(new DeviceUsage(0, 0), DeviceUsage.Read("0", readings));
        SetInstance("3", "GPU-1", new DeviceReading { MemoryTotalBytes = 20, MemoryUsedBytes = 2, OwnMemoryBytes = 1 });
        Assert.Equal(new DeviceUsage(2, 20), DeviceUsage.Read("0", readings));

        void SetInstance(string id, string gpu, DeviceReading reading) =>
            readings.Set(new DeviceState(id, new DeviceIdentity("MIG") { Mig = new MigInstance(gpu, 1, 0) }) { Reading = reading });
    }

    private static IReadOnlyList<IDevice> Open(NvmlStandIn library) => new NvmlSource(library.Path).Open();
}
