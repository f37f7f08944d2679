namespace Ryot.Engine.Devices.Nvml;

/// <summary>What a device exchanges with the machine and with other devices.</summary>
internal sealed unsafe partial class NvmlLibrary
{
    /// <summary>No device has more NVLinks.</summary>
    public const uint MostNvLinks = 18;

    /// <summary>Kinds of errors of a link: replays, recoveries, and checksum errors of flow control and of data.</summary>
    public const int NvLinkErrorKinds = 4;

    private const int PcieSent = 0;
    private const int PcieReceived = 1;
    private const uint FieldNvLinkSent = 138;
    private const uint FieldNvLinkReceived = 139;
    private const uint AllLinks = uint.MaxValue;

    private readonly nint _pcieThroughput = Find(library, "nvmlDeviceGetPcieThroughput");
    private readonly nint _pcieReplays = Find(library, "nvmlDeviceGetPcieReplayCounter");
    private readonly nint _nvLinkState = Find(library, "nvmlDeviceGetNvLinkState");
    private readonly nint _nvLinkErrors = Find(library, "nvmlDeviceGetNvLinkErrorCounter");

    /// <summary>Kilobytes per second over PCI Express. The driver counts for 20 ms before it answers.</summary>
    public NvmlReturn GetPcieThroughput(nint device, bool received, out uint kilobytes) =>
        Get(_pcieThroughput, device, received ? PcieReceived : PcieSent, out kilobytes);

    public NvmlReturn GetPcieReplays(nint device, out uint replays) => Get(_pcieReplays, device, out replays);

    /// <summary>Whether a link is active (1) or not (0).</summary>
    public NvmlReturn GetNvLinkState(nint device, uint link, out uint active) => Get(_nvLinkState, device, (int)link, out active);

    /// <summary>KiB over all links, without what the protocol adds.</summary>
    public NvmlReturn GetNvLinkTraffic(nint device, bool received, out ulong kibibytes) =>
        GetField(device, received ? FieldNvLinkReceived : FieldNvLinkSent, AllLinks, out kibibytes);

    public NvmlReturn GetNvLinkErrors(nint device, uint link, int kind, out ulong errors)
    {
        errors = 0;
        fixed (ulong* result = &errors)
        {
            return _nvLinkErrors == 0
                ? NvmlReturn.FunctionNotFound
                : ((delegate* unmanaged[Cdecl]<nint, uint, int, ulong*, NvmlReturn>)_nvLinkErrors)(device, link, kind, result);
        }
    }
}
