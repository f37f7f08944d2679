using Ryot.LlamaCpp;
using Ryot.Metrics;

namespace Ryot.Engine.Llama;

/// <summary>
/// Times the nodes of one pass in many and tells how the time was shared (docs/decisions/sampled-profile.md). Passes count by their
/// duration; older ones fade. One thread profiles, any thread reads.
/// </summary>
internal sealed class KernelProfiler(TimeProvider clock)
{
    /// <summary>Weight of a new pass against those before it: about the last 16 count.</summary>
    private const double Freshness = 1.0 / 16;

    /// <summary>Nodes of a pass that compute nothing and are timed nevertheless: what it costs to run a node alone.</summary>
    private const int MostProbes = 16;

    private readonly long[] _ticks = new long[3];
    private readonly long[] _nodes = new long[3];
    private readonly double[] _mean = new double[3];
    private KernelKind _kind;
    private long _started;
    private long _overhead;
    private int _probes;
    private bool _hasMean;
    private long _shares = Pack(float.NaN, float.NaN);

    /// <summary>How the time of the last sampled passes was shared; NaN before the first.</summary>
    public KernelShares Shares
    {
        get
        {
            var packed = Volatile.Read(ref _shares);
            double matMul = BitConverter.Int32BitsToSingle((int)(packed >> 32));
            double attention = BitConverter.Int32BitsToSingle((int)packed);
            return new KernelShares(matMul, attention, Math.Max(0, 1 - matMul - attention));
        }
    }

    public void Begin()
    {
        Array.Clear(_ticks);
        Array.Clear(_nodes);
        _overhead = long.MaxValue;
        _probes = 0;
    }

    /// <summary>A node is about to be computed.</summary>
    /// <returns>True to be told when it is done.</returns>
    public bool Wants(in GraphNode node)
    {
        _kind = KernelKinds.Of(node);
        if (_kind == KernelKind.None && ++_probes > MostProbes)
            return false;
        _started = clock.GetTimestamp();
        return true;
    }

    /// <summary>The node that was wanted last is done.</summary>
    public void Computed()
    {
        var elapsed = clock.GetTimestamp() - _started;
        if (_kind == KernelKind.None)
        {
            _overhead = Math.Min(_overhead, elapsed);
            return;
        }
        _ticks[(int)_kind] += elapsed;
        _nodes[(int)_kind]++;
    }

    /// <summary>The pass is complete.</summary>
    public void End()
    {
        var overhead = _probes == 0 ? 0 : _overhead;
        var weight = _hasMean ? Freshness : 1;
        var total = 0.0;
        for (var kind = 0; kind < _mean.Length; kind++)
        {
            var own = Math.Max(0, _ticks[kind] - _nodes[kind] * overhead);
            _mean[kind] += weight * (own - _mean[kind]);
            total += _mean[kind];
        }
        if (total == 0)
            return;
        _hasMean = true;
        Volatile.Write(ref _shares, Pack((float)(_mean[(int)KernelKind.MatMul] / total), (float)(_mean[(int)KernelKind.Attention] / total)));
    }

    /// <summary>Both in one word, so that they are read together without a lock.</summary>
    private static long Pack(float matMul, float attention) =>
        ((long)BitConverter.SingleToInt32Bits(matMul) << 32) | (uint)BitConverter.SingleToInt32Bits(attention);
}
