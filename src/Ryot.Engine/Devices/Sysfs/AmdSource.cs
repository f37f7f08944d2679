namespace Ryot.Engine.Devices.Sysfs;

/// <summary>AMD's GPUs, by the files of the kernel's driver; no library is needed.</summary>
/// <param name="root">Where the kernel shows its devices, usually <c>/sys</c>.</param>
internal sealed class AmdSource(string root) : IDeviceSource
{
    private const string Vendor = "0x1002";

    public string Name => "AMD";

    public IReadOnlyList<IDevice> Open() =>
    [
        .. new SysfsFolder(Path.Combine(root, "class", "drm")).Folders("card*")
            // Their connectors are there too, as card0-DP-1.
            .Where(card => card.Name.AsSpan("card".Length).IndexOfAnyExceptInRange('0', '9') < 0)
            .OrderBy(card => card.Name.Length)
            .Select(card => card.Folder("device"))
            .Where(device => device.Text("vendor") == Vendor && device.Number("mem_info_vram_total") is > 0)
            .Select(device => new AmdDevice(device)),
    ];
}
