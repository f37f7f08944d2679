using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

[assembly: DisableRuntimeMarshalling]
[assembly: DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]

namespace Ryot.LlamaCpp.Interop;

/// <summary>The imported functions of libllama, in the order of llama.h.</summary>
internal static unsafe partial class Native
{
    internal const string Llama = "llama";

    [LibraryImport(Llama, EntryPoint = "llama_version")]
    internal static partial byte* Version();

    [LibraryImport(Llama, EntryPoint = "llama_model_default_params")]
    internal static partial ModelParams ModelDefaultParams();

    [LibraryImport(Llama, EntryPoint = "llama_context_default_params")]
    internal static partial ContextParams ContextDefaultParams();

    [LibraryImport(Llama, EntryPoint = "llama_sampler_chain_default_params")]
    internal static partial SamplerChainParams SamplerChainDefaultParams();

    [LibraryImport(Llama, EntryPoint = "llama_backend_init")]
    internal static partial void BackendInit();

    [LibraryImport(Llama, EntryPoint = "llama_max_parallel_sequences")]
    internal static partial nuint MaxParallelSequences();

    [LibraryImport(Llama, EntryPoint = "llama_print_system_info")]
    internal static partial byte* SystemInfo();

    [LibraryImport(Llama, EntryPoint = "llama_log_set")]
    internal static partial void LogSet(delegate* unmanaged[Cdecl]<int, byte*, nint, void> callback, nint userData);

    [LibraryImport(Llama, EntryPoint = "llama_supports_gpu_offload")]
    internal static partial byte SupportsGpuOffload();

    [LibraryImport(Llama, EntryPoint = "llama_ftype_name")]
    internal static partial byte* FileTypeName(int fileType);

    // Model

    [LibraryImport(Llama, EntryPoint = "llama_model_load_from_file")]
    internal static partial nint ModelLoadFromFile(byte* path, ModelParams parameters);

    [LibraryImport(Llama, EntryPoint = "llama_model_free")]
    internal static partial void ModelFree(nint model);

    [LibraryImport(Llama, EntryPoint = "llama_model_get_vocab")]
    internal static partial nint ModelGetVocab(ModelHandle model);

    [LibraryImport(Llama, EntryPoint = "llama_model_n_ctx_train")]
    internal static partial int ModelContextTrain(ModelHandle model);

    [LibraryImport(Llama, EntryPoint = "llama_model_n_embd")]
    internal static partial int ModelEmbedding(ModelHandle model);

    [LibraryImport(Llama, EntryPoint = "llama_model_n_layer")]
    internal static partial int ModelLayers(ModelHandle model);

    [LibraryImport(Llama, EntryPoint = "llama_model_n_head")]
    internal static partial int ModelHeads(ModelHandle model);

    [LibraryImport(Llama, EntryPoint = "llama_model_n_head_kv")]
    internal static partial int ModelKvHeads(ModelHandle model);

    [LibraryImport(Llama, EntryPoint = "llama_model_n_swa")]
    internal static partial int ModelSlidingWindow(ModelHandle model);

    [LibraryImport(Llama, EntryPoint = "llama_model_meta_count")]
    internal static partial int ModelMetaCount(ModelHandle model);

    [LibraryImport(Llama, EntryPoint = "llama_model_meta_key_by_index")]
    internal static partial int ModelMetaKey(ModelHandle model, int index, byte* buffer, nuint size);

    [LibraryImport(Llama, EntryPoint = "llama_model_meta_val_str_by_index")]
    internal static partial int ModelMetaValue(ModelHandle model, int index, byte* buffer, nuint size);

    [LibraryImport(Llama, EntryPoint = "llama_model_desc")]
    internal static partial int ModelDescription(ModelHandle model, byte* buffer, nuint size);

    [LibraryImport(Llama, EntryPoint = "llama_model_ftype")]
    internal static partial int ModelFileType(ModelHandle model);

    [LibraryImport(Llama, EntryPoint = "llama_model_size")]
    internal static partial ulong ModelSize(ModelHandle model);

    [LibraryImport(Llama, EntryPoint = "llama_model_n_params")]
    internal static partial ulong ModelParameterCount(ModelHandle model);

    [LibraryImport(Llama, EntryPoint = "llama_model_chat_template")]
    internal static partial byte* ModelChatTemplate(ModelHandle model, byte* name);

    [LibraryImport(Llama, EntryPoint = "llama_model_has_encoder")]
    internal static partial byte ModelHasEncoder(ModelHandle model);

    [LibraryImport(Llama, EntryPoint = "llama_model_has_decoder")]
    internal static partial byte ModelHasDecoder(ModelHandle model);

    [LibraryImport(Llama, EntryPoint = "llama_model_is_recurrent")]
    internal static partial byte ModelIsRecurrent(ModelHandle model);

    [LibraryImport(Llama, EntryPoint = "llama_model_is_hybrid")]
    internal static partial byte ModelIsHybrid(ModelHandle model);

    // Vocabulary

    [LibraryImport(Llama, EntryPoint = "llama_vocab_type")]
    internal static partial int VocabType(VocabularyHandle vocab);

    [LibraryImport(Llama, EntryPoint = "llama_vocab_n_tokens")]
    internal static partial int VocabCount(VocabularyHandle vocab);

    [LibraryImport(Llama, EntryPoint = "llama_vocab_get_attr")]
    internal static partial int VocabAttributes(VocabularyHandle vocab, int token);

    [LibraryImport(Llama, EntryPoint = "llama_vocab_is_eog")]
    internal static partial byte VocabIsEog(VocabularyHandle vocab, int token);

    [LibraryImport(Llama, EntryPoint = "llama_vocab_is_control")]
    internal static partial byte VocabIsControl(VocabularyHandle vocab, int token);

    [LibraryImport(Llama, EntryPoint = "llama_vocab_bos")]
    internal static partial int VocabBos(VocabularyHandle vocab);

    [LibraryImport(Llama, EntryPoint = "llama_vocab_eos")]
    internal static partial int VocabEos(VocabularyHandle vocab);

    [LibraryImport(Llama, EntryPoint = "llama_vocab_eot")]
    internal static partial int VocabEot(VocabularyHandle vocab);

    [LibraryImport(Llama, EntryPoint = "llama_vocab_nl")]
    internal static partial int VocabNewline(VocabularyHandle vocab);

    [LibraryImport(Llama, EntryPoint = "llama_vocab_get_add_bos")]
    internal static partial byte VocabAddBos(VocabularyHandle vocab);

    [LibraryImport(Llama, EntryPoint = "llama_vocab_get_add_eos")]
    internal static partial byte VocabAddEos(VocabularyHandle vocab);

    [LibraryImport(Llama, EntryPoint = "llama_tokenize")]
    internal static partial int Tokenize(
        VocabularyHandle vocab, byte* text, int length, int* tokens, int capacity, byte addSpecial, byte parseSpecial);

    [LibraryImport(Llama, EntryPoint = "llama_token_to_piece")]
    internal static partial int TokenToPiece(VocabularyHandle vocab, int token, byte* buffer, int length, int leftStrip, byte special);

    [LibraryImport(Llama, EntryPoint = "llama_chat_apply_template")]
    internal static partial int ChatApplyTemplate(
        byte* template, NativeChatMessage* chat, nuint count, byte addAssistant, byte* buffer, int length);

    [LibraryImport(Llama, EntryPoint = "llama_chat_builtin_templates")]
    internal static partial int ChatBuiltinTemplates(byte** output, nuint length);
}
