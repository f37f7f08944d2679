using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Ryot.LlamaCpp.Interop;
using Ryot.LlamaCpp.Loading;

namespace Ryot.LlamaCpp.Tests.Loading;

/// <summary>
/// The layouts of structs against the library itself: the defaults that its documentation states, how many bytes it
/// writes, and its own functions that compare or fill structs. What options do is tested with the contexts and models.
/// </summary>
public sealed unsafe class LayoutTests
{
    [Fact]
    public void The_defaults_of_the_library_are_found_where_the_layouts_say()
    {
        Assert.Null(ReleaseCheck.Difference(Native.ModelDefaultParams(), Native.ContextDefaultParams()));
        Assert.Equal(1, Native.SamplerChainDefaultParams().NoPerf);
    }

    [Fact]
    public void A_default_that_differs_is_named()
    {
        ModelParams model = Native.ModelDefaultParams();
        ContextParams context = Native.ContextDefaultParams();
        context.MicroBatchSize = 511;

        Assert.Equal("n_ubatch is 511, not 512", ReleaseCheck.Difference(model, context));

        model.GpuLayers = 0;
        Assert.Equal("n_gpu_layers is 0, not -1", ReleaseCheck.Difference(model, context));
    }

    // Moving the view by one field makes the defaults nonsense: the check would find a release that added or lost a field.
    [Theory]
    [InlineData(4)]
    [InlineData(8)]
    [InlineData(16)]
    public void A_layout_that_is_off_by_a_field_does_not_pass_the_check(int offset)
    {
        ContextParams context = Native.ContextDefaultParams();
        byte* moved = stackalloc byte[sizeof(ContextParams) + offset];
        Unsafe.InitBlock(moved, 0, (uint)(sizeof(ContextParams) + offset));
        Unsafe.CopyBlock(moved, (byte*)&context + offset, (uint)(sizeof(ContextParams) - offset));

        Assert.NotNull(ReleaseCheck.Difference(Native.ModelDefaultParams(), *(ContextParams*)moved));
    }

    [Fact]
    public void The_library_writes_as_many_bytes_as_the_structs_have()
    {
        Assert.SkipUnless(RuntimeInformation.ProcessArchitecture == Architecture.X64, "Relies on how x64 returns large structs.");

        AssertSize("llama_model_default_params", sizeof(ModelParams), Marshal.OffsetOf<ModelParams>(nameof(ModelParams.LoadMtp)));
        AssertSize("llama_context_default_params", sizeof(ContextParams), Marshal.OffsetOf<ContextParams>(nameof(ContextParams.OtherContext)));
    }

    [Fact]
    public void The_thread_pool_parameters_are_what_the_library_fills_and_compares()
    {
        ThreadPoolParams parameters;
        NativeGgml.ThreadPoolParamsInit(&parameters, 7);
        Assert.Equal(7, parameters.Threads);
        Assert.Equal(50u, parameters.Poll);
        Assert.Equal((0, 0, 0), (parameters.Priority, parameters.StrictCpu, parameters.Paused));

        Assert.True(Matches(parameters, static (ref _) => { }));
        Assert.True(Matches(parameters, static (ref changed) => changed.Paused = 1));
        Assert.False(Matches(parameters, static (ref changed) => changed.Threads++));
        Assert.False(Matches(parameters, static (ref changed) => changed.Priority = 1));
        Assert.False(Matches(parameters, static (ref changed) => changed.Poll = 51));
        Assert.False(Matches(parameters, static (ref changed) => changed.StrictCpu = 1));
        Assert.False(Matches(parameters, static (ref changed) => changed.CpuMask[0] = 1));
        Assert.False(Matches(parameters, static (ref changed) => changed.CpuMask[ThreadPoolParams.MaxThreads - 1] = 1));
    }

    [Fact]
    public void The_device_properties_are_what_the_librarys_own_functions_say()
    {
        nint device = NativeGgml.DeviceGet(0);
        DeviceProps props;
        NativeGgml.DeviceGetProps(device, &props);

        nuint free, total;
        ((delegate* unmanaged[Cdecl]<nint, nuint*, nuint*, void>)Export("libggml-base", "ggml_backend_dev_memory"))(device, &free, &total);
        Assert.Equal(total, props.MemoryTotal);
        Assert.InRange((double)props.MemoryFree, 0.5 * free, 1.5 * free);
        Assert.Equal(
            ((delegate* unmanaged[Cdecl]<nint, int>)Export("libggml-base", "ggml_backend_dev_type"))(device),
            props.Type);
        Assert.Equal(1, props.BufferFromHostPointer);
        Assert.Equal(0, props.Async);
    }

    [Fact]
    public void Block_sizes_and_names_of_all_types_are_those_of_the_library()
    {
        for (int i = 0; i <= 42; i++)
        {
            var type = (GgmlType)i;
            Assert.Equal(NativeGgml.TypeBlockSize(i), type.BlockSize());
            Assert.Equal((int)NativeGgml.TypeSize(i), type.BlockBytes());
            if (type.BlockSize() == 0) continue;
            Assert.Equal(NativeText.Read(NativeGgml.TypeName(i)), type.ToString(), ignoreCase: true);
        }
    }

    [Fact]
    public void Tensors_have_the_size_and_the_names_that_the_library_gives_them()
    {
        const int objectBytes = 32;
        Assert.Equal(NativeGgml.TensorOverhead(), (nuint)(objectBytes + sizeof(NativeTensor)));

        var tensor = new NativeTensor();
        Assert.Equal((nint)tensor.Name, (nint)NativeGgml.TensorName((nint)(&tensor)));
        tensor.Operation = 29;
        Assert.Equal("MUL_MAT", NativeText.Read(NativeGgml.OperationName((nint)(&tensor))));
        tensor.Type = (int)GgmlType.F16;
        for (int i = 0; i < NativeTensor.MaxDimensions; i++)
        {
            tensor.Elements[i] = i + 2;
            tensor.Strides[i] = i == 0 ? 2 : tensor.Strides[i - 1] * (ulong)tensor.Elements[i - 1];
        }

        Assert.Equal((nuint)(2 * 2 * 3 * 4 * 5), NativeGgml.TensorBytes((nint)(&tensor)));
    }

    private delegate void Change(ref ThreadPoolParams parameters);

    private static bool Matches(ThreadPoolParams parameters, Change change)
    {
        ThreadPoolParams changed = parameters;
        change(ref changed);
        return ((delegate* unmanaged[Cdecl]<ThreadPoolParams*, ThreadPoolParams*, byte>)
            Export("libggml-base", "ggml_threadpool_params_match"))(&parameters, &changed) != 0;
    }

    // A large struct is returned through a pointer that the caller passes in front: bytes that come out equal from two
    // differently filled buffers were written.
    private static void AssertSize(string function, int size, nint lastField)
    {
        const int room = 1024;
        var call = (delegate* unmanaged[Cdecl]<byte*, byte*>)Export("libllama.", function);
        byte* first = stackalloc byte[room];
        byte* second = stackalloc byte[room];
        new Span<byte>(first, room).Fill(0xAA);
        new Span<byte>(second, room).Fill(0x55);
        call(first);
        call(second);

        int last = room - 1;
        while (first[last] != second[last]) last--;
        Assert.InRange(last, (int)lastField, size - 1);
    }

    private static nint Export(string library, string function) =>
        NativeLibrary.GetExport(NativeLibrary.Load(Directory.GetFiles(LlamaLibrary.Directory, library + "*").Single()), function);
}
