using System.Runtime.CompilerServices;

namespace Ryot.Metrics;

/// <summary>
/// Where an observation goes. The classic bounds and the bounds of a native (exponential) histogram are merged into one
/// sorted list, and an observation is counted once, between two neighbours of it; classic and native buckets are both
/// sums of such cells. So the two views always agree, and having both costs no more than having one.
/// </summary>
internal sealed class BucketLayout
{
    /// <summary>Resolution of the native histogram: 2^3 buckets for each doubling, each 9 % wider than the one before.</summary>
    internal const int Schema = 3;

    /// <summary>Upper bounds of the native buckets from 0.5 to 1 (exclusive), that is 2^(k/8 - 1), rounded to nearest.</summary>
    private static readonly double[] _octave =
    [
        0.5, 0.5452538663326288, 0.5946035575013605, 0.6484197773255048,
        0.7071067811865475, 0.7711054127039704, 0.8408964152537144, 0.9170040432046711,
    ];

    /// <summary>How far the native range goes below the least positive and above the greatest classic bound, in doublings.</summary>
    private const int DoublingsBelow = 8;
    private const int DoublingsAbove = 10;

    private const int KeyShift = 52 - Schema;

    private readonly double[] _upper;
    private readonly int[] _starts;
    private readonly int _firstKey;

    internal BucketLayout(ReadOnlySpan<double> bounds)
    {
        Bounds = bounds.ToArray();
        var least = Bounds.First(bound => bound > 0);
        var greatest = Bounds[^1];
        FirstNativeIndex = ((Math.ILogB(least) - DoublingsBelow) << Schema) + 1;
        LastNativeIndex = (Math.ILogB(greatest) + 1 + DoublingsAbove) << Schema;
        ZeroThreshold = NativeBound(FirstNativeIndex - 1);

        var native = Enumerable.Range(FirstNativeIndex - 1, LastNativeIndex - FirstNativeIndex + 2).Select(NativeBound);
        _upper = [.. native.Concat(Bounds).Distinct().Order(), double.PositiveInfinity];

        ClassicOf = new int[_upper.Length];
        NativeOf = new int[_upper.Length];
        for (var cell = 0; cell < _upper.Length; cell++)
        {
            ClassicOf[cell] = Bounds.Count(bound => bound < _upper[cell]);
            NativeOf[cell] = NativeIndexOf(_upper[cell]);
        }

        _firstKey = Key(ZeroThreshold);
        var lastKey = Key(NativeBound(LastNativeIndex)) + 1;
        _starts = new int[lastKey - _firstKey + 1];
        for (var key = 0; key < _starts.Length; key++)
        {
            var low = BitConverter.UInt64BitsToDouble((ulong)(_firstKey + key) << KeyShift);
            _starts[key] = Array.FindIndex(_upper, upper => upper >= low);
        }
    }

    /// <summary>The classic bounds, without <c>+Inf</c>.</summary>
    internal double[] Bounds { get; }

    /// <summary>Number of cells.</summary>
    internal int CellCount => _upper.Length;

    /// <summary>For each cell, the number of its classic bucket; the last one is <c>+Inf</c>.</summary>
    internal int[] ClassicOf { get; }

    /// <summary>For each cell, the index of its native bucket; less than <see cref="FirstNativeIndex"/> is the zero bucket.</summary>
    internal int[] NativeOf { get; }

    internal int FirstNativeIndex { get; }

    /// <summary>The last native bucket; what is greater is counted one bucket above it.</summary>
    internal int LastNativeIndex { get; }

    /// <summary>Observations up to this value are in the native zero bucket.</summary>
    internal double ZeroThreshold { get; }

    /// <summary>The upper bound of a native bucket.</summary>
    internal static double NativeBound(int index) => Math.ScaleB(_octave[index & ((1 << Schema) - 1)], (index >> Schema) + 1);

    /// <summary>The cell of an observation, which must be a number from 0 up. Bounds belong to the cell below them.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal int CellOf(double value)
    {
        // The exponent and the upper mantissa bits, taken as one number, grow with the value: they index a table of
        // the first cell that can hold it. From there it is at most a few bounds to the right one.
        var key = Math.Clamp(Key(value) - _firstKey, -1, _starts.Length - 1);
        var cell = key < 0 ? 0 : _starts[key];
        var upper = _upper;
        while (value > upper[cell])
            cell++;
        return cell;
    }

    private static int Key(double value) => (int)(BitConverter.DoubleToUInt64Bits(value) >> KeyShift);

    private int NativeIndexOf(double upper)
    {
        var index = FirstNativeIndex - 1;
        while (index <= LastNativeIndex && NativeBound(index) < upper)
            index++;
        return index;
    }
}
