using System.Globalization;

namespace Ryot.Engine.Devices;

/// <summary>
/// Gives GPUs the numbers that the engine knows them by, so that what a model takes of a device and what the device tells have the same
/// label. GPUs that the engine does not use get the numbers after those. Safe on any thread.
/// </summary>
/// <param name="engineIds">
/// Where the engine's GPUs are on the PCI bus, or their unique ids, in the engine's own order; null where it cannot tell.
/// </param>
internal sealed class DeviceNumbers(IReadOnlyList<string?> engineIds)
{
    private readonly Lock _gate = new();
    private readonly HashSet<int> _taken = [];
    private readonly List<string?> _engineIds = [.. engineIds.Select(id => PciBusId.Normalize(id) ?? id)];

    /// <summary>The label of a device.</summary>
    public string Take(DeviceIdentity device)
    {
        if (device.FixedId is { } id)
            return id;
        lock (_gate)
        {
            var number = device.Uuid is { } uuid ? _engineIds.IndexOf(uuid) : -1;
            // An instance is where its GPU is, which is listed before it and has the number.
            if (number < 0 && device is { Mig: null, BusId: { } busId })
                number = _engineIds.IndexOf(busId);
            if (number < 0 || !_taken.Add(number))
            {
                number = _engineIds.Count;
                while (!_taken.Add(number))
                    number++;
            }
            return number.ToString(CultureInfo.InvariantCulture);
        }
    }
}
