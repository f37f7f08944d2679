using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Ryot.LlamaCpp.Interop;

/// <summary>ggml_tensor of ggml.h.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct NativeTensor
{
    public const int MaxDimensions = 4;
    public const int MaxSources = 10;
    public const int MaxParameters = 16;
    public const int MaxName = 64;

    public int Type;
    public nint Buffer;
    public fixed long Elements[MaxDimensions];
    public fixed ulong Strides[MaxDimensions];
    public int Operation;
    public fixed int Parameters[MaxParameters];
    public int Flags;
    public SourceArray Sources;
    public NativeTensor* ViewSource;
    public nuint ViewOffset;
    public nint Data;
    public fixed byte Name[MaxName];
    public nint Extra;
    public fixed byte Padding[8];

    [InlineArray(MaxSources)]
    internal struct SourceArray
    {
        private nint _first;
    }
}

/// <summary>What ggml keeps in a buffer (ggml_backend_buffer_usage).</summary>
internal enum BufferUsage
{
    Any = 0,
    Weights = 1,
    Compute = 2,
}
