namespace Ryot.Metrics;

/// <summary>
/// Charges one device's energy to the models that it was used for: each pays for the share of the time in which its engine was busy. What
/// is left was used by an idle device or by others, and is charged to nobody.
/// </summary>
internal sealed class EnergyShares(RyotMetrics owner, string deviceId)
{
    private Dictionary<ModelMetrics, long> _busyBefore = [];
    private long? _before;

    /// <summary>Charges what was used since the call before; the first call only begins.</summary>
    internal void Charge(double joules, long now)
    {
        var models = owner.Models;
        var busyNow = new Dictionary<ModelMetrics, long>(models.Count);
        var busy = new (ModelMetrics Model, long Ticks)[models.Count];
        long sum = 0;
        for (var index = 0; index < busy.Length; index++)
        {
            var model = models[index];
            var before = _busyBefore.GetValueOrDefault(model);
            // A pass that just ended may be missed once: it is in the next reading, and must not count twice there.
            var total = Math.Max(before, model.ReadBusyTicks(deviceId, out var isOnDevice));
            busyNow.Add(model, total);
            busy[index] = (model, isOnDevice ? total - before : 0);
            sum += busy[index].Ticks;
        }

        var elapsed = _before is { } begin ? now - begin : 0;
        (_busyBefore, _before) = (busyNow, now);
        // Several engines may be busy at once on one device: then they share it.
        var whole = Math.Max(elapsed, sum);
        foreach (var (model, ticks) in busy)
            model.ChargeEnergy(elapsed > 0 ? joules * ticks / whole : 0);
    }
}
