using System.Globalization;

namespace Ryot.Engine.Devices;

/// <summary>
/// Gives GPUs the numbers that the engine knows them by, so that what a model takes of a device and what the device tells have the same
/// label. GPUs that the engine does not use get the numbers after those. Safe on any thread.
/// </summary>
/// <param name="engineBusIds">Where the engine's GPUs are on the PCI bus, in its own order; null where it cannot tell.</param>
internal sealed class DeviceNumbers(IReadOnlyList<string?> engineBusIds)
{
    private readonly Lock _gate = new();
    private readonly HashSet<int> _taken = [];
    private readonly List<string?> _engineBusIds = [.. engineBusIds.Select(PciBusId.Normalize)];

    /// <summary>The label of a device.</summary>
    public string Take(DeviceIdentity device)
    {
        if (device.FixedId is { } id)
            return id;
        lock (_gate)
        {
            var number = device.BusId is { } busId ? _engineBusIds.IndexOf(busId) : -1;
            if (number < 0 || !_taken.Add(number))
            {
                number = _engineBusIds.Count;
                while (!_taken.Add(number))
                    number++;
            }
            return number.ToString(CultureInfo.InvariantCulture);
        }
    }
}
