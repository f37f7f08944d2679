using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;
using Ryot.LlamaCpp.Interop;
using Ryot.LlamaCpp.Loading;

namespace Ryot.LlamaCpp;

/// <summary>
/// The native llama.cpp libraries of this process. <see cref="Load"/> comes before anything else of this namespace that
/// touches a model. All members can be used from any thread.
/// </summary>
public static unsafe class LlamaLibrary
{
    /// <summary>The only llama.cpp release whose structures this binding knows.</summary>
    public const string RequiredVersion = "0.5.0";

    private static readonly Lock _loading = new();
    private static Dictionary<string, nint>? _handles;
    private static Loaded? _loaded;

    /// <summary>True when the libraries are loaded.</summary>
    public static bool IsLoaded => Volatile.Read(ref _loaded) is not null;

    /// <summary>The version that the loaded library gives itself.</summary>
    /// <exception cref="LlamaLibraryException">The libraries are not loaded.</exception>
    public static string Version => Current.Version;

    /// <summary>The folder that the libraries were loaded from.</summary>
    /// <exception cref="LlamaLibraryException">The libraries are not loaded.</exception>
    public static string Directory => Current.Directory;

    /// <summary>The instruction sets and features that llama.cpp uses on this machine, as one line of text.</summary>
    /// <exception cref="LlamaLibraryException">The libraries are not loaded.</exception>
    public static string SystemInfo
    {
        get
        {
            _ = Current;
            lock (_loading) return NativeText.Read(Native.SystemInfo()).Trim();
        }
    }

    /// <summary>True when a device other than the CPU can hold layers.</summary>
    /// <exception cref="LlamaLibraryException">The libraries are not loaded.</exception>
    public static bool SupportsGpuOffload
    {
        get
        {
            _ = Current;
            return Native.SupportsGpuOffload() != 0;
        }
    }

    /// <summary>The most sequences that one context can hold.</summary>
    /// <exception cref="LlamaLibraryException">The libraries are not loaded.</exception>
    public static int MaxParallelSequences
    {
        get
        {
            _ = Current;
            return (int)Native.MaxParallelSequences();
        }
    }

    private static Loaded Current => Volatile.Read(ref _loaded)
        ?? throw new LlamaLibraryException("The llama.cpp libraries are not loaded: LlamaLibrary.Load comes first.");

    /// <summary>
    /// Loads llama.cpp and its backends, once: a second call for the same folder only replaces the logger.
    /// </summary>
    /// <param name="directory">
    /// The folder of the libraries. When null or empty: the one that the environment variable <c>RYOT_LLAMACPP_PATH</c> names,
    /// else <c>llama.cpp</c> beside the application.
    /// </param>
    /// <param name="loggers">Gets llama.cpp's own log lines, under the category <c>llama.cpp</c>.</param>
    /// <exception cref="LlamaLibraryException">
    /// A file is missing or cannot be loaded, the release is another one, no backend works here, or another folder was loaded before.
    /// </exception>
    public static void Load(string? directory, ILoggerFactory loggers)
    {
        ArgumentNullException.ThrowIfNull(loggers);
        string folder = LibraryFiles.ResolveDirectory(directory);
        lock (_loading)
        {
            if (_loaded is { } loaded)
            {
                if (!string.Equals(loaded.Directory, folder, StringComparison.Ordinal))
                {
                    throw new LlamaLibraryException(
                        $"llama.cpp is already loaded from '{loaded.Directory}'; one process cannot load it from '{folder}' as well.");
                }

                NativeLog.SetLogger(loggers);
                return;
            }

            _loaded = LoadFrom(folder, loggers);
        }
    }

    /// <summary>The devices that the loaded backends found, with their memory as it is now.</summary>
    /// <exception cref="LlamaLibraryException">The libraries are not loaded.</exception>
    [SuppressMessage("Design", "CA1024:Use properties where appropriate", Justification = "Asks the drivers each time.")]
    public static IReadOnlyList<LlamaDevice> GetDevices()
    {
        _ = Current;
        var devices = new LlamaDevice[(int)NativeGgml.DeviceCount()];
        for (int i = 0; i < devices.Length; i++)
        {
            nint device = NativeGgml.DeviceGet((nuint)i);
            DeviceProps props;
            NativeGgml.DeviceGetProps(device, &props);
            devices[i] = new LlamaDevice(
                NativeText.Read(props.Name),
                NativeText.Read(props.Description),
                (LlamaDeviceType)props.Type,
                (long)props.MemoryFree,
                (long)props.MemoryTotal,
                props.DeviceId is null ? null : NativeText.Read(props.DeviceId),
                NativeText.Read(NativeGgml.BackendName(NativeGgml.DeviceBackend(device))));
        }

        return devices;
    }

    /// <summary>A GPU's memory as it is now, in bytes.</summary>
    /// <param name="index">Which GPU, as in <see cref="LlamaDeviceMemory.DeviceId"/>.</param>
    /// <returns>Free bytes and all bytes; zeros when there is no such GPU.</returns>
    /// <exception cref="LlamaLibraryException">The libraries are not loaded.</exception>
    public static (long Free, long Total) GetGpuMemory(int index)
    {
        _ = Current;
        nint device = GpuIndex.Find(index);
        if (device == 0) return default;
        nuint free, total;
        NativeGgml.DeviceMemory(device, &free, &total);
        return ((long)free, (long)total);
    }

    private static Loaded LoadFrom(string folder, ILoggerFactory loggers)
    {
        var handles = new Dictionary<string, nint>(StringComparer.Ordinal);
        try
        {
            foreach ((string name, string path) in LibraryFiles.Find(folder))
            {
                handles[name] = LibraryFiles.Load(path);
                if (name == Native.Llama) ReleaseCheck.Verify(path, handles[name]);
            }
        }
        catch
        {
            foreach (nint handle in handles.Values) NativeLibrary.Free(handle);
            throw;
        }

        // From here on the process is bound to these libraries: function addresses are looked up once.
        if (_handles is null)
        {
            NativeLibrary.SetDllImportResolver(typeof(LlamaLibrary).Assembly, static (name, _, _) => _handles!.GetValueOrDefault(name));
        }

        _handles = handles;
        NativeLog.Install(loggers);
        LoadBackends(folder);
        if (NativeGgml.DeviceCount() == 0)
        {
            throw new LlamaLibraryException(
                $"No backend of '{folder}' runs on this machine: it holds no libggml-cpu library for this processor.");
        }

        Native.BackendInit();
        return new Loaded(folder, NativeText.Read(Native.Version()));
    }

    private static void LoadBackends(string folder)
    {
        fixed (byte* path = NativeText.Terminated(folder)) NativeGgml.BackendLoadAllFromPath(path);

        // The packages for GPUs keep a second build of the GPU's backend there, for drivers that the first does not suit.
        string fallback = Path.Combine(folder, LibraryFiles.FallbackFolder);
        if (!System.IO.Directory.Exists(fallback) || Native.SupportsGpuOffload() != 0) return;
        fixed (byte* path = NativeText.Terminated(fallback)) NativeGgml.BackendLoadAllFromPath(path);
    }

    internal static void ThrowIfNotLoaded() => _ = Current;

    private sealed record Loaded(string Directory, string Version);
}
