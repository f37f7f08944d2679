using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Ryot.LlamaCpp.Interop;

namespace Ryot.LlamaCpp.Loading;

/// <summary>
/// Refuses any release but the one whose struct layouts this binding holds. The version comes first, since its function
/// has no struct in its signature; then the defaults that the release documents are read back through the layouts,
/// which finds a build that calls itself the same but is not.
/// </summary>
internal static unsafe class ReleaseCheck
{
    internal static void Verify(string llamaPath, nint llama)
    {
        if (!NativeLibrary.TryGetExport(llama, "llama_version", out nint versionFunction))
        {
            throw new LlamaLibraryException(
                $"'{llamaPath}' does not say its version (it has no function llama_version), so it is no llama.cpp " +
                $"v{LlamaLibrary.RequiredVersion}, the only release that this program can use.");
        }

        string version = NativeText.Read(((delegate* unmanaged[Cdecl]<byte*>)versionFunction)());
        if (Normalize(version) != LlamaLibrary.RequiredVersion)
        {
            throw new LlamaLibraryException(
                $"'{llamaPath}' is llama.cpp {version}, but this program can only use v{LlamaLibrary.RequiredVersion}: " +
                "the layout of its structures changes between releases.");
        }

        if (Difference(
            Export<ModelParams>(llama, llamaPath, "llama_model_default_params"),
            Export<ContextParams>(llama, llamaPath, "llama_context_default_params")) is { } difference)
        {
            throw new LlamaLibraryException(
                $"'{llamaPath}' says that it is llama.cpp {version}, but its default parameters are not those of that release " +
                $"({difference}). It seems to be a build of other sources; v{LlamaLibrary.RequiredVersion} is needed.");
        }
    }

    // Builds of the release's sources without a git tag at hand call themselves 0.5.0-dev.
    private static string Normalize(string version) =>
        version.EndsWith("-dev", StringComparison.Ordinal) ? version[..^"-dev".Length] : version;

    private static T Export<T>(nint library, string path, string name)
        where T : unmanaged
    {
        if (!NativeLibrary.TryGetExport(library, name, out nint function))
        {
            throw new LlamaLibraryException($"'{path}' has no function {name}: it is no llama.cpp v{LlamaLibrary.RequiredVersion}.");
        }

        return ((delegate* unmanaged[Cdecl]<T>)function)();
    }

    /// <summary>The first default that is not as the release documents it, or null.</summary>
    internal static string? Difference(in ModelParams model, in ContextParams context)
    {
        var found = new StringBuilder();
        Expect(found, "n_gpu_layers", model.GpuLayers, -1);
        Expect(found, "split_mode", model.SplitMode, 1);
        Expect(found, "load_mode", model.LoadMode, -1);
        Expect(found, "lazy_mode", model.LazyMode, 1);
        Expect(found, "main_gpu", model.MainGpu, 0);
        Expect(found, "progress_callback", (long)model.ProgressCallback, 0);
        Expect(found, "vocab_only", model.VocabularyOnly, 0);
        Expect(found, "use_extra_bufts", model.UseExtraBufferTypes, 1);
        Expect(found, "load_mtp", model.LoadMtp, 0);

        Expect(found, "n_ctx", context.ContextLength, 512);
        Expect(found, "n_batch", context.BatchSize, 2048);
        Expect(found, "n_ubatch", context.MicroBatchSize, 512);
        Expect(found, "n_seq_max", context.MaxSequences, 1);
        Expect(found, "n_outputs_max_per_seq", context.MaxOutputsPerSequence, 1);
        Expect(found, "flash_attn_type", context.FlashAttentionType, -1);
        Expect(found, "yarn_ext_factor", (long)context.YarnExtensionFactor, -1);
        Expect(found, "defrag_thold", (long)context.DefragmentationThreshold, -1);
        Expect(found, "type_k", context.KeyType, (int)GgmlType.F16);
        Expect(found, "type_v", context.ValueType, (int)GgmlType.F16);
        Expect(found, "abort_callback", (long)context.AbortCallback, 0);
        Expect(found, "embeddings", context.Embeddings, 0);
        Expect(found, "offload_kqv", context.OffloadKqv, 1);
        Expect(found, "swa_full", context.SlidingWindowFull, 1);
        Expect(found, "kv_unified", context.KvUnified, 0);
        Expect(found, "ctx_other", context.OtherContext, 0);
        return found.Length == 0 ? null : found.ToString();
    }

    private static void Expect(StringBuilder found, string name, long actual, long expected)
    {
        if (actual == expected || found.Length > 0) return;
        found.Append(CultureInfo.InvariantCulture, $"{name} is {actual}, not {expected}");
    }
}
