using System.Runtime.InteropServices;
using Ryot.LlamaCpp.Contexts;

namespace Ryot.LlamaCpp.Interop;

/// <summary>A handle whose null pointer means invalid, that keeps other handles alive until it is released itself.</summary>
internal abstract class PointerHandle : SafeHandle
{
    private readonly SafeHandle? _parent;

    protected PointerHandle(nint pointer, SafeHandle? parent)
        : base(0, ownsHandle: true)
    {
        if (parent is not null)
        {
            bool added = false;
            parent.DangerousAddRef(ref added);
            _parent = parent;
        }

        SetHandle(pointer);
    }

    public override bool IsInvalid => handle == 0;

    protected abstract void Free(nint pointer);

    protected sealed override bool ReleaseHandle()
    {
        Free(handle);
        _parent?.DangerousRelease();
        return true;
    }
}

internal sealed class ModelHandle(nint pointer) : PointerHandle(pointer, parent: null)
{
    protected override void Free(nint pointer) => Native.ModelFree(pointer);
}

/// <summary>The vocabulary is a part of its model: releasing it only lets go of the model.</summary>
internal sealed class VocabularyHandle(nint pointer, ModelHandle model) : PointerHandle(pointer, model)
{
    protected override void Free(nint pointer)
    {
    }
}

internal sealed class ContextHandle(nint pointer, ModelHandle model, ContextCallbacks callbacks) : PointerHandle(pointer, model)
{
    protected override void Free(nint pointer)
    {
        Native.Free(pointer);
        callbacks.Free();
    }
}

internal sealed class SamplerHandle : PointerHandle
{
    private SamplerHandle(nint pointer, VocabularyHandle vocabulary)
        : base(pointer, vocabulary)
    {
    }

    internal static SamplerHandle Create(nint pointer, LlamaVocabulary vocabulary) => pointer != 0
        ? new SamplerHandle(pointer, vocabulary.Handle)
        : throw new InvalidOperationException("llama.cpp could not make a sampler.");

    protected override void Free(nint pointer) => Native.SamplerFree(pointer);
}
