using Ryot.LlamaCpp;
using Ryot.Metrics;

namespace Ryot.Engine.Llama;

/// <summary>
/// Runs a context's passes and looks into some of them: the first ones and one in many show where the memory is, and one in many is
/// profiled. The engine's thread runs passes, any thread reads what was found.
/// </summary>
internal sealed class PassObserver : IGraphObserver
{
    private readonly LlamaContext _context;
    private readonly MemoryObserver _buffers = new();
    private readonly MemoryFigures _memory;
    private readonly KernelProfiler _profiler;
    private readonly int _every;
    private int _untilNext;

    /// <param name="context">Made with <see cref="LlamaContextOptions.ObserveGraph"/>.</param>
    /// <param name="every">One pass in so many is profiled, the first included; 0 is none.</param>
    /// <param name="memory">Gets what was found of the memory.</param>
    /// <param name="clock">Times the nodes.</param>
    public PassObserver(LlamaContext context, int every, MemoryFigures memory, TimeProvider clock)
    {
        _context = context;
        _every = every;
        _memory = memory;
        _profiler = new KernelProfiler(clock);
    }

    public KernelShares Kernels => _profiler.Shares;

    /// <summary>First passes, which show where the weights and the caches lie.</summary>
    public DecodeResult WarmUp()
    {
        _context.GraphObserver = _buffers;
        var result = _context.WarmUp();
        _context.GraphObserver = null;
        _memory.Update(ReadMemory());
        return result;
    }

    public DecodeResult Decode(LlamaBatch batch)
    {
        if (_every == 0 || _untilNext-- > 0)
            return _context.Decode(batch);
        _untilNext = _every - 1;
        return DecodeObserved(batch);
    }

    bool IGraphObserver.Wants(in GraphNode node)
    {
        _buffers.See(node);
        return _profiler.Wants(node);
    }

    void IGraphObserver.Computed(in GraphNode node) => _profiler.Computed();

    /// <summary>Of all buffers only that for outputs holds no tensor of a pass; it is the machine's own memory.</summary>
    private IReadOnlyList<LlamaDeviceMemory> ReadMemory()
    {
        var devices = _buffers.Read();
        var cpu = devices.FirstOrDefault(device => device.DeviceId == LlamaDeviceMemory.Cpu, new LlamaDeviceMemory(LlamaDeviceMemory.Cpu));
        return [cpu with { OutputBytes = _context.OutputBytes }, .. devices.Where(device => device.DeviceId != LlamaDeviceMemory.Cpu)];
    }

    private DecodeResult DecodeObserved(LlamaBatch batch)
    {
        _buffers.BeginPass();
        _profiler.Begin();
        _context.GraphObserver = this;
        try
        {
            var result = _context.Decode(batch);
            if (result == DecodeResult.Ok)
                _profiler.End();
            return result;
        }
        finally
        {
            _context.GraphObserver = null;
            if (_buffers.HasChanged)
                _memory.Update(ReadMemory());
        }
    }
}
