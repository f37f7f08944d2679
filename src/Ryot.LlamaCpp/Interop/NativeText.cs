using System.Runtime.InteropServices;
using System.Text;

namespace Ryot.LlamaCpp.Interop;

internal static unsafe class NativeText
{
    /// <summary>The text at a pointer of C; empty for null. Invalid UTF-8 becomes replacement characters.</summary>
    internal static string Read(byte* text) => Encoding.UTF8.GetString(Span(text));

    internal static ReadOnlySpan<byte> Span(byte* text) => MemoryMarshal.CreateReadOnlySpanFromNullTerminated(text);

    /// <summary>The text as C wants it, with the null at its end.</summary>
    internal static byte[] Terminated(string text)
    {
        byte[] bytes = new byte[Encoding.UTF8.GetByteCount(text) + 1];
        Encoding.UTF8.GetBytes(text, bytes);
        return bytes;
    }
}
