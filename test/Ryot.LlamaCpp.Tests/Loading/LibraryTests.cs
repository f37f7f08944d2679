using Microsoft.Extensions.Logging.Abstractions;
using Ryot.LlamaCpp.Tests.Support;
using Ryot.Testing.Models;

namespace Ryot.LlamaCpp.Tests.Loading;

public sealed class LibraryTests
{
    [Fact]
    public void The_loaded_library_says_its_release_and_what_the_processor_can()
    {
        Assert.StartsWith(LlamaLibrary.RequiredVersion, LlamaLibrary.Version, StringComparison.Ordinal);
        Assert.Contains("CPU", LlamaLibrary.SystemInfo, StringComparison.Ordinal);
        Assert.True(LlamaLibrary.IsLoaded);
        Assert.True(LlamaLibrary.MaxParallelSequences >= 64);
    }

    [Fact]
    public void The_processor_is_a_device_with_the_machines_memory()
    {
        LlamaDevice cpu = Assert.Single(LlamaLibrary.GetDevices(), device => device.Type == LlamaDeviceType.Cpu);

        Assert.Equal("CPU", cpu.Name);
        Assert.Equal("CPU", cpu.Backend);
        Assert.NotEmpty(cpu.Description);
        Assert.InRange(cpu.MemoryTotal, 1L << 28, 1L << 50);
        Assert.InRange(cpu.MemoryFree, 1, cpu.MemoryTotal);
    }

    [Fact]
    public void Loading_again_from_the_same_folder_does_nothing_and_from_another_is_refused()
    {
        LlamaLibrary.Load(null, Llama.Log);
        LlamaLibrary.Load(LlamaLibrary.Directory, Llama.Log);

        var refused = Assert.Throws<LlamaLibraryException>(() => LlamaLibrary.Load(Path.GetTempPath(), Llama.Log));
        Assert.Contains("already loaded", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_folder_that_does_not_exist_is_named_with_what_is_needed()
    {
        Probe.Result result = await Probe.RunAsync(LoadAndReport, "/no/such/folder");

        Assert.Equal(0, result.ExitCode);
        Assert.Contains("'/no/such/folder', does not exist. llama.cpp v0.5.0 is needed", result.Output, StringComparison.Ordinal);
        Assert.Contains("RYOT_LLAMACPP_PATH", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_environment_names_a_folder_when_the_caller_does_not()
    {
        string folder = CopyLibraries();

        Probe.Result result = await Probe.RunAsync(LoadAndReport, "", ("RYOT_LLAMACPP_PATH", folder));

        Assert.Contains($"loaded from {folder}", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_missing_file_is_named()
    {
        string folder = CopyLibraries();
        File.Delete(Library(folder, "libggml.*"));

        Probe.Result result = await Probe.RunAsync(LoadAndReport, folder);

        Assert.Contains("holds no library 'libggml.v0.5.0", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_that_is_no_library_is_refused()
    {
        string folder = CopyLibraries();
        File.WriteAllText(Library(folder, "libllama.*"), "no library");

        Probe.Result result = await Probe.RunAsync(LoadAndReport, folder);

        Assert.Contains("could not be loaded", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Another_release_is_refused_with_both_versions()
    {
        string folder = CopyLibraries();
        string library = Library(folder, "libllama.*");
        byte[] bytes = File.ReadAllBytes(library);
        Assert.True(Replace(bytes, "0.5.0-dev\0"u8, "0.4.9-dev\0"u8) > 0);
        File.WriteAllBytes(library, bytes);

        Probe.Result result = await Probe.RunAsync(LoadAndReport, folder);

        Assert.Contains("is llama.cpp 0.4.9-dev, but this program can only use v0.5.0", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_library_without_a_version_is_refused()
    {
        string folder = CopyLibraries();
        File.Copy(Library(folder, "libggml-base.*"), Library(folder, "libllama.*"), overwrite: true);

        Probe.Result result = await Probe.RunAsync(LoadAndReport, folder);

        Assert.Contains("does not say its version", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_folder_without_a_backend_for_this_processor_is_refused()
    {
        string folder = CopyLibraries();
        foreach (string backend in Directory.GetFiles(folder, "libggml-cpu*")) File.Delete(backend);

        Probe.Result result = await Probe.RunAsync(LoadAndReport, folder);

        Assert.Contains("No backend of", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task After_a_refusal_the_right_folder_can_still_be_loaded()
    {
        string folder = CopyLibraries();
        File.Delete(Library(folder, "libllama.*"));

        Probe.Result result = await Probe.RunAsync(LoadAndReport, folder + "|" + LlamaLibrary.Directory);

        Assert.Contains("holds no library 'libllama", result.Output, StringComparison.Ordinal);
        Assert.Contains($"loaded from {LlamaLibrary.Directory}", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nothing_works_before_the_library_is_loaded_and_says_so()
    {
        Probe.Result result = await Probe.RunAsync(UseWithoutLoading, TestModels.Llama());

        Assert.Equal(0, result.ExitCode);
        Assert.Equal(4, result.Output.Split("LlamaLibrary.Load comes first").Length - 1);
    }

    private static void LoadAndReport(string folders)
    {
        foreach (string folder in folders.Split('|'))
        {
            try
            {
                LlamaLibrary.Load(folder, NullLoggerFactory.Instance);
                Console.WriteLine($"loaded from {LlamaLibrary.Directory}");
            }
            catch (LlamaLibraryException e)
            {
                Console.WriteLine(e.Message);
            }
        }
    }

    private static void UseWithoutLoading(string path)
    {
        foreach (Action use in (Action[])[() => LlamaModel.Load(path), () => LlamaLibrary.GetDevices(), () => ChatTemplate.Apply(null, [], false), () => new LlamaBatch(1).Dispose()])
        {
            Console.WriteLine(Assert.Throws<LlamaLibraryException>(use).Message);
        }
    }

    private static string CopyLibraries()
    {
        string folder = Directory.CreateDirectory(TestModels.NewFile("libraries")).FullName;
        foreach (string file in Directory.GetFiles(LlamaLibrary.Directory)) File.Copy(file, Path.Combine(folder, Path.GetFileName(file)));
        return folder;
    }

    private static string Library(string folder, string pattern) => Directory.GetFiles(folder, pattern).Single();

    private static int Replace(Span<byte> bytes, ReadOnlySpan<byte> old, ReadOnlySpan<byte> replacement)
    {
        int count = 0;
        for (int i; (i = bytes.IndexOf(old)) >= 0; count++)
        {
            replacement.CopyTo(bytes[i..]);
            bytes = bytes[(i + old.Length)..];
        }

        return count;
    }
}
