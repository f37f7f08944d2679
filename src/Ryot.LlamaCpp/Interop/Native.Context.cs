using System.Runtime.InteropServices;

namespace Ryot.LlamaCpp.Interop;

internal static unsafe partial class Native
{
    [LibraryImport(Llama, EntryPoint = "llama_init_from_model")]
    internal static partial nint InitFromModel(ModelHandle model, ContextParams parameters);

    [LibraryImport(Llama, EntryPoint = "llama_free")]
    internal static partial void Free(nint context);

    [LibraryImport(Llama, EntryPoint = "llama_n_ctx")]
    internal static partial uint ContextLength(ContextHandle context);

    [LibraryImport(Llama, EntryPoint = "llama_n_ctx_seq")]
    internal static partial uint ContextLengthPerSequence(ContextHandle context);

    [LibraryImport(Llama, EntryPoint = "llama_n_batch")]
    internal static partial uint ContextBatch(ContextHandle context);

    [LibraryImport(Llama, EntryPoint = "llama_n_ubatch")]
    internal static partial uint ContextMicroBatch(ContextHandle context);

    [LibraryImport(Llama, EntryPoint = "llama_n_seq_max")]
    internal static partial uint ContextMaxSequences(ContextHandle context);

    [LibraryImport(Llama, EntryPoint = "llama_get_memory")]
    internal static partial nint GetMemory(ContextHandle context);

    [LibraryImport(Llama, EntryPoint = "llama_decode")]
    internal static partial int Decode(ContextHandle context, NativeBatch batch);

    [LibraryImport(Llama, EntryPoint = "llama_encode")]
    internal static partial int Encode(ContextHandle context, NativeBatch batch);

    [LibraryImport(Llama, EntryPoint = "llama_set_n_threads")]
    internal static partial void SetThreads(ContextHandle context, int threads, int batchThreads);

    [LibraryImport(Llama, EntryPoint = "llama_n_threads")]
    internal static partial int Threads(ContextHandle context);

    [LibraryImport(Llama, EntryPoint = "llama_n_threads_batch")]
    internal static partial int BatchThreads(ContextHandle context);

    [LibraryImport(Llama, EntryPoint = "llama_synchronize")]
    internal static partial void Synchronize(ContextHandle context);

    [LibraryImport(Llama, EntryPoint = "llama_get_logits_ith")]
    internal static partial float* GetLogits(ContextHandle context, int index);

    [LibraryImport(Llama, EntryPoint = "llama_get_embeddings_ith")]
    internal static partial float* GetEmbeddings(ContextHandle context, int index);

    [LibraryImport(Llama, EntryPoint = "llama_get_embeddings_seq")]
    internal static partial float* GetSequenceEmbeddings(ContextHandle context, int sequence);

    [LibraryImport(Llama, EntryPoint = "llama_attach_threadpool")]
    internal static partial void AttachThreadPool(ContextHandle context, nint pool, nint batchPool);

    [LibraryImport(Llama, EntryPoint = "llama_detach_threadpool")]
    internal static partial void DetachThreadPool(ContextHandle context);

    [LibraryImport(Llama, EntryPoint = "llama_state_get_size")]
    internal static partial nuint StateSize(ContextHandle context);

    [LibraryImport(Llama, EntryPoint = "llama_state_seq_get_size")]
    internal static partial nuint SequenceStateSize(ContextHandle context, int sequence);

    [LibraryImport(Llama, EntryPoint = "llama_perf_context")]
    internal static partial ContextPerf PerfContext(ContextHandle context);

    [LibraryImport(Llama, EntryPoint = "llama_perf_context_reset")]
    internal static partial void PerfContextReset(ContextHandle context);

    // Memory: the pointer belongs to the context, whose handle the callers hold.

    [LibraryImport(Llama, EntryPoint = "llama_memory_clear")]
    internal static partial void MemoryClear(nint memory, byte data);

    [LibraryImport(Llama, EntryPoint = "llama_memory_seq_rm")]
    internal static partial byte MemoryRemove(nint memory, int sequence, int from, int to);

    [LibraryImport(Llama, EntryPoint = "llama_memory_seq_cp")]
    internal static partial void MemoryCopy(nint memory, int source, int target, int from, int to);

    [LibraryImport(Llama, EntryPoint = "llama_memory_seq_keep")]
    internal static partial void MemoryKeep(nint memory, int sequence);

    [LibraryImport(Llama, EntryPoint = "llama_memory_seq_add")]
    internal static partial void MemoryShift(nint memory, int sequence, int from, int to, int delta);

    [LibraryImport(Llama, EntryPoint = "llama_memory_seq_pos_min")]
    internal static partial int MemoryPositionMin(nint memory, int sequence);

    [LibraryImport(Llama, EntryPoint = "llama_memory_seq_pos_max")]
    internal static partial int MemoryPositionMax(nint memory, int sequence);

    [LibraryImport(Llama, EntryPoint = "llama_memory_can_shift")]
    internal static partial byte MemoryCanShift(nint memory);

    // Batch

    [LibraryImport(Llama, EntryPoint = "llama_batch_init")]
    internal static partial NativeBatch BatchInit(int tokens, int embedding, int maxSequences);

    [LibraryImport(Llama, EntryPoint = "llama_batch_free")]
    internal static partial void BatchFree(NativeBatch batch);
}
