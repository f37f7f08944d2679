namespace Ryot.LlamaCpp.Interop;

/// <summary>A thread pool of the CPU backend. Its functions belong to whichever backend library fits the processor.</summary>
internal sealed unsafe class ThreadPoolHandle : PointerHandle
{
    private const int CpuDevice = 0;

    private readonly delegate* unmanaged[Cdecl]<nint, void> _free;

    private ThreadPoolHandle(nint pointer, delegate* unmanaged[Cdecl]<nint, void> free)
        : base(pointer, parent: null)
    {
        _free = free;
    }

    internal static ThreadPoolHandle Create(ThreadPoolParams* parameters)
    {
        var create = (delegate* unmanaged[Cdecl]<ThreadPoolParams*, nint>)Function("ggml_threadpool_new"u8);
        var free = (delegate* unmanaged[Cdecl]<nint, void>)Function("ggml_threadpool_free"u8);
        nint pool = create(parameters);
        return pool != 0 ? new ThreadPoolHandle(pool, free) : throw new LlamaLibraryException("llama.cpp could not start a thread pool.");
    }

    protected override void Free(nint pointer) => _free(pointer);

    private static nint Function(ReadOnlySpan<byte> name)
    {
        nint device = NativeGgml.DeviceByType(CpuDevice);
        if (device == 0) throw new LlamaLibraryException("llama.cpp has no CPU backend loaded.");
        fixed (byte* pointer = name)
        {
            nint function = NativeGgml.BackendProcAddress(NativeGgml.DeviceBackend(device), pointer);
            return function != 0 ? function : throw new LlamaLibraryException("llama.cpp's CPU backend has no thread pools.");
        }
    }
}
