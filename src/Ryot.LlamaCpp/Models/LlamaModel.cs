using System.Collections.Frozen;
using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;
using System.Text;
using Ryot.LlamaCpp.Interop;
using Ryot.LlamaCpp.Loading;

namespace Ryot.LlamaCpp;

/// <summary>A loaded model: its weights, vocabulary and metadata. All members can be used from any thread.</summary>
public sealed unsafe class LlamaModel : IDisposable
{
    private const int LoadModeAuto = -1;
    private const int LoadModeNone = 0;
    private const int LoadModeMmap = 1;
    private const int LoadModeMlock = 2;
    private const int LoadModeMmapMlock = 3;

    private LlamaModel(string path, GgufHeader header, ModelHandle handle)
    {
        Path = path;
        Header = header;
        Handle = handle;
        Vocabulary = new LlamaVocabulary(handle);
        Metadata = ReadMetadata(handle);
        Description = ReadText((buffer, size) => Native.ModelDescription(handle, buffer, size));
        FileType = NativeText.Read(Native.FileTypeName(Native.ModelFileType(handle)));
        byte* template = Native.ModelChatTemplate(handle, null);
        ChatTemplate = template is null ? null : NativeText.Read(template);
    }

    /// <summary>The file that the model was loaded from.</summary>
    public string Path { get; }

    /// <summary>The file's header.</summary>
    public GgufHeader Header { get; }

    /// <summary>The model's vocabulary.</summary>
    public LlamaVocabulary Vocabulary { get; }

    /// <summary>The scalar metadata as text, as llama.cpp read it.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>A short description by llama.cpp: architecture, size, quantization.</summary>
    public string Description { get; }

    /// <summary>The architecture, e.g. <c>llama</c>.</summary>
    public string Architecture => Header.Architecture ?? "";

    /// <summary>The model's own name, or null.</summary>
    public string? Name => Header.Name;

    /// <summary>The quantization as llama.cpp names it, e.g. <c>Q8_0</c> or <c>Q4_K - Medium</c>.</summary>
    public string FileType { get; }

    /// <summary>The type that most parameters have.</summary>
    public GgmlType DominantType => Header.DominantType;

    /// <summary>The Jinja chat template of the file, or null.</summary>
    public string? ChatTemplate { get; }

    /// <summary>How many parameters the model has.</summary>
    public long ParameterCount => (long)Native.ModelParameterCount(Handle);

    /// <summary>The bytes of all weights.</summary>
    public long SizeBytes => (long)Native.ModelSize(Handle);

    /// <summary>The context length that the model was trained with, in tokens.</summary>
    public int ContextLengthTrained => Native.ModelContextTrain(Handle);

    /// <summary>The width of the hidden state.</summary>
    public int EmbeddingLength => Native.ModelEmbedding(Handle);

    /// <summary>How many layers the model has.</summary>
    public int LayerCount => Native.ModelLayers(Handle);

    /// <summary>How many attention heads the first layer has.</summary>
    public int HeadCount => Native.ModelHeads(Handle);

    /// <summary>How many heads of the first layer the KV cache holds.</summary>
    public int KvHeadCount => Native.ModelKvHeads(Handle);

    /// <summary>The length of the sliding attention window in tokens, 0 without one.</summary>
    public int SlidingWindow => Native.ModelSlidingWindow(Handle);

    /// <summary>True when the model has an encoder.</summary>
    public bool HasEncoder => Native.ModelHasEncoder(Handle) != 0;

    /// <summary>True when the model can generate tokens.</summary>
    public bool HasDecoder => Native.ModelHasDecoder(Handle) != 0;

    /// <summary>True when the model keeps a state per sequence instead of a KV cache (Mamba, RWKV).</summary>
    public bool IsRecurrent => Native.ModelIsRecurrent(Handle) != 0;

    /// <summary>True when some layers are recurrent and others attend.</summary>
    public bool IsHybrid => Native.ModelIsHybrid(Handle) != 0;

    internal ModelHandle Handle { get; }

