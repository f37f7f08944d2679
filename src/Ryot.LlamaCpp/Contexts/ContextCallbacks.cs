using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;
using Ryot.LlamaCpp.Interop;

namespace Ryot.LlamaCpp.Contexts;

/// <summary>What llama.cpp calls back while a context computes. It lives as long as the native context.</summary>
internal sealed unsafe class ContextCallbacks
{
    // What the callbacks look at lies outside the managed heap: they run for every node of every pass.
    private readonly State* _state = (State*)NativeMemory.AllocZeroed((nuint)sizeof(State));
    private IGraphObserver? _observer;

    internal ContextCallbacks() => _state->Self = GCHandle.Alloc(this);

    internal bool AbortRequested
    {
        get => Volatile.Read(ref _state->Abort) != 0;
        set => Volatile.Write(ref _state->Abort, value ? 1 : 0);
    }

    internal IGraphObserver? Observer
    {
        get => _observer;
        set
        {
            _observer = value;
            _state->Observed = value is null ? 0 : 1;
        }
    }

    /// <summary>An exception of the observer, which must not pass through native frames.</summary>
    internal ExceptionDispatchInfo? Failure { get; set; }

    internal void Install(ref ContextParams parameters, bool observeGraph)
    {
        parameters.AbortCallback = &OnAbort;
        parameters.AbortCallbackData = (nint)_state;
        if (!observeGraph) return;
        parameters.EvalCallback = &OnNode;
        parameters.EvalCallbackUserData = (nint)_state;
    }

    /// <summary>Called once, when llama.cpp can no longer call.</summary>
    internal void Free()
    {
        _state->Self.Free();
        NativeMemory.Free(_state);
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static byte OnAbort(nint state) => Volatile.Read(ref ((State*)state)->Abort) != 0 ? (byte)1 : (byte)0;

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static byte OnNode(nint tensor, byte ask, nint state)
    {
        const byte notWanted = 0;
        const byte goOn = 1;
        if (((State*)state)->Observed == 0) return ask != 0 ? notWanted : goOn;
        var callbacks = (ContextCallbacks)((State*)state)->Self.Target!;
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

    private struct State
    {
        public int Abort;
        public int Observed;
        public GCHandle Self;
    }
}
