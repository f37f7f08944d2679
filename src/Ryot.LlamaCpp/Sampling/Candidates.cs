using System.Numerics;
using System.Runtime.InteropServices;
using Ryot.LlamaCpp.Interop;

namespace Ryot.LlamaCpp.Sampling;

/// <summary>
/// The vocabulary with its logits in the form that llama.cpp's samplers take: one pinned array per thread, which grows to
/// the largest vocabulary and stays, so that sampling allocates nothing and samplers stay small.
/// </summary>
internal static unsafe class Candidates
{
    [ThreadStatic]
    private static TokenData[]? _data;

    /// <summary>Fills the array. The pointer is valid on this thread until the next call.</summary>
    /// <exception cref="InvalidOperationException">A logit is not a number: samplers must not sort such.</exception>
    internal static TokenDataArray Fill(ReadOnlySpan<float> logits)
    {
        TokenData[]? data = _data;
        if (data is null || data.Length < logits.Length)
        {
            _data = data = GC.AllocateUninitializedArray<TokenData>(logits.Length, pinned: true);
        }

        if (HasNaN(logits)) throw new InvalidOperationException("The model's logits are not numbers: its weights seem to be damaged.");
        for (int i = 0; i < logits.Length; i++) data[i] = new TokenData { Token = i, Logit = logits[i] };
        return new TokenDataArray
        {
            Data = (TokenData*)Marshal.UnsafeAddrOfPinnedArrayElement(data, 0),
            Size = (nuint)logits.Length,
            Selected = -1,
        };
    }

    private static bool HasNaN(ReadOnlySpan<float> values)
    {
        int i = 0;
        for (; i <= values.Length - Vector<float>.Count; i += Vector<float>.Count)
        {
            var vector = new Vector<float>(values[i..]);
            if (!Vector.EqualsAll(vector, vector)) return true;
        }

        for (; i < values.Length; i++)
        {
            if (float.IsNaN(values[i])) return true;
        }

        return false;
    }
}
