using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Ryot.Metrics;

/// <summary>
/// Lays a series' cells out once per core ("stripe"), so that cores that record at once do not fight for a cache line.
/// A stripe is chosen by the current processor; the additions are atomic all the same, since a thread can be moved
/// between choosing and adding.
/// </summary>
internal static class Stripes
{
    /// <summary>Cells in two cache lines: the distance at which neighbours (and the adjacent-line prefetcher) no longer interfere.</summary>
    private const int PadCells = 16;

    /// <summary>More cores than this share stripes; at least 4, since a container's processor numbers may have gaps.</summary>
    private const int MaxStripes = 16;

    /// <summary>Number of stripes, a power of two.</summary>
    internal static readonly int Count = (int)BitOperations.RoundUpToPowerOf2((uint)Math.Clamp(Environment.ProcessorCount, 4, MaxStripes));

    private static readonly int _mask = Count - 1;

    /// <summary>Makes the cells of a series.</summary>
    /// <param name="cells">Cells that each stripe holds.</param>
    /// <param name="stride">Distance in cells from one stripe to the next.</param>
    internal static long[] Allocate(int cells, out int stride)
    {
        stride = ((cells + PadCells - 1) / PadCells * PadCells) + PadCells;
        return new long[PadCells + (Count * stride)];
    }

    /// <summary>The first cell of the current processor's stripe.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static ref long Current(long[] cells, int stride)
    {
        var stripe = Thread.GetCurrentProcessorId() & _mask;
        return ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(cells), PadCells + (stripe * stride));
    }

    /// <summary>The index of the first cell of a stripe.</summary>
    internal static int Start(int stripe, int stride) => PadCells + (stripe * stride);

    /// <summary>The sum of one cell over all stripes.</summary>
    internal static long Sum(long[] cells, int stride, int cell)
    {
        long sum = 0;
        for (var stripe = 0; stripe < Count; stripe++)
            sum += Volatile.Read(ref cells[Start(stripe, stride) + cell]);
        return sum;
    }

    /// <summary>The sum over all stripes of one cell that holds a double's bits.</summary>
    internal static double SumDouble(long[] cells, int stride, int cell)
    {
        var sum = 0d;
        for (var stripe = 0; stripe < Count; stripe++)
            sum += BitConverter.Int64BitsToDouble(Volatile.Read(ref cells[Start(stripe, stride) + cell]));
        return sum;
    }

    /// <summary>Adds atomically to a cell that holds a double's bits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void AddDouble(ref long cell, double value)
    {
        var seen = Volatile.Read(ref cell);
        while (true)
        {
            var next = BitConverter.DoubleToInt64Bits(BitConverter.Int64BitsToDouble(seen) + value);
            var before = Interlocked.CompareExchange(ref cell, next, seen);
            if (before == seen)
                return;
            seen = before;
        }
    }
}
