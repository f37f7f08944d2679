using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;
using Ryot.LlamaCpp.Interop;

namespace Ryot.LlamaCpp.Contexts;

/// <summary>What llama.cpp calls back while a context computes. It lives as long as the native context.</summary>
internal sealed unsafe class ContextCallbacks
{
    private readonly int* _abort = (int*)NativeMemory.AllocZeroed(sizeof(int));
    private GCHandle _self;

    internal ContextCallbacks() => _self = GCHandle.Alloc(this);

    internal bool AbortRequested
    {
        get => Volatile.Read(ref *_abort) != 0;
        set => Volatile.Write(ref *_abort, value ? 1 : 0);
    }

    internal IGraphObserver? Observer { get; set; }

    /// <summary>An exception of the observer, which must not pass through native frames.</summary>
    internal ExceptionDispatchInfo? Failure { get; set; }

    internal void Install(ref ContextParams parameters, bool observeGraph)
    {
        parameters.AbortCallback = &OnAbort;
        parameters.AbortCallbackData = (nint)_abort;
        if (!observeGraph) return;
        parameters.EvalCallback = &OnNode;
        parameters.EvalCallbackUserData = GCHandle.ToIntPtr(_self);
    }

    /// <summary>Called once, when llama.cpp can no longer call.</summary>
    internal void Free()
    {
        _self.Free();
        NativeMemory.Free(_abort);
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static byte OnAbort(nint flag) => Volatile.Read(ref *(int*)flag) != 0 ? (byte)1 : (byte)0;

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static byte OnNode(nint tensor, byte ask, nint user)
    {
        const byte notWanted = 0;
        const byte goOn = 1;
        var callbacks = (ContextCallbacks)GCHandle.FromIntPtr(user).Target!;
        if (callbacks.Observer is not { } observer || callbacks.Failure is not null) return ask != 0 ? notWanted : goOn;
        try
        {
            if (ask != 0) return observer.Wants(new GraphNode(tensor)) ? (byte)1 : notWanted;
            observer.Computed(new GraphNode(tensor));
        }
        catch (Exception e)
        {
            callbacks.Failure = ExceptionDispatchInfo.Capture(e);
            return ask != 0 ? notWanted : goOn;
        }

        return goOn;
    }
}
