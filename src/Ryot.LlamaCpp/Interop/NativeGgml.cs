using System.Runtime.InteropServices;

namespace Ryot.LlamaCpp.Interop;

/// <summary>The imported functions of libggml (backends and devices) and libggml-base (tensors, thread pool parameters).</summary>
internal static unsafe partial class NativeGgml
{
    internal const string Ggml = "ggml";
    internal const string Base = "ggml-base";

    [LibraryImport(Ggml, EntryPoint = "ggml_backend_load_all_from_path")]
    internal static partial void BackendLoadAllFromPath(byte* directory);

    [LibraryImport(Ggml, EntryPoint = "ggml_backend_reg_count")]
    internal static partial nuint BackendCount();

    [LibraryImport(Ggml, EntryPoint = "ggml_backend_dev_count")]
    internal static partial nuint DeviceCount();

    [LibraryImport(Ggml, EntryPoint = "ggml_backend_dev_get")]
    internal static partial nint DeviceGet(nuint index);

    [LibraryImport(Ggml, EntryPoint = "ggml_backend_dev_by_type")]
    internal static partial nint DeviceByType(int type);

    [LibraryImport(Base, EntryPoint = "ggml_backend_dev_get_props")]
    internal static partial void DeviceGetProps(nint device, DeviceProps* props);

    [LibraryImport(Base, EntryPoint = "ggml_backend_dev_backend_reg")]
    internal static partial nint DeviceBackend(nint device);

    [LibraryImport(Base, EntryPoint = "ggml_backend_reg_get_proc_address")]
    internal static partial nint BackendProcAddress(nint backend, byte* name);

    [LibraryImport(Base, EntryPoint = "ggml_backend_reg_name")]
    internal static partial byte* BackendName(nint backend);

    [LibraryImport(Base, EntryPoint = "ggml_threadpool_params_init")]
    internal static partial void ThreadPoolParamsInit(ThreadPoolParams* parameters, int threads);

    [LibraryImport(Base, EntryPoint = "ggml_set_abort_callback")]
    internal static partial nint SetAbortCallback(delegate* unmanaged[Cdecl]<byte*, void> callback);

    [LibraryImport(Base, EntryPoint = "ggml_op_desc")]
    internal static partial byte* OperationName(nint tensor);

    [LibraryImport(Base, EntryPoint = "ggml_get_name")]
    internal static partial byte* TensorName(nint tensor);

    [LibraryImport(Base, EntryPoint = "ggml_nbytes")]
    internal static partial nuint TensorBytes(nint tensor);

    [LibraryImport(Base, EntryPoint = "ggml_type_name")]
    internal static partial byte* TypeName(int type);

    [LibraryImport(Base, EntryPoint = "ggml_type_size")]
    internal static partial nuint TypeSize(int type);

    [LibraryImport(Base, EntryPoint = "ggml_blck_size")]
    internal static partial long TypeBlockSize(int type);

    [LibraryImport(Base, EntryPoint = "ggml_tensor_overhead")]
    internal static partial nuint TensorOverhead();

    [LibraryImport(Base, EntryPoint = "ggml_backend_buffer_get_size")]
    internal static partial nuint BufferSize(nint buffer);

    [LibraryImport(Base, EntryPoint = "ggml_backend_buffer_get_usage")]
    internal static partial BufferUsage UsageOf(nint buffer);

    [LibraryImport(Base, EntryPoint = "ggml_backend_buffer_is_host")]
    internal static partial byte BufferIsHost(nint buffer);

    [LibraryImport(Base, EntryPoint = "ggml_backend_buffer_get_type")]
    internal static partial nint BufferType(nint buffer);

    [LibraryImport(Base, EntryPoint = "ggml_backend_buft_get_device")]
    internal static partial nint BufferTypeDevice(nint type);

    [LibraryImport(Base, EntryPoint = "ggml_backend_dev_type")]
    internal static partial int DeviceType(nint device);

    [LibraryImport(Base, EntryPoint = "ggml_backend_dev_memory")]
    internal static partial void DeviceMemory(nint device, nuint* free, nuint* total);
}
