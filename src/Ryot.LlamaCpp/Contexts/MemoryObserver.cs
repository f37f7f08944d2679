using System.Globalization;
using Ryot.LlamaCpp.Interop;

namespace Ryot.LlamaCpp;

/// <summary>
/// Finds out what a model and its context have allocated, from the buffers in which the tensors of a pass lie: exact to the
/// byte, for each device. The C API has no function for it, and the log rounds to hundredths of a MiB. It wants no node to be
/// told, so the pass runs as always.
/// </summary>
/// <remarks>
/// Weights and caches are known after the first pass. Compute buffers can be others after a later one. The output buffer holds no
/// tensor of a pass: the context tells its size (<see cref="LlamaContext.OutputBytes"/>).
/// </remarks>
public sealed unsafe class MemoryObserver : IGraphObserver
{
    private readonly Dictionary<nint, Buffer> _buffers = [];
    private int _pass;

    private enum Content
    {
        Weights,
        KvCache,
        RecurrentState,
        Compute,
    }

    /// <summary>True when a pass has brought something new since the last <see cref="Read"/>.</summary>
    public bool HasChanged { get; private set; }

    /// <summary>Says that a new pass begins.</summary>
    public void BeginPass() => _pass++;

    /// <summary>Takes note of where the node and what it is computed from lie.</summary>
    /// <param name="node">A node of the pass.</param>
    public void See(in GraphNode node)
    {
        NativeTensor* tensor = node.Tensor;
        Add(tensor);
        foreach (nint source in (ReadOnlySpan<nint>)tensor->Sources)
        {
            if (source != 0) Add((NativeTensor*)source);
        }
    }

    /// <summary>What was allocated when the last pass ran; the machine's own memory first, then GPUs.</summary>
    /// <returns>One entry for each device that holds something; none before the first pass.</returns>
    public IReadOnlyList<LlamaDeviceMemory> Read()
    {
        HasChanged = false;
        var devices = new SortedDictionary<int, LlamaDeviceMemory>();
        foreach (IGrouping<int, Buffer> device in _buffers.Values.GroupBy(static buffer => buffer.Device))
        {
            // A pass that touched no compute buffer of a device says nothing about it: the last one that did counts.
            int latest = device.Where(static buffer => buffer.Content == Content.Compute).Select(static buffer => buffer.Pass).DefaultIfEmpty().Max();
            long Sum(Content content) => device.Where(buffer => buffer.Content == content && (content != Content.Compute || buffer.Pass == latest))
                .Sum(static buffer => buffer.Bytes);
            devices[device.Key] = new LlamaDeviceMemory(device.Key < 0 ? LlamaDeviceMemory.Cpu : device.Key.ToString(CultureInfo.InvariantCulture))
            {
                WeightsBytes = Sum(Content.Weights),
                KvCacheBytes = Sum(Content.KvCache),
                RecurrentStateBytes = Sum(Content.RecurrentState),
                ComputeBytes = Sum(Content.Compute),
            };
        }

        return [.. devices.Values];
    }

    bool IGraphObserver.Wants(in GraphNode node)
    {
        See(node);
        return false;
    }

    void IGraphObserver.Computed(in GraphNode node)
    {
    }

    private void Add(NativeTensor* tensor)
    {
        nint pointer = tensor->Buffer;
        if (pointer == 0) return;
        if (!_buffers.TryGetValue(pointer, out Buffer? buffer))
        {
            _buffers[pointer] = new Buffer(Classify(tensor, pointer), GpuIndex.Of(pointer), (long)NativeGgml.BufferSize(pointer)) { Pass = _pass };
            HasChanged = true;
        }
        else if (buffer.Pass != _pass)
        {
            // A buffer can have been freed since and another one made at its address.
            buffer.Pass = _pass;
            long bytes = (long)NativeGgml.BufferSize(pointer);
            HasChanged |= bytes != buffer.Bytes;
            buffer.Bytes = bytes;
        }
    }

    private static Content Classify(NativeTensor* tensor, nint buffer) => NativeGgml.UsageOf(buffer) switch
    {
        BufferUsage.Compute => Content.Compute,
        BufferUsage.Weights => Content.Weights,
        _ => ClassifyCache(tensor->ViewSource is null ? tensor : tensor->ViewSource),
    };

    // Caches are named cache_k_l0, cache_v_l0 and the like; recurrent states end in another letter. What lies beside the
    // model's own weights and is no cache either is an adapter's.
    private static Content ClassifyCache(NativeTensor* tensor)
    {
        ReadOnlySpan<byte> name = NativeText.Span(tensor->Name);
        if (!name.StartsWith("cache_"u8)) return Content.Weights;
        int layer = name.LastIndexOf("_l"u8);
        return layer > 0 && name[layer - 1] is (byte)'k' or (byte)'v' ? Content.KvCache : Content.RecurrentState;
    }

    private sealed class Buffer(Content content, int device, long bytes)
    {
        public Content Content { get; } = content;

        public int Device { get; } = device;

        public long Bytes { get; set; } = bytes;

        /// <summary>The last pass that used it.</summary>
        public int Pass { get; set; }
    }
}
