using System.Collections.Concurrent;

namespace Ryot.Testing.Models;

/// <summary>
/// Tiny models with random weights and a small real vocabulary, written once per process into a temporary folder that goes
/// away when the process ends.
/// </summary>
public static class TestModels
{
    private static readonly ConcurrentDictionary<(string Architecture, TestModelOptions Options), Lazy<string>> _files = new();
    private static readonly Lazy<string> _folder = new(CreateFolder);

    /// <summary>A Llama model with a SentencePiece vocabulary, F16 unless the options say otherwise; about 0.3 million parameters.</summary>
    /// <returns>The file's path.</returns>
    public static string Llama(TestModelOptions? options = null) => File("llama", options);

    /// <summary>A GPT-2 model with a byte-level BPE vocabulary, F32 unless the options say otherwise.</summary>
    /// <returns>The file's path.</returns>
    public static string Gpt2(TestModelOptions? options = null) => File("gpt2", options);

    /// <summary>A BitNet model with ternary weights (TQ2_0) and a SentencePiece vocabulary.</summary>
    /// <returns>The file's path.</returns>
    public static string BitNet(TestModelOptions? options = null) => File("bitnet", options);

    /// <summary>A Gemma 2 model, every other layer of which attends to a sliding window only; F32 unless the options say otherwise.</summary>
    /// <returns>The file's path.</returns>
    public static string Gemma2(TestModelOptions? options = null) => File("gemma2", options);

    /// <summary>A Mamba model, which keeps a state of each sequence and no KV cache; F32 unless the options say otherwise.</summary>
    /// <returns>The file's path.</returns>
    public static string Mamba(TestModelOptions? options = null) => File("mamba", options);

    /// <summary>A Jamba model: every other layer attends, the others keep a state; F32 unless the options say otherwise.</summary>
    /// <returns>The file's path.</returns>
    public static string Jamba(TestModelOptions? options = null) => File("jamba", options);

    /// <summary>A model that is not yet written, to be spoiled.</summary>
    /// <param name="architecture"><c>llama</c>, <c>gpt2</c>, <c>bitnet</c>, <c>gemma2</c>, <c>mamba</c> or <c>jamba</c>.</param>
    /// <param name="options">Its shape.</param>
    public static GgufWriter Draft(string architecture, TestModelOptions? options = null)
    {
        options ??= new TestModelOptions();
        return new TestModelWriter(architecture, options with { Encoding = options.Encoding ?? Usual(architecture) }).Build();
    }

    /// <summary>A path in the temporary folder for a file of the caller's own; no two calls give the same.</summary>
    public static string NewFile(string name) => Path.Combine(_folder.Value, $"{Guid.NewGuid():N}-{name}");

    private static TensorEncoding Usual(string architecture) => architecture switch
    {
        "llama" => TensorEncoding.F16,
        "bitnet" => TensorEncoding.TQ2_0,
        _ => TensorEncoding.F32,
    };

    private static string File(string architecture, TestModelOptions? options)
    {
        options ??= new TestModelOptions();
        options = options with { Encoding = options.Encoding ?? Usual(architecture) };
        return _files.GetOrAdd((architecture, options), static key => new Lazy<string>(() => Write(key.Architecture, key.Options))).Value;
    }

    private static string Write(string architecture, TestModelOptions options)
    {
        string path = NewFile($"{architecture}-{options.Encoding}.gguf");
        Draft(architecture, options).WriteTo(path);
        return path;
    }

    private static string CreateFolder()
    {
        string folder = Directory.CreateTempSubdirectory("ryot-test-models-").FullName;
        AppDomain.CurrentDomain.ProcessExit += (_, _) =>
        {
            try
            {
                Directory.Delete(folder, recursive: true);
            }
            catch (IOException)
            {
                // A file that is still mapped cannot be deleted everywhere; the system clears its temporary folder.
            }
        };
        return folder;
    }
}
