using System.Diagnostics.CodeAnalysis;
using System.Runtime.ExceptionServices;

namespace Ryot.LlamaCpp.Loading;

/// <summary>llama.cpp failed one of its assertions while it ran under the guard.</summary>
/// <param name="message">The assertion, with its source line.</param>
[SuppressMessage("Design", "CA1064:Exceptions should be public", Justification = "Callers turn it into one that says what failed.")]
internal sealed class NativeAbortException(string message) : Exception(message);

/// <summary>
/// Survives failed assertions of llama.cpp, after which it would end the process. It calls back before it does, and the
/// guard then lets that thread sleep for ever and tells the caller. What the thread had allocated is lost, so this is for
/// rare work on input that may be bad: loading a model, making a context, the first pass.
/// </summary>
internal sealed class NativeGuard : IDisposable
{
    private const int StackBytes = 16 * 1024 * 1024;

    [ThreadStatic]
    private static NativeGuard? _current;

    private readonly ManualResetEventSlim _ended = new();
    private volatile string? _abortMessage;

    private NativeGuard()
    {
    }

    public void Dispose() => _ended.Dispose();

    /// <summary>Runs work on a thread of its own and waits for it.</summary>
    /// <exception cref="NativeAbortException">An assertion failed.</exception>
    internal static T Run<T>(Func<T> work)
    {
        T result = default!;
        ExceptionDispatchInfo? failure = null;
        using var guard = new NativeGuard();
        var thread = new Thread(Body, StackBytes) { IsBackground = true, Name = "llama.cpp guard" };
        thread.Start();
        guard._ended.Wait();
        if (guard._abortMessage is { } message) throw new NativeAbortException(message);
        thread.Join();
        failure?.Throw();
        return result;

        void Body()
        {
            _current = guard;
            try
            {
                result = work();
            }
            catch (Exception e)
            {
                failure = ExceptionDispatchInfo.Capture(e);
            }

            _current = null;
            guard._ended.Set();
        }
    }

    /// <summary>Called by llama.cpp's abort callback. Does not return on a guarded thread.</summary>
    internal static void OnAbort(string message)
    {
        if (_current is not { } guard) return;
        guard._abortMessage = message;
        guard._ended.Set();
        Thread.Sleep(Timeout.Infinite);
    }
}
