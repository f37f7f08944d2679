using System.Globalization;
using Microsoft.Extensions.Logging;

namespace Ryot.Engine.Models;

/// <summary>
/// Decides which models are in memory. Loads them one at a time, in the order in which they were asked for, and makes room for them.
/// </summary>
/// <remarks>Hosts call in here while they hold their lock, so nothing here calls a host while it holds its own.</remarks>
internal sealed partial class ModelResidency(ResidencyOptions options, TimeProvider clock, ILogger<ModelResidency> logger)
{
    /// <summary>Requests that run on after their reader gave up tell nobody when they end.</summary>
    private static readonly TimeSpan _poll = TimeSpan.FromMilliseconds(100);

    private readonly Lock _gate = new();
    private readonly Queue<ModelHost> _queue = new();
    private readonly HashSet<ModelHost> _hosts = [];
    private bool _working;
    private volatile ResidencyOptions _options = options;
    private volatile TaskCompletionSource? _changed;

    /// <summary>The limits; may change at any time.</summary>
    public ResidencyOptions Options
    {
        get => _options;
        set
        {
            _options = value;
            Signal();
        }
    }

    /// <summary>Bytes of a device that models take or are about to take.</summary>
    public long MemoryInUse(string device) => Hosts().Sum(host => host.Memory.On(device));

    public void Add(ModelHost host)
    {
        lock (_gate)
            _hosts.Add(host);
    }

    public void Remove(ModelHost host)
    {
        lock (_gate)
            _hosts.Remove(host);
    }

    /// <summary>Puts a model in line to be loaded.</summary>
    public void RequestLoad(ModelHost host)
    {
        lock (_gate)
        {
            if (_queue.Contains(host))
                return;
            _queue.Enqueue(host);
            if (_working)
                return;
            _working = true;
        }
        _ = Task.Run(WorkAsync);
    }

    /// <summary>A model's memory is free again.</summary>
    public void Free(ModelHost host)
    {
        host.Memory = MemoryEstimate.None;
        Signal();
    }

    /// <summary>A model became idle or left memory: a load that waits for room looks again.</summary>
    public void Signal() => _changed?.TrySetResult();

    /// <summary>Waits until there is room for a model, evicts others for it where that is needed, and takes the room.</summary>
    /// <exception cref="ModelUnavailableException">There can never be room.</exception>
    /// <exception cref="NoRoomException">There is none, and it may not be taken from others.</exception>
    public async Task MakeRoomAsync(ModelHost host, MemoryEstimate needed, CancellationToken cancellationToken)
    {
        var started = clock.GetTimestamp();
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            // Before anything is looked at, so that no change is missed.
            var changed = _changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            var limits = _options;
            var hosts = Hosts();
            RefuseHopeless(host, needed, hosts, limits);
            if (limits.MemoryBudget.All(budget => needed.On(budget.Key) <= Free(budget, hosts)))
            {
                host.Memory = needed;
                _changed = null;
                return;
            }
            if (!host.MayEvict)
                throw new NoRoomException($"other models take the memory, and it may be loaded later. {Describe(needed, limits)}");
            MakeRoom(host, needed, hosts, limits, evenIfBusy: clock.GetElapsedTime(started) >= limits.EvictionPatience);
            await WaitAsync(changed.Task, cancellationToken);
        }
    }

    private async Task WaitAsync(Task changed, CancellationToken cancellationToken)
    {
        try
        {
            await changed.WaitAsync(_poll, clock, cancellationToken);
        }
        catch (TimeoutException)
        {
            // Looked again in vain at worst.
        }
    }

    private void MakeRoom(ModelHost host, MemoryEstimate needed, ModelHost[] hosts, ResidencyOptions limits, bool evenIfBusy)
    {
        var candidates = hosts.Select(other => other.AsCandidate()).OfType<EvictionCandidate>().ToList();
        var staying = candidates.ConvertAll(candidate => candidate.Host);
        // What is leaving already needs nobody's help.
        staying.AddRange(hosts.Where(other => other.Status is not ModelStatus.Unloading && !staying.Contains(other)));
        var victims = new List<EvictionCandidate>();
        foreach (var candidate in Order(candidates, evenIfBusy))
        {
            if (Fits())
                break;
            victims.Add(candidate);
            staying.Remove(candidate.Host);
        }
        // Where not even all of them make enough room, evicting some would help nobody.
        if (!Fits())
            return;
        foreach (var victim in victims)
        {
            LogEvicting(victim.Host.Id, host.Id, victim.IsIdle ? "idle" : "after its requests");
            victim.Host.Evict(evenIfBusy);
        }

        bool Fits() => limits.MemoryBudget.All(budget => needed.On(budget.Key) <= Free(budget, staying));
    }

    /// <summary>
    /// Idle models first: the lowest priority, then the one that was used longest ago. Of busy ones of a priority the one that was
    /// loaded longest ago goes first, so that all get their turn.
    /// </summary>
    private static IEnumerable<EvictionCandidate> Order(IEnumerable<EvictionCandidate> candidates, bool evenIfBusy) => candidates
        .Where(candidate => candidate.IsIdle || evenIfBusy)
        .OrderByDescending(candidate => candidate.IsIdle)
        .ThenBy(candidate => candidate.Priority)
        .ThenBy(candidate => candidate.IsIdle ? candidate.LastUsed : candidate.LoadedAt);

    private static long Free(KeyValuePair<string, long> budget, IEnumerable<ModelHost> hosts) =>
        budget.Value - hosts.Sum(host => host.Memory.On(budget.Key));

    private static void RefuseHopeless(ModelHost host, MemoryEstimate needed, ModelHost[] hosts, ResidencyOptions limits)
    {
        foreach (var (device, budget) in limits.MemoryBudget)
        {
            var pinned = hosts.Where(other => other != host && other.Options.Residency == ResidencyMode.Pinned).Sum(other => other.Memory.On(device));
            if (needed.On(device) > budget - pinned)
            {
                throw new ModelUnavailableException(
                    $"it needs {Size(needed.On(device))} of memory on {device}{(needed.Remark is { } remark ? $" ({remark})" : "")}, but the budget is "
                    + $"{Size(budget)}{(pinned > 0 ? $", of which pinned models take {Size(pinned)}" : "")}. "
                    + "Raise the memory budget, or lower the model's context length.");
            }
        }
    }

    private string Describe(MemoryEstimate needed, ResidencyOptions limits) => string.Join("; ", limits.MemoryBudget.Select(budget =>
        $"{budget.Key}: {Size(needed.On(budget.Key))} needed, {Size(MemoryInUse(budget.Key))} of {Size(budget.Value)} taken"));

    private static string Size(long bytes)
    {
        string[] units = ["B", "KiB", "MiB", "GiB", "TiB"];
        var unit = 0;
        double value = bytes;
        for (; value >= 1024 && unit < units.Length - 1; unit++)
            value /= 1024;
        return string.Create(CultureInfo.InvariantCulture, $"{value:0.##} {units[unit]}");
    }

    private ModelHost[] Hosts()
    {
        lock (_gate)
            return [.. _hosts];
    }

    private async Task WorkAsync()
    {
        while (true)
        {
            ModelHost host;
            lock (_gate)
            {
                if (!_queue.TryDequeue(out host!))
                {
                    _working = false;
                    return;
                }
            }
            await host.RunLoadAsync();
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Model {Model} leaves memory {When}, to make room for {Other}.")]
    private partial void LogEvicting(string model, string other, string when);
}
