using System.Collections.Concurrent;

namespace Ryot.Metrics;

/// <summary>The tenants of the process that have series of their own, numbered in the order in which they came.</summary>
internal sealed class TenantDirectory
{
    /// <summary>The number of all tenants that have none.</summary>
    internal const int Other = 0;

    private readonly ConcurrentDictionary<string, int> _numbers = new(StringComparer.Ordinal);
    private readonly string[] _names;
    private readonly Lock _changes = new();
    private readonly MetricRegistry _registry;
    private int _count;

    internal TenantDirectory(TenantOptions options, MetricRegistry registry)
    {
        _registry = registry;
        _names = new string[options.MaxTenants + 1];
        Declared = options.Allowed.Count + 1;
        foreach (var name in options.Allowed.Prepend(TenantOptions.Other))
            Add(name);
    }

    /// <summary>How many numbers there can be, that of <see cref="Other"/> included.</summary>
    internal int Capacity => _names.Length;

    /// <summary>How many of them, from 0, have series from the start.</summary>
    internal int Declared { get; }

    internal string Name(int number) => _names[number];

    /// <summary>
    /// The number of a tenant, which is new if there is still room; otherwise that of <see cref="Other"/>, and the request that asked
    /// counts as one beyond the limit. A name that cannot be one is <see cref="Other"/> too.
    /// </summary>
    internal int NumberOf(string name)
    {
        if (_numbers.TryGetValue(name, out var number))
            return number;
        if (!TenantOptions.IsWellFormed(name))
            return Other;
        // Without the lock once it is full, so that a flood of names does not queue up here.
        if (Volatile.Read(ref _count) < Capacity)
        {
            lock (_changes)
            {
                if (_numbers.TryGetValue(name, out number))
                    return number;
                if (_count < Capacity)
                    return Add(name);
            }
        }

        _registry.Drop(DropReason.TenantLimit);
        return Other;
    }

    private int Add(string name)
    {
        var number = _count;
        _names[number] = name;
        _numbers[name] = number;
        Volatile.Write(ref _count, number + 1);
        return number;
    }
}
