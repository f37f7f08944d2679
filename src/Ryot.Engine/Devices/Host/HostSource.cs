namespace Ryot.Engine.Devices.Host;

/// <summary>The machine's processors and memory, as one device.</summary>
/// <param name="sysfs">Where the kernel shows its devices, usually <c>/sys</c>.</param>
internal sealed class HostSource(string sysfs) : IDeviceSource
{
    public string Name => "Host";

    public IReadOnlyList<IDevice> Open() => [new HostDevice(new RaplMeter(sysfs), "/proc/stat")];
}
