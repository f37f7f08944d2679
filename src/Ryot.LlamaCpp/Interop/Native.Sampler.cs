using System.Runtime.InteropServices;

namespace Ryot.LlamaCpp.Interop;

internal static unsafe partial class Native
{
    [LibraryImport(Llama, EntryPoint = "llama_sampler_chain_init")]
    internal static partial nint SamplerChainInit(SamplerChainParams parameters);

    [LibraryImport(Llama, EntryPoint = "llama_sampler_chain_add")]
    internal static partial void SamplerChainAdd(SamplerHandle chain, nint sampler);

    [LibraryImport(Llama, EntryPoint = "llama_sampler_chain_n")]
    internal static partial int SamplerChainCount(SamplerHandle chain);

    [LibraryImport(Llama, EntryPoint = "llama_sampler_accept")]
    internal static partial void SamplerAccept(SamplerHandle sampler, int token);

    [LibraryImport(Llama, EntryPoint = "llama_sampler_apply")]
    internal static partial void SamplerApply(SamplerHandle sampler, TokenDataArray* candidates);

    [LibraryImport(Llama, EntryPoint = "llama_sampler_reset")]
    internal static partial void SamplerReset(SamplerHandle sampler);

    [LibraryImport(Llama, EntryPoint = "llama_sampler_clone")]
    internal static partial nint SamplerClone(SamplerHandle sampler);

    [LibraryImport(Llama, EntryPoint = "llama_sampler_free")]
    internal static partial void SamplerFree(nint sampler);

    [LibraryImport(Llama, EntryPoint = "llama_sampler_init_greedy")]
    internal static partial nint SamplerGreedy();

    [LibraryImport(Llama, EntryPoint = "llama_sampler_init_dist")]
    internal static partial nint SamplerDistribution(uint seed);

    [LibraryImport(Llama, EntryPoint = "llama_sampler_init_top_k")]
    internal static partial nint SamplerTopK(int k);

    [LibraryImport(Llama, EntryPoint = "llama_sampler_init_top_p")]
    internal static partial nint SamplerTopP(float p, nuint minKeep);

    [LibraryImport(Llama, EntryPoint = "llama_sampler_init_min_p")]
    internal static partial nint SamplerMinP(float p, nuint minKeep);

    [LibraryImport(Llama, EntryPoint = "llama_sampler_init_temp")]
    internal static partial nint SamplerTemperature(float temperature);

    [LibraryImport(Llama, EntryPoint = "llama_sampler_init_penalties")]
    internal static partial nint SamplerPenalties(int vocabularySize, int lastN, float repeat, float frequency, float presence);

    [LibraryImport(Llama, EntryPoint = "llama_sampler_init_dry")]
    internal static partial nint SamplerDry(
        VocabularyHandle vocab, float multiplier, float @base, int allowedLength, int lastN, byte** breakers, nuint breakerCount);

    [LibraryImport(Llama, EntryPoint = "llama_sampler_init_logit_bias")]
    internal static partial nint SamplerLogitBias(int vocabularySize, int count, NativeLogitBias* biases);

    [LibraryImport(Llama, EntryPoint = "llama_sampler_init_grammar")]
    internal static partial nint SamplerGrammar(VocabularyHandle vocab, byte* grammar, byte* root);
}