    /// <summary>Loads a model. The file is checked before llama.cpp sees it.</summary>
    /// <param name="path">A GGUF file; of a split model the first part.</param>
    /// <param name="options">How to load it, or null for the defaults.</param>
    /// <param name="progress">Is told the share that is loaded, from 0 to 1, while the caller waits; on another thread.</param>
    /// <param name="cancellationToken">Stops the loading between two tensors.</param>
    /// <exception cref="ModelLoadException">The file is missing or bad, or llama.cpp refuses it.</exception>
    /// <exception cref="LlamaLibraryException"><see cref="LlamaLibrary.Load"/> was not called.</exception>
    /// <exception cref="OperationCanceledException">The loading was cancelled.</exception>
    public static LlamaModel Load(
        string path,
        LlamaModelOptions? options = null,
        Action<float>? progress = null,
        CancellationToken cancellationToken = default)
    {
        LlamaLibrary.ThrowIfNotLoaded();
        cancellationToken.ThrowIfCancellationRequested();
        GgufHeader header = GgufFile.ReadHeader(path);
        ModelCheck.Verify(header);

        var loading = new Loading(progress, cancellationToken);
        try
        {
            return NativeGuard.Run(() => Load(header, options ?? new LlamaModelOptions(), loading));
        }
        catch (NativeAbortException e)
        {
            throw ModelCheck.Refused(header, [e.Message]);
        }
    }

    /// <summary>Frees the weights once the last context of the model is disposed.</summary>
    public void Dispose()
    {
        Vocabulary.Dispose();
        Handle.Dispose();
    }

    private static LlamaModel Load(GgufHeader header, LlamaModelOptions options, Loading loading)
    {
        var user = GCHandle.Alloc(loading);
        try
        {
            using NativeLog.Capture log = NativeLog.CaptureOnThisThread();
            ModelParams parameters = Parameters(options);
            parameters.ProgressCallback = &OnProgress;
            parameters.ProgressCallbackUserData = GCHandle.ToIntPtr(user);

            nint pointer;
            fixed (byte* path = NativeText.Terminated(header.Path)) pointer = Native.ModelLoadFromFile(path, parameters);
            if (pointer == 0)
            {
                loading.ThrowIfStopped();
                throw ModelCheck.Refused(header, log.Lines);
            }

            var model = new LlamaModel(header.Path, header, new ModelHandle(pointer));
            ModelCheck.TryVocabulary(model.Vocabulary);
            return model;
        }
        finally
        {
            user.Free();
        }
    }

    private static ModelParams Parameters(LlamaModelOptions options)
    {
        ModelParams parameters = Native.ModelDefaultParams();
        parameters.GpuLayers = options.GpuLayers;
        parameters.MainGpu = options.MainGpu;
        parameters.SplitMode = options.SplitAcrossGpus ? 1 : 0;
        parameters.LoadMode = (options.UseMmap, options.UseMlock) switch
        {
            (null, false) => LoadModeAuto,
            (false, false) => LoadModeNone,
            (true, false) => LoadModeMmap,
            (false, true) => LoadModeMlock,
            _ => LoadModeMmapMlock,
        };
        parameters.VocabularyOnly = Convert.ToByte(options.VocabularyOnly);
        parameters.CheckTensors = Convert.ToByte(options.CheckTensors);
        parameters.UseExtraBufferTypes = Convert.ToByte(options.UseExtraBufferTypes);
        return parameters;
    }

    private static FrozenDictionary<string, string> ReadMetadata(ModelHandle model)
    {
        int count = Native.ModelMetaCount(model);
        var metadata = new Dictionary<string, string>(count, StringComparer.Ordinal);
        for (int i = 0; i < count; i++)
        {
            int index = i;
            string key = ReadText((buffer, size) => Native.ModelMetaKey(model, index, buffer, size));
            metadata[key] = ReadText((buffer, size) => Native.ModelMetaValue(model, index, buffer, size));
        }

        return metadata.ToFrozenDictionary(StringComparer.Ordinal);
    }

    private static string ReadText(TextReader read)
    {
        byte[] buffer = new byte[256];
        while (true)
        {
            int length;
            fixed (byte* pointer = buffer) length = read(pointer, (nuint)buffer.Length);
            if (length < 0) return "";
            if (length < buffer.Length) return Encoding.UTF8.GetString(buffer, 0, length);
            buffer = new byte[length + 1];
        }
    }

    private delegate int TextReader(byte* buffer, nuint size);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static byte OnProgress(float progress, nint user)
    {
        var loading = (Loading)GCHandle.FromIntPtr(user).Target!;
        return Convert.ToByte(loading.Report(progress));
    }

    private sealed class Loading(Action<float>? progress, CancellationToken cancellationToken)
    {
        private ExceptionDispatchInfo? _failure;

        public void ThrowIfStopped()
        {
            _failure?.Throw();
            cancellationToken.ThrowIfCancellationRequested();
        }

        /// <summary>Whether the loading goes on. An exception of the caller's callback ends it and is thrown afterwards.</summary>
        public bool Report(float value)
        {
            try
            {
                progress?.Invoke(value);
                return !cancellationToken.IsCancellationRequested;
            }
            catch (Exception e)
            {
                _failure = ExceptionDispatchInfo.Capture(e);
                return false;
            }
        }
    }
}
