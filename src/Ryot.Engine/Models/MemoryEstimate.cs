namespace Ryot.Engine.Models;

/// <summary>What a model takes, or will take, of each device's memory.</summary>
/// <param name="Bytes">Bytes by device: <c>cpu</c>, or <c>gpu</c> for all GPUs together.</param>
/// <param name="Remark">What the figure leaves out; null when it leaves nothing out.</param>
public sealed record MemoryEstimate(IReadOnlyDictionary<string, long> Bytes, string? Remark = null)
{
    /// <summary>The device of everything that lives in the machine's own memory.</summary>
    public const string Cpu = "cpu";

    /// <summary>All GPUs together.</summary>
    public const string Gpu = "gpu";

    /// <summary>Takes nothing.</summary>
    public static MemoryEstimate None { get; } = new(new Dictionary<string, long>());

    /// <summary>All in the machine's own memory.</summary>
    /// <param name="bytes">How much.</param>
    /// <param name="remark">What that leaves out.</param>
    public static MemoryEstimate OnCpu(long bytes, string? remark = null) => new(new Dictionary<string, long> { [Cpu] = bytes }, remark);

    /// <summary>Adds up what devices hold.</summary>
    /// <param name="devices">The devices as metrics name them, <c>cpu</c> or a GPU's number, with their bytes.</param>
    public static MemoryEstimate Of(IEnumerable<(string DeviceId, long Bytes)> devices) => new(devices
        .GroupBy(device => device.DeviceId == Cpu ? Cpu : Gpu)
        .ToDictionary(group => group.Key, group => group.Sum(device => device.Bytes)));

    /// <summary>Bytes of one device.</summary>
    /// <param name="device">The device.</param>
    public long On(string device) => Bytes.GetValueOrDefault(device);
}
